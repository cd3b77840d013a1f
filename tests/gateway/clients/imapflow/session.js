// One session: node session.js PORT USER PASSWORD. Says in JSON what it saw.
import { ImapFlow } from "imapflow";

const [port, user, pass] = process.argv.slice(2);
const client = new ImapFlow({
  host: "127.0.0.1",
  port: Number(port),
  secure: false,
  doSTARTTLS: false,
  auth: { user, pass },
  logger: false,
});
await client.connect();
const folders = (await client.list()).map((folder) => folder.path);
const lock = await client.getMailboxLock("Caught");
const messages = [];
let moved;
let status;
try {
  for await (const message of client.fetch("1:*", { envelope: true, bodyStructure: true, flags: true, source: true })) {
    messages.push({
      uid: message.uid,
      subject: message.envelope.subject,
      type: message.bodyStructure.type,
      octets: message.source.length,
    });
  }
  moved = await client.messageMove([messages[0].uid], "Release & Train", { uid: true });
  await client.messageCopy([messages[1].uid], "Spam", { uid: true });
  await client.messageDelete([messages[2].uid], { uid: true });
  status = await client.status("Caught", { messages: true, uidNext: true });
} finally {
  lock.release();
}
await client.logout();
console.log(JSON.stringify({ folders, messages, moved: [...moved.uidMap.keys()], left: status.messages }));
