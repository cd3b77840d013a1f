"""Every rule of every folder, over the wire."""

from __future__ import annotations

import imaplib
import threading
from dataclasses import replace

import pytest
from pratique.domain.actor import Channel
from pratique.domain.errors import TemporaryFailure
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy
from pratique.domain.policy import Policy, policy_from
from pratique.domain.rights import Reason, Right
from pratique.domain.scope import GLOBAL, parse_scope
from pratique.ports.queue import QueueName
from pratique.usecases.answer_requests import deny_request

from tests.builders import DAY, actor, raw_message
from tests.gateway.quarantine.serving import Client, Gateway

BOB = "bob@example.org"
WRITE_ONLY = ["Release & Train", "Release", "Not Spam", "Spam"]
WIRE_NAME = {"Release & Train": "Release &- Train"}
LEVELS = [BOB, "example.org", "global"]


def on_wire(folder: str) -> str:
    return WIRE_NAME.get(folder, folder)


def caught(gateway: Gateway, login: str = BOB) -> Client:
    client = gateway.client(login)
    client.select("Caught")
    return client


def only_copy(gateway: Gateway) -> Copy:
    (copy,) = gateway.world.index.all_copies()
    return copy


def lessons(gateway: Gateway) -> list[tuple[str, str]]:
    """(scope, label) of what waits to be learned."""
    found = []
    for scope in (GLOBAL, parse_scope("example.org"), parse_scope(BOB)):
        for waiting in gateway.world.journal.pending(scope, limit=99):
            lesson = waiting.lesson
            found.append((str(lesson.scope), lesson.label.value))
    return found


def names(client: Client) -> list[str]:
    lines = [each.decode() for each in client.ok(client.imap.list()) if isinstance(each, bytes)]
    return [line.partition('"/" ')[2].strip('"').replace("&-", "&") for line in lines]


@pytest.mark.parametrize("login", LEVELS)
def test_the_folders_are_those_of_the_seed(gateway: Gateway, login: str) -> None:
    client = gateway.client(login)
    assert set(names(client)) == {"INBOX", "Caught", *WRITE_ONLY}


@pytest.mark.parametrize("login", LEVELS)
def test_training_requested_is_there_when_it_is_on(gateway: Gateway, login: str) -> None:
    """Switched on above, it is on below."""
    gateway.world.directory.put_policy(GLOBAL, Policy(training_requested=True))
    client = gateway.client(login)
    assert "Training Requested" in names(client)
    assert "Caught (Outgoing)" not in names(client)
    assert client.select("Training Requested") == 0


@pytest.mark.parametrize("folder", ["INBOX", *WRITE_ONLY])
def test_what_takes_messages_is_selectable_writable_and_empty(gateway: Gateway, folder: str) -> None:
    """With a UIDVALIDITY that stays."""
    gateway.receive(BOB)
    client = gateway.client(BOB)
    assert client.select(on_wire(folder)) == 0
    assert client.code("READ-WRITE") == ""
    first = client.status(on_wire(folder))
    assert (first["MESSAGES"], first["UIDNEXT"], first["UNSEEN"]) == (0, 1, 0)
    gateway.world.clock.advance(days=1)
    assert client.status(on_wire(folder)) == first
    assert client.uids() == []
    client.ok(client.imap.expunge())
    client.ok(client.imap.close())


def test_each_level_sees_its_mail(gateway: Gateway) -> None:
    gateway.receive(BOB, "carol@example.org", subject="one")
    gateway.receive("eve@example.net", subject="two")
    for login, subjects in zip(
        [*LEVELS, "carol@example.org", "example.com"],
        [["one"], ["one", "one"], ["one", "one", "two"], ["one"], []],
        strict=True,
    ):
        client = gateway.client(login)
        assert client.select("Caught") == len(subjects)
        assert [each.subject for each in client.listing()] == subjects


