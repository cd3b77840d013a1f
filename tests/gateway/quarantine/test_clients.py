"""What a mail client relies on: news, flags, numbers, searches, and what all of it costs the store."""

from __future__ import annotations

import imaplib
import threading
from contextlib import ExitStack

import pytest
from pratique.domain.actor import Actor, Channel
from pratique.domain.errors import NotFound, TemporaryFailure
from pratique.domain.lifecycle import State
from pratique.domain.scope import GLOBAL, parse_scope
from pratique.usecases.change_passwords import revoke_password
from pratique.usecases.release_message import release_message

from gateway.quarantine import account, ahead, logins, shared
from tests.builders import actor
from tests.gateway.quarantine.serving import Client, Gateway

BOB = "bob@example.org"
OPERATOR = Actor("panel", GLOBAL, Channel.PANEL)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks as often as it can: what is tested is that it comes, not when."""
    monkeypatch.setattr(shared, "POLL_SECONDS", 0.01)


def caught(gateway: Gateway, login: str = BOB) -> Client:
    client = gateway.client(login)
    client.select("Caught")
    return client


def idle(client: Client) -> None:
    client.imap.send(b"idle1 IDLE\r\n")
    while not client.imap.readline().startswith(b"+"):
        pass


def hear(client: Client, words: bytes) -> None:
    """Wait for an untagged response while idling."""
    while True:
        line = client.imap.readline()
        assert line
        if line.strip() == words:
            return


def done(client: Client) -> None:
    client.imap.send(b"DONE\r\n")
    while not client.imap.readline().startswith(b"idle1 OK"):
        pass


@pytest.mark.usefixtures("quick")
def test_mail_that_comes_and_goes_is_told_to_whoever_waits(gateway: Gateway) -> None:
    """Caught, released in the panel, expired; several clients at once hear the same."""
    clients = [caught(gateway), caught(gateway, "example.org")]
    for client in clients:
        idle(client)
    taken = gateway.receive(BOB)
    gateway.receive(BOB)
    for client in clients:
        hear(client, b"* 2 EXISTS")
    release_message(gateway.world.services, OPERATOR, taken.copies[0].id)
    for client in clients:
        hear(client, b"* 1 EXPUNGE")
    gateway.world.clock.advance(days=28)
    for client in clients:
        hear(client, b"* 1 EXPUNGE")
        done(client)
        assert client.uids() == []


def test_a_noop_tells_what_is_new(gateway: Gateway) -> None:
    client = caught(gateway)
    gateway.receive(BOB, subject="new")
    client.ok(client.imap.noop())
    assert [each.subject for each in client.listing()] == ["new"]


def test_flags_stay_and_are_each_logins_own(gateway: Gateway) -> None:
    """What Bob has read, his administrator has not; other connections of his see it, this gateway's and another's."""
    gateway.receive(BOB)
    gateway.receive(BOB)
    client, other = caught(gateway), caught(gateway)
    client.uid("STORE", "1", "+FLAGS", "(\\Seen \\Flagged \\Answered $Label1)")
    client.uid("STORE", "1:2", "-FLAGS", "(\\Answered)")
    client.uid("STORE", "2", "FLAGS", "(\\Draft)")
    wanted = [frozenset({"\\Seen", "\\Flagged"}), frozenset({"\\Draft"})]
    other.ok(other.imap.noop())
    for each in (client, other, caught(gateway)):
        assert [seen.flags for seen in each.listing()] == wanted
    desk = caught(gateway, "example.org")
    assert [seen.flags for seen in desk.listing()] == [frozenset()] * 2
    assert client.status("Caught")["UNSEEN"] == 1
    second = Gateway(gateway.world)
    second.start()
    try:
        assert [seen.flags for seen in caught(second).listing()] == wanted
    finally:
        second.stop()


def test_two_gateways_show_one_mailbox(gateway: Gateway) -> None:
    """The same numbers, flags and ends, whoever is asked."""
    second = Gateway(gateway.world)
    second.start()
    with ExitStack() as stack:
        stack.callback(second.stop)
        gateway.receive(BOB, subject="one")
        one, two = caught(gateway), caught(second)
        gateway.receive(BOB, subject="two")
        for client in (one, two):
            client.ok(client.imap.noop())
        assert one.listing() == two.listing()
        two.uid("STORE", "2", "+FLAGS", "(\\Deleted)")
        two.ok(two.imap.expunge())
        one.put("MOVE", "1", "Release")
        for client in (one, two):
            client.ok(client.imap.noop())
            assert client.uids() == []
        gateway.receive(BOB, subject="three")
        for client in (two, one):
            client.ok(client.imap.noop())
            assert [(each.uid, each.subject) for each in client.listing()] == [(3, "three")]
        assert one.status("Caught") == two.status("Caught")
        states = [copy.state for copy in gateway.world.index.all_copies()]
        assert states == [State.RELEASING, State.REMOVED, State.HELD]


def test_condstore(gateway: Gateway) -> None:
    """What changed since; a store that is based on what is no longer so changes nothing."""
    for _ in range(3):
        gateway.receive(BOB)
    client, other = caught(gateway), caught(gateway)
    before = client.status("Caught", "(HIGHESTMODSEQ)")["HIGHESTMODSEQ"]
    other.uid("STORE", "2", "+FLAGS", "(\\Seen)")
    after = client.status("Caught", "(HIGHESTMODSEQ)")["HIGHESTMODSEQ"]
    assert after > before
    changed = client.uid("FETCH", "1:*", f"(FLAGS) (CHANGEDSINCE {before})")
    assert [each for each in changed if b"UID" in each] == [changed[-1]]
    assert b"UID 2 " in changed[-1]
    client.imap.uid("STORE", "1:2", f"(UNCHANGEDSINCE {before})", "+FLAGS", "(\\Flagged)")
    flags = {each.uid: each.flags for each in client.listing()}
    assert flags == {1: {"\\Flagged"}, 2: {"\\Seen"}, 3: frozenset()}


def test_lists_and_searches_read_no_bytes(gateway: Gateway) -> None:
    """ENVELOPE, BODYSTRUCTURE, sizes, headers and searches by them come from what ingest kept."""
    for number in range(1, 6):
        gateway.receive(BOB, subject=f"offer {number}", body="word " * number)
    client = caught(gateway)
    third = gateway.world.store.size("raw/message-3")
    gateway.world.store.objects.clear()
    found = client.uid("FETCH", "1:*", "(ENVELOPE BODYSTRUCTURE RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER])")
    assert len([each for each in found if isinstance(each, tuple)]) == 5
    for query, uids in (
        ('SUBJECT "offer 3"', [3]),
        ('FROM "eve@spam"', [1, 2, 3, 4, 5]),
        ('TO "carol"', []),
        (f"LARGER {third}", [4, 5]),
        ("SENTSINCE 21-Sep-2026 SENTBEFORE 22-Sep-2026 UNSEEN", [1, 2, 3, 4, 5]),
        ("BEFORE 1-Jan-2026", []),
        ("NOT SEEN UID 2:3", [2, 3]),
    ):
        answer = client.uid("SEARCH", query)[0]
        assert [int(word) for word in bytes(answer).split()] == uids, query


def test_bodies_are_what_was_received(gateway: Gateway) -> None:
    """In their order, whole and in parts; one that is gone is left out."""
    for number in range(1, 13):
        gateway.receive(BOB, body=f"body {number}")
    client = caught(gateway)
    raw = [gateway.world.store.get(f"raw/message-{number}") for number in range(1, 13)]
    found = client.uid("FETCH", "1:12", "(BODY.PEEK[])")
    assert [each[1] for each in found if isinstance(each, tuple)] == raw
    (part, _) = client.uid("FETCH", "7", "(BODY.PEEK[1]<2.5>)")
    assert part[1] == raw[6].partition(b"\r\n\r\n")[2][2:7]
    del gateway.world.store.objects["raw/message-3"]
    found = client.uid("FETCH", "2:4", "(BODY.PEEK[])")
    assert [each[1] for each in found if isinstance(each, tuple) and each[1]] == [raw[1], raw[3]]


def test_mail_of_before_structures_were_kept_is_read_itself(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway.receive(BOB, subject="old")
    monkeypatch.setattr(gateway.world.index, "structures", lambda _messages: {})
    client = caught(gateway)
    assert [each.subject for each in client.listing()] == ["old"]
    assert b'"Cheap' not in b"".join(
        each for each in client.uid("FETCH", "1", "(ENVELOPE)") if isinstance(each, bytes)
    )


def test_a_client_that_fetches_everything_holds_a_few_messages_at_a_time(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fetched ahead side by side, within a bound of octets."""
    monkeypatch.setattr(ahead, "AHEAD_OCTETS", 1_000)
    for _ in range(20):
        gateway.receive(BOB)
    get, running, most = gateway.world.store.get, [0], [0]
    lock = threading.Lock()

    def counted(key: str) -> bytes:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        try:
            return get(key)
        finally:
            with lock:
                running[0] -= 1

    monkeypatch.setattr(gateway.world.store, "get", counted)
    client = caught(gateway)
    found = client.uid("FETCH", "1:20", "(BODY.PEEK[])")
    assert len([each for each in found if isinstance(each, tuple)]) == 20
    assert most[0] <= 5  # of some 210 octets


