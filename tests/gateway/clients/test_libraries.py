"""The IMAP libraries of Python do what their users would: log in, list, read, move, remove."""

from __future__ import annotations

import asyncio

import aioimaplib
import imap_tools
import imapclient
from pratique.domain.lifecycle import State

from tests.gateway.clients.setting import SUBJECTS, USER, Setting

LEAVING = {State.RELEASING, State.RELEASED}


def test_imapclient(setting: Setting) -> None:
    with imapclient.IMAPClient("127.0.0.1", setting.port, ssl=False) as client:
        client.login(USER, setting.password)
        names = {name for _, _, name in client.list_folders()}
        assert {"Caught", "Release & Train", "Release", "Not Spam", "Spam"} <= names
        assert client.select_folder("Caught")[b"EXISTS"] == len(SUBJECTS)
        uids = client.search(["SUBJECT", "second"])
        seen = client.fetch(uids, ["ENVELOPE", "BODYSTRUCTURE", "RFC822.SIZE", "BODY.PEEK[]"])[uids[0]]
        assert seen[b"ENVELOPE"].subject == b"second offer"
        assert seen[b"RFC822.SIZE"] == len(seen[b"BODY[]"])
        client.move(uids, "Release & Train")
        client.delete_messages(client.search(["SUBJECT", "third"]))
        client.expunge()
        assert len(client.search("ALL")) == 1
    states = setting.states()
    assert states["first offer"] is State.HELD
    assert states["second offer"] in LEAVING
    assert states["third offer"] is State.REMOVED
    assert setting.labels() == ["ham"]


def test_imap_tools(setting: Setting) -> None:
    with imap_tools.MailBoxUnencrypted("127.0.0.1", setting.port).login(
        USER, setting.password, "Caught"
    ) as box:
        messages = list(box.fetch(mark_seen=False, bulk=True))
        assert [message.subject for message in messages] == list(SUBJECTS)
        box.copy([str(messages[0].uid)], "Not Spam")
        box.move([str(messages[1].uid)], "Release")
        box.flag([str(messages[2].uid)], imap_tools.MailMessageFlags.FLAGGED, value=True)
        assert box.folder.status("Caught")["MESSAGES"] == 2
    states = setting.states()
    assert states["first offer"] is State.HELD
    assert states["second offer"] in LEAVING
    assert setting.labels() == ["ham"]


def test_aioimaplib_hears_of_new_mail_while_idle(setting: Setting) -> None:
    async def session() -> list[object]:
        client = aioimaplib.IMAP4(host="127.0.0.1", port=setting.port, timeout=20)
        await client.wait_hello_from_server()
        assert (await client.login(USER, setting.password)).result == "OK"
        assert (await client.select("Caught")).result == "OK"
        idle = await client.idle_start(timeout=20)
        await asyncio.to_thread(setting.gateway.receive, USER, subject="fourth offer")
        heard: list[object] = []
        while not any(isinstance(line, bytes) and line.endswith(b"EXISTS") for line in heard):
            heard += await client.wait_server_push(timeout=20)
        client.idle_done()
        await asyncio.wait_for(idle, 20)
        answer = await client.uid("move", "1", '"Release &- Train"')
        assert answer.result == "OK", answer
        await client.logout()
        if client.protocol.transport is not None:
            client.protocol.transport.close()
        await asyncio.sleep(0)
        return heard

    assert b"4 EXISTS" in asyncio.run(session())
    assert setting.states()["first offer"] in LEAVING