@pytest.mark.parametrize("login", LEVELS)
@pytest.mark.parametrize("command", ["COPY", "MOVE"])
@pytest.mark.parametrize("folder", ["Release", "Release & Train"])
def test_releasing(gateway: Gateway, folder: str, command: str, login: str) -> None:
    """Durable before the OK, delivered once, with who did it; and taught where the folder says so, in the actor's own layer."""
    gateway.receive(BOB)
    client = caught(gateway, login)
    client.put(command, "1", on_wire(folder))
    copy = only_copy(gateway)
    assert copy.state is State.RELEASING
    assert (copy.events[-1].actor, copy.events[-1].channel) == (f"{login}/desk", Channel.IMAP)
    validity, source, destination = client.code("COPYUID").split()
    assert (source, destination) == ("1", "1")
    status = client.status(on_wire(folder))
    assert (status["MESSAGES"], status["UIDNEXT"], status["UIDVALIDITY"]) == (0, 2, int(validity))
    gateway.deliver()
    assert len(gateway.world.courier.parcels) == 1
    assert only_copy(gateway).state is State.RELEASED
    taught = [(login, "ham")] if folder == "Release & Train" else []
    assert lessons(gateway) == taught
    client.ok(client.imap.noop())
    assert client.uids() == []


@pytest.mark.parametrize("folder", ["Release", "Release & Train"])
def test_copy_store_expunge_is_a_move_and_never_removes_what_is_released(
    gateway: Gateway, folder: str
) -> None:
    """As clients without MOVE do it, by numbers, before and after the courier came."""
    for number in (1, 2):
        gateway.receive(BOB, subject=f"message {number}")
    client = caught(gateway)
    client.ok(client.imap.copy("1", f'"{on_wire(folder)}"'))
    client.ok(client.imap.store("1", "+FLAGS", "(\\Deleted)"))
    client.ok(client.imap.expunge())
    first, second = gateway.world.index.all_copies()
    assert (first.state, second.state) == (State.RELEASING, State.HELD)
    gateway.deliver()
    assert gateway.world.store.get(first.raw_key)
    assert [each.subject for each in client.listing()] == ["message 2"]
    client.put("COPY", "2", on_wire(folder))
    gateway.deliver()
    client.uid("STORE", "2", "+FLAGS.SILENT", "(\\Deleted)")
    client.uid("EXPUNGE", "2")
    assert [copy.state for copy in gateway.world.index.all_copies()] == [State.RELEASED] * 2
    assert len(gateway.world.courier.parcels) == 2


def test_the_numbers_a_client_knows_hold_until_it_was_told(gateway: Gateway) -> None:
    """COPY and STORE sent in one go: the store must not meet another message."""
    for number in (1, 2, 3):
        gateway.receive(BOB, subject=f"message {number}")
    client = caught(gateway)
    client.imap.send(b"a1 COPY 1 Release\r\na2 STORE 1 +FLAGS.SILENT (\\Deleted)\r\na3 EXPUNGE\r\n")
    lines: list[bytes] = []
    while not lines or not lines[-1].startswith(b"a3 "):
        lines.append(client.imap.readline())
    assert b"* 1 EXPUNGE\r\n" in lines
    assert [copy.state for copy in gateway.world.index.all_copies()] == [
        State.RELEASING,
        State.HELD,
        State.HELD,
    ]


def test_a_retry_after_a_cut_line_acts_once(gateway: Gateway) -> None:
    """The answer was lost, the client comes again and says the same."""
    gateway.receive(BOB)
    password = gateway.password(BOB)
    for _ in range(2):
        client = gateway.client(BOB, password)
        client.select("Caught")
        client.imap.send(b'x1 UID COPY 1 "Release &- Train"\r\n')
        while not client.imap.readline().startswith(b"x1 OK"):
            pass
    gateway.deliver()
    assert len(gateway.world.courier.parcels) == 1
    assert len(lessons(gateway)) == 1


@pytest.mark.parametrize("command", ["COPY", "MOVE"])
def test_a_release_whose_row_cannot_be_written_is_a_no(gateway: Gateway, command: str) -> None:
    """And the message is there still; the next try works."""
    gateway.receive(BOB)
    client = caught(gateway)
    move, world = gateway.world.index.move, gateway.world

    def fail(*_: object, **__: object) -> Copy:
        raise TemporaryFailure("the table is busy")

    world.index.move = fail  # type: ignore[method-assign]  # an outage
    answer = client.no(client.imap.uid(command, "1", "Release"))
    assert "UNAVAILABLE" in answer
    world.index.move = move  # type: ignore[method-assign]  # it is over
    assert client.uids() == [1]
    client.put(command, "1", "Release")
    assert only_copy(gateway).state is State.RELEASING


def test_without_a_route_nothing_is_released(gateway: Gateway) -> None:
    gateway.world.directory.delete_route("example.org")
    gateway.receive(BOB)
    client = caught(gateway)
    assert "CANNOT" in client.no(client.imap.uid("MOVE", "1", "Release"))
    assert only_copy(gateway).state is State.HELD
    assert client.uids() == [1]