@pytest.mark.parametrize("many", [3, 40])
def test_what_a_session_costs_the_store(gateway: Gateway, many: int) -> None:
    """The same for few messages and for many: no reads one by one."""
    for _ in range(many):
        gateway.receive(BOB)
    caught(gateway)
    calls = gateway.world.mailboxes.calls
    client = gateway.client(BOB)
    gateway.world.clock.advance(seconds=300)
    calls.clear()
    client.select("Caught")
    assert dict(calls) == {"read": 1, "listed": 1, "changes": 1}
    calls.clear()
    client.uid("FETCH", "1:*", "(UID FLAGS RFC822.SIZE INTERNALDATE)")
    assert dict(calls) == {}
    client.uid("STORE", "1:*", "+FLAGS.SILENT", "(\\Seen)")
    assert dict(calls) == {"write": 1}
    calls.clear()
    client.ok(client.imap.noop())
    assert dict(calls) == {"read": 1, "listed": 1, "changes": 1}
    calls.clear()
    client.put("MOVE", "1:*", "Release")
    assert dict(calls) == {"take_uids": 1, "write": 1}


def test_an_outage_is_a_no_and_over_when_it_is_over(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection stays."""
    gateway.receive(BOB)
    client = gateway.client(BOB)
    read = gateway.world.mailboxes.read

    def fail(_key: object) -> None:
        raise TemporaryFailure("the table is busy")

    monkeypatch.setattr(gateway.world.mailboxes, "read", fail)
    assert "UNAVAILABLE" in client.no(client.imap.select("Caught"))
    monkeypatch.setattr(gateway.world.mailboxes, "read", read)
    assert client.select("Caught") == 1
    monkeypatch.setattr(gateway.world.mailboxes, "read", fail)
    assert "UNAVAILABLE" in client.no(client.imap.noop())
    monkeypatch.setattr(gateway.world.mailboxes, "read", read)
    client.ok(client.imap.noop())
    assert client.uids() == [1]


def test_a_mailbox_that_is_numbered_anew_is_opened_again(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its snapshot is lost: the old connection is told no, a new SELECT has a new UIDVALIDITY."""
    monkeypatch.setattr("gateway.quarantine.keeper.MAX_CAME", 1)
    for _ in range(3):
        gateway.receive(BOB)
    client = caught(gateway)
    before = client.code("UIDVALIDITY")
    gateway.world.mailboxes.snapshots.clear()
    second = Gateway(gateway.world)
    second.start()
    try:
        assert caught(second).uids() == [1, 2, 3]
    finally:
        second.stop()
    client.no(client.imap.noop())
    client.select("Caught")
    assert client.code("UIDVALIDITY") != before
    assert client.uids() == [1, 2, 3]


@pytest.mark.parametrize(
    ("login", "spelled"), [(BOB, "BOB@Example.ORG"), ("example.org", "Example.Org."), ("global", "GLOBAL")]
)
def test_a_login_may_be_spelled_in_any_case(gateway: Gateway, login: str, spelled: str) -> None:
    """And is the same user: one mailbox."""
    password = gateway.password(login)
    gateway.receive(BOB)
    for name in (login, spelled):
        client = gateway.client(name, password.replace("-", " ").upper())
        assert client.select("Caught") == 1


@pytest.mark.parametrize("login", ["", "nobody@example.org", "example.com", "no login", "global."])
def test_unknown_logins_and_wrong_passwords_look_the_same(gateway: Gateway, login: str) -> None:
    gateway.password(BOB)
    for name in (login, BOB):
        with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED") as raised:
            gateway.client(f'"{name}"', "00000-00000-00000-00000-00000")
        assert "Wrong login or password" in str(raised.value)


def test_guessing_is_locked_for_all_gateways(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """The count is kept in the table."""
    password = gateway.password(BOB)
    window = gateway.world.clock.now_ms() // 1000 // 900
    for _ in range(20):
        gateway.world.app_passwords.note_failure("net#127.0.0.1", window=window, ends_at=0)
    with pytest.raises(imaplib.IMAP4.error, match="UNAVAILABLE"):
        gateway.client(BOB, password)
    gateway.world.clock.advance(seconds=900)
    gateway.client(BOB, password)


def test_a_clients_many_connections_cost_one_slow_hash(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A good login is remembered for two minutes; a wrong one never."""
    password = gateway.password(BOB)
    gateway.client(BOB, password)
    asked = gateway.world.app_passwords.passwords
    monkeypatch.setattr(gateway.world.app_passwords, "passwords", None)
    gateway.client(BOB, password)
    monkeypatch.setattr(gateway.world.app_passwords, "passwords", asked)


def test_a_revoked_password_ends_what_is_open(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the next look at it, and opens nothing new."""
    monkeypatch.setattr(account, "CHECK_SECONDS", 0.0)
    monkeypatch.setattr(logins, "REMEMBERED_SECONDS", 0.0)
    password = gateway.password(BOB)
    gateway.receive(BOB)
    client = gateway.client(BOB, password)
    client.select("Caught")
    (stored,) = gateway.world.app_passwords.passwords(parse_scope(BOB))
    revoke_password(gateway.world.services, actor(BOB), parse_scope(BOB), stored.id)
    assert "AUTHORIZATIONFAILED" in client.no(client.imap.uid("MOVE", "1", "Release"))
    assert "AUTHORIZATIONFAILED" in client.no(client.imap.noop())
    (copy,) = gateway.world.index.all_copies()
    assert copy.state is State.HELD
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
        gateway.client(BOB, password)


def test_a_message_whose_bytes_cannot_be_had_is_no_end(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others are shown."""
    gateway.receive(BOB)
    client = caught(gateway)

    def gone(_key: str) -> bytes:
        raise NotFound("no such object")

    monkeypatch.setattr(gateway.world.store, "get", gone)
    client.imap.uid("FETCH", "1", "(BODY.PEEK[])")
    client.ok(client.imap.noop())
