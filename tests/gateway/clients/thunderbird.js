// One session in Thunderbird's own context: log in, list, move one message, delete another. Arguments: host, port, user, password, folder, callback.
const [host, port, user, password, folder, done] = arguments;

const pause = () =>
  new Promise((resolve) => {
    pause.timer = Cc["@mozilla.org/timer;1"].createInstance(Ci.nsITimer);
    pause.timer.initWithCallback(() => resolve(), 100, Ci.nsITimer.TYPE_ONE_SHOT);
  });

async function until(found, what) {
  for (let tries = 0; tries < 300; tries++) {
    const value = found();
    if (value) {
      return value;
    }
    await pause();
  }
  throw new Error(`waited for ${what}`);
}

async function session() {
  const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
  const server = MailServices.accounts.createIncomingServer(user, host, "imap");
  server.port = port;
  server.socketType = Ci.nsMsgSocketType.plain;
  server.authMethod = Ci.nsMsgAuthMethod.passwordCleartext;
  server.password = password;
  const account = MailServices.accounts.createAccount();
  const identity = MailServices.accounts.createIdentity();
  identity.email = user;
  account.addIdentity(identity);
  account.incomingServer = server;

  const root = server.rootFolder;
  const named = (name) => root.subFolders.find((each) => each.name == name);
  server.performExpand(null);
  const caught = await until(() => named("Caught"), "Caught");
  const destination = await until(() => named(folder), folder);
  const folders = root.subFolders.map((each) => each.name);

  caught.QueryInterface(Ci.nsIMsgImapMailFolder);
  await new Promise((resolve) =>
    caught.updateFolderWithListener(null, {
      QueryInterface: ChromeUtils.generateQI(["nsIUrlListener"]),
      OnStartRunningUrl() {},
      OnStopRunningUrl: (url, status) => resolve(status),
    })
  );
  await until(() => caught.getTotalMessages(false) == 3, "three messages");
  const messages = [...caught.messages].sort((a, b) => a.messageKey - b.messageKey);
  const subjects = messages.map((each) => each.mime2DecodedSubject);

  const moved = await new Promise((resolve) =>
    MailServices.copy.copyMessages(
      caught,
      [messages[0]],
      destination,
      true,
      {
        QueryInterface: ChromeUtils.generateQI(["nsIMsgCopyServiceListener"]),
        onStartCopy() {},
        onProgress() {},
        setMessageKey() {},
        getMessageId: () => null,
        onStopCopy: resolve,
      },
      null,
      false
    )
  );
  await until(() => caught.getTotalMessages(false) == 2, "the move");
  caught.deleteMessages([messages[2]], null, true, false, null, false);
  await until(() => caught.getTotalMessages(false) == 1, "the deletion");
  return { folders, subjects, moved };
}

session().then(
  (value) => done(JSON.stringify(value)),
  (error) => done(JSON.stringify({ error: `${error} ${error.stack}` }))
);