@pytest.mark.parametrize("login", LEVELS)
def test_deleting_in_caught_removes(gateway: Gateway, login: str) -> None:
    """By anybody who sees it, with the name in its history."""
    gateway.receive(BOB)
    client = caught(gateway, login)
    client.ok(client.imap.store("1", "+FLAGS", "(\\Deleted)"))
    assert only_copy(gateway).state is State.HELD
    client.ok(client.imap.expunge())
    copy = only_copy(gateway)
    assert copy.state is State.REMOVED
    assert (copy.events[-1].actor, copy.events[-1].channel) == (f"{login}/desk", Channel.IMAP)
    assert client.uids() == []
    assert lessons(gateway) == []


def test_copied_to_not_spam_it_is_taught_and_stays(gateway: Gateway) -> None:
    gateway.receive(BOB)
    client = caught(gateway)
    for _ in range(2):
        client.put("COPY", "1", "Not Spam")
    assert lessons(gateway) == [(BOB, "ham")]
    assert only_copy(gateway).state is State.HELD
    assert client.uids() == [1]
    assert client.status("Not Spam")["UIDNEXT"] == 3


@pytest.mark.parametrize("by", ["MOVE", "EXPUNGE"])
def test_moved_to_not_spam_it_is_taught_stays_held_and_comes_back(gateway: Gateway, by: str) -> None:
    """Not Spam is training alone: taking it out would lose good mail. Deleted after that, it is removed."""
    gateway.receive(BOB)
    client = caught(gateway)
    if by == "MOVE":
        client.put("MOVE", "1", "Not Spam")
    else:
        client.put("COPY", "1", "Not Spam")
        client.uid("STORE", "1", "+FLAGS", "(\\Deleted)")
        client.ok(client.imap.expunge())
    assert lessons(gateway) == [(BOB, "ham")]
    assert only_copy(gateway).state is State.HELD
    (again,) = client.listing()
    assert (again.uid, again.flags) == (2, frozenset())
    client.uid("STORE", "2", "+FLAGS", "(\\Deleted)")
    client.ok(client.imap.expunge())
    assert only_copy(gateway).state is State.REMOVED
    assert client.uids() == []


@pytest.mark.parametrize("command", ["COPY", "MOVE"])
def test_spam_from_caught_is_taught_and_a_move_takes_it_out(gateway: Gateway, command: str) -> None:
    gateway.receive(BOB)
    client = caught(gateway, "example.org")
    client.put(command, "1", "Spam")
    assert lessons(gateway) == [("example.org", "spam")]
    assert only_copy(gateway).state is (State.REMOVED if command == "MOVE" else State.HELD)


def requested(gateway: Gateway, login: str = BOB, many: int = 1) -> Client:
    """Unsure mail that was delivered, and a client that looks at it."""
    everything = Policy(spam_at=1.0, unsure_at=0.0, training_requested=True, training_days=3)
    gateway.world.directory.put_policy(GLOBAL, everything)
    for number in range(1, many + 1):
        gateway.receive(BOB, subject=f"message {number}")
    gateway.deliver()
    client = gateway.client(login)
    client.select("Training Requested")
    return client


@pytest.mark.parametrize("login", LEVELS)
@pytest.mark.parametrize("command", ["COPY", "MOVE"])
@pytest.mark.parametrize(("folder", "label"), [("Not Spam", "ham"), ("Spam", "spam")])
def test_training_requested_mail_is_taught_and_gone(
    gateway: Gateway, folder: str, label: str, command: str, login: str
) -> None:
    """It was delivered, and stays so."""
    client = requested(gateway, login)
    assert [each.subject for each in client.listing()] == ["message 1"]
    client.put(command, "1", folder)
    client.ok(client.imap.noop())
    assert client.uids() == []
    assert lessons(gateway) == [(login, label)]
    assert only_copy(gateway).state is State.DELIVERED
    assert client.select("Training Requested") == 0


@pytest.mark.parametrize("folder", ["Release", "Release & Train"])
def test_delivered_mail_cannot_be_released(gateway: Gateway, folder: str) -> None:
    client = requested(gateway)
    assert "CANNOT" in client.no(client.imap.uid("MOVE", "1", f'"{on_wire(folder)}"'))
    assert client.uids() == [1]
    assert lessons(gateway) == []


