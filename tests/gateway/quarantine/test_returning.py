"""Messages of the quarantine that come back by APPEND, from clients that know no MOVE."""

from __future__ import annotations

import pytest
from pratique.domain.lifecycle import State
from pratique.domain.scope import parse_scope

from gateway.quarantine.returning import without_marks
from tests.builders import raw_message
from tests.gateway.quarantine.serving import Client, Gateway

BOB = "bob@example.org"
WIRE = {"Release & Train": "Release &- Train"}


def bytes_of(client: Client, uid: int) -> bytes:
    found = client.uid("FETCH", str(uid), "(BODY.PEEK[])")[0]
    assert isinstance(found, tuple)
    octets = found[1]
    assert isinstance(octets, bytes)
    return octets


def marked(raw: bytes) -> bytes:
    head, _, body = raw.partition(b"\r\n\r\n")
    return head + b"\r\nX-TUID: abcdefghijkl\r\n\r\n" + body


def only(gateway: Gateway) -> State:
    (copy,) = gateway.world.index.all_copies()
    return copy.state


def labels(gateway: Gateway) -> list[str]:
    waiting = gateway.world.journal.pending(parse_scope(BOB), limit=9)
    return [each.lesson.label.value for each in waiting]


@pytest.mark.parametrize("deleted_first", [True, False])
@pytest.mark.parametrize(
    ("folder", "state", "taught"),
    [
        ("Release & Train", State.RELEASING, ["ham"]),
        ("Release", State.RELEASING, []),
        ("Not Spam", State.HELD, ["ham"]),
        ("Spam", State.REMOVED, ["spam"]),
    ],
)
def test_append_does_what_move_does(
    gateway: Gateway, folder: str, state: State, taught: list[str], deleted_first: bool
) -> None:
    """Whether the client deletes the original before or after."""
    gateway.receive(BOB)
    client = gateway.client(BOB)
    client.select("Caught")
    (uid,) = client.uids()
    raw = bytes_of(client, uid)

    def delete() -> None:
        client.uid("STORE", str(uid), "+FLAGS", "(\\Deleted)")
        client.ok(client.imap.expunge())

    if deleted_first:
        delete()
    client.ok(client.imap.append(f'"{WIRE.get(folder, folder)}"', "", "", marked(raw)))
    if not deleted_first:
        delete()
    assert only(gateway) is state
    assert labels(gateway) == taught


def test_twice_is_once(gateway: Gateway) -> None:
    """A client whose line was cut appends again."""
    gateway.receive(BOB)
    client = gateway.client(BOB)
    client.select("Caught")
    raw = bytes_of(client, client.uids()[0])
    for _ in range(2):
        client.ok(client.imap.append('"Release &- Train"', "", "", raw))
    gateway.deliver()
    assert len(gateway.world.courier.parcels) == 1
    assert labels(gateway) == ["ham"]


def test_mail_that_only_looks_like_it_is_refused(gateway: Gateway) -> None:
    """The same headers and the same number of octets are not the same message; another login's message is foreign too."""
    gateway.receive(BOB, body="Buy now.")
    gateway.receive("ann@example.org", body="For Ann.")
    client, ann = gateway.client(BOB), gateway.client("ann@example.org")
    client.select("Caught")
    ann.select("Caught")
    raw = bytes_of(client, client.uids()[0])
    for foreign in (raw.replace(b"Buy now.", b"Buy then"), bytes_of(ann, 1), raw_message(subject="foreign")):
        assert "takes only messages of this quarantine" in client.no(
            client.imap.append("Release", "", "", foreign)
        )
    assert {copy.state for copy in gateway.world.index.all_copies()} == {State.HELD}


def test_an_administrators_client_does_not_say_whose_it_moved(gateway: Gateway) -> None:
    gateway.receive(BOB, "ann@example.org")
    admin = gateway.client("example.org")
    admin.select("Caught")
    raw = bytes_of(admin, admin.uids()[0])
    assert "Several people" in admin.no(admin.imap.append("Release", "", "", raw))
    assert {copy.state for copy in gateway.world.index.all_copies()} == {State.HELD}
    client = gateway.client(BOB)
    client.ok(client.imap.append("Release", "", "", raw))
    states = {copy.id.recipient.local: copy.state for copy in gateway.world.index.all_copies()}
    assert states == {"bob": State.RELEASING, "ann": State.HELD}


def test_what_clients_put_into_a_header_is_taken_out() -> None:
    raw = b"Subject: a\r\nX-TUID: abc\r\nTo: b\r\nX-OfflineIMAP: 1-2\r\n\r\nX-TUID: stays\r\n"
    assert without_marks(raw) == b"Subject: a\r\nTo: b\r\n\r\nX-TUID: stays\r\n"
    assert without_marks(b"X-TUID: abc\n\nbody") == b"\nbody"
    assert without_marks(b"no header's end") == b"no header's end"