def test_deleting_in_training_requested_withdraws_the_request(gateway: Gateway) -> None:
    """Nothing is taught, the mail is not touched, and nobody is asked again."""
    client = requested(gateway, many=2)
    client.uid("STORE", "2", "+FLAGS", "(\\Deleted)")
    client.ok(client.imap.expunge())
    assert [each.subject for each in client.listing()] == ["message 1"]
    assert lessons(gateway) == []
    assert {copy.state for copy in gateway.world.index.all_copies()} == {State.DELIVERED}
    desk = gateway.client("example.org")
    assert desk.select("Training Requested") == 1


def test_requests_end_after_their_own_days(gateway: Gateway) -> None:
    """The record of the delivered mail stays longer."""
    client = requested(gateway)
    gateway.world.clock.advance(seconds=3 * DAY)
    client.ok(client.imap.noop())
    assert client.uids() == []
    assert only_copy(gateway).state is State.DELIVERED


@pytest.mark.parametrize("destination", ["INBOX", "Caught", "Training Requested", "Nowhere"])
def test_other_folders_take_nothing(gateway: Gateway, destination: str) -> None:
    gateway.receive(BOB)
    client = caught(gateway)
    for command in ("COPY", "MOVE"):
        client.no(client.imap.uid(command, "1", f'"{destination}"'))
    assert only_copy(gateway).state is State.HELD
    assert client.uids() == [1]


FOREIGN = raw_message(sender="Mallory <m@bad.example>", to="someone@else.example", subject="From elsewhere")


@pytest.mark.parametrize(("folder", "label"), [("Not Spam", "ham"), ("Spam", "spam")])
@pytest.mark.parametrize("login", ["example.org", "global"])
def test_foreign_mail_teaches(gateway: Gateway, login: str, folder: str, label: str) -> None:
    """An administrator vouches for it; the same bytes twice are one lesson."""
    client = gateway.client(login)
    for number in (1, 2):
        client.ok(client.imap.append(f'"{folder}"', None, None, FOREIGN))
        assert client.code("APPENDUID").split()[1] == str(number)
    assert lessons(gateway) == [(login, label)]
    assert client.status(folder) | {"UIDVALIDITY": 0} == {
        "MESSAGES": 0,
        "UIDNEXT": 3,
        "UIDVALIDITY": 0,
        "UNSEEN": 0,
    }
    assert gateway.world.index.all_copies() == []


def test_a_recipient_teaches_from_no_foreign_mail(gateway: Gateway) -> None:
    """The same rights as over HTTP."""
    client = gateway.client(BOB)
    answer = client.imap.append("Spam", None, None, FOREIGN)
    assert "NOPERM" in client.no(answer)
    assert lessons(gateway) == []


@pytest.mark.parametrize("folder", ["INBOX", "Caught", "Release", "Release & Train"])
def test_foreign_mail_is_never_released(gateway: Gateway, folder: str) -> None:
    """Its recipients are whatever its headers say: nobody's word."""
    client = gateway.client("global")
    answer = client.imap.append(f'"{on_wire(folder)}"', None, None, FOREIGN)
    assert "CANNOT" in client.no(answer)
    assert gateway.world.queue.waiting[QueueName.DELIVER] == []


def test_the_folders_cannot_be_changed(gateway: Gateway) -> None:
    client = gateway.client(BOB)
    for answer in (
        client.imap.create("Trash"),
        client.imap.create("Caught"),
        client.imap.delete("Spam"),
        client.imap.rename("Caught", "Mine"),
        client.imap.rename("INBOX", "Mine"),
    ):
        client.no(answer)
    client.ok(client.imap.subscribe("Caught"))
    client.ok(client.imap.unsubscribe("Caught"))
    assert set(names(client)) == {"INBOX", "Caught", *WRITE_ONLY}
    lines = client.ok(client.imap.lsub())
    assert len(lines) == 6


def test_a_login_that_may_only_look(gateway: Gateway) -> None:
    """Caught is read-only, and nothing acts."""
    gateway.receive(BOB)
    client = gateway.client(BOB, gateway.password(BOB, may_write=False))
    with pytest.raises(imaplib.IMAP4.readonly):
        client.imap.select("Caught")
    client.select("Caught", readonly=True)
    for folder in ("Release", "Not Spam", "Spam"):
        client.no(client.imap.uid("COPY", "1", f'"{folder}"'))
    assert only_copy(gateway).state is State.HELD
    assert lessons(gateway) == []


def test_nothing_happens_to_mail_of_others(gateway: Gateway) -> None:
    """A login's UIDs are its own: there is no number that means somebody else's message."""
    gateway.receive("eve@example.net")
    client = caught(gateway, "example.org")
    for command in ("COPY", "MOVE"):
        client.imap.uid(command, "1:*", "Release")
    assert only_copy(gateway).state is State.HELD


def test_hundreds_at_once(gateway: Gateway) -> None:
    """One command, one action each; COPYUID names them all."""
    for _ in range(120):
        gateway.receive(BOB)
    client = caught(gateway)
    client.put("MOVE", "1:120", on_wire("Release & Train"))
    assert client.code("COPYUID").split()[1:] == ["1:120", "1:120"]
    assert {copy.state for copy in gateway.world.index.all_copies()} == {State.RELEASING}
    gateway.deliver()
    assert len({parcel.reference for parcel in gateway.world.courier.parcels}) == 120


def test_two_clients_that_move_the_same_message_release_it_once(gateway: Gateway) -> None:
    """Both get an OK; the second finds it done."""
    gateway.receive(BOB)
    password = gateway.password(BOB)
    clients = [gateway.client(BOB, password) for _ in range(2)]
    for client in clients:
        client.select("Caught")
    barrier = threading.Barrier(2)

    def act(client: Client) -> None:
        barrier.wait()
        client.put("MOVE", "1", "Release")

    threads = [threading.Thread(target=act, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    gateway.deliver()
    assert len(gateway.world.courier.parcels) == 1
    for client in clients:
        client.ok(client.imap.noop())
        assert client.uids() == []


def test_what_is_taken_away_meanwhile_is_in_no_answer(gateway: Gateway) -> None:
    """Removed by another channel just before: there is nothing to release, and no number for it."""
    gateway.receive(BOB, subject="gone")
    gateway.receive(BOB, subject="here")
    client = caught(gateway)
    gone, _ = gateway.world.index.all_copies()
    gateway.world.index.move(
        gone.id,
        expected=[State.HELD],
        state=State.REMOVED,
        expires_at=gone.expires_at,
        event=gone.events[0],
        now=gateway.world.clock.now_ms() // 1000,
    )
    client.put("COPY", "1:2", "Release")
    assert client.code("COPYUID").split()[1:] == ["2", "1"]
    with pytest.raises(imaplib.IMAP4.error):
        client.imap.uid("NONSENSE", "1")


@pytest.mark.parametrize("folder", ["Release", "Release & Train"])
@pytest.mark.parametrize("verb", ["move", "copy"])
def test_release_without_the_right_asks_for_it(gateway: Gateway, folder: str, verb: str) -> None:
    """NO, so that the message stays where it is, with words that clients show; the request is filed, once."""
    asks = {f"rights_{reason}": Right.REQUEST for reason in Reason}
    gateway.world.directory.put_policy(parse_scope("example.org"), policy_from(asks))
    gateway.receive(BOB)
    client = caught(gateway)
    for _ in range(2):
        words = client.no(client.imap.uid(verb.upper(), "1", f'"{on_wire(folder)}"'))
        assert "NOPERM" in words
        assert "has been asked to release it" in words
    copy = only_copy(gateway)
    assert (copy.state, copy.is_asked_for) == (State.HELD, True)
    assert copy.release_request is not None
    assert client.status("Caught")["MESSAGES"] == 1
    assert lessons(gateway) == []
    deny_request(gateway.world.services, actor("example.org"), copy.id)
    words = client.no(client.imap.uid(verb.upper(), "1", f'"{on_wire(folder)}"'))
    assert "has denied it" in words
    admin = caught(gateway, "example.org")
    admin.ok(admin.imap.uid("MOVE", "1", '"Release"'))
    assert only_copy(gateway).state is State.RELEASING


def test_a_virus_is_not_released_by_a_mail_client(gateway: Gateway) -> None:
    """There is no place for an override in IMAP."""
    gateway.receive(BOB)
    gateway.world.index.patch(replace(only_copy(gateway), held_for=Reason.VIRUS))
    admin = caught(gateway, "example.org")
    assert "override" in admin.no(admin.imap.uid("MOVE", "1", '"Release"'))
    bob = caught(gateway)
    assert "not released to recipients" in bob.no(bob.imap.uid("MOVE", "1", '"Release"'))
    assert only_copy(gateway).state is State.HELD
