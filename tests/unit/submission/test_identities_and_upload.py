"""Locks by people, lists of who sends, and messages that come by the API."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from pratique.domain.actor import Actor
from pratique.domain.address import parse_address
from pratique.domain.direction import Direction
from pratique.domain.errors import Conflict, Forbidden, InvalidInput, NotFound, SenderLocked
from pratique.domain.lifecycle import State
from pratique.domain.listentry import ListEntry, ListKind
from pratique.domain.outgoing import Identity
from pratique.domain.policy import Policy, check_policy
from pratique.domain.scope import parse_scope
from pratique.usecases.change_lists import put_entry
from pratique.usecases.manage_identities import list_identities, lock_identity, unlock_identity
from pratique.usecases.release_message import release_message
from pratique.usecases.remove_message import remove_message
from pratique.usecases.submit_message import Submitted
from pratique.usecases.submit_upload import submit_upload

from tests import builders, fakes
from tests.unit.api.calling import call
from tests.unit.submission.sending import BOB, EVE, LETTER, SPAM, login, send, spam, world

ADMIN = builders.actor("example.org")
BOBS = Identity(BOB, BOB)


def upload(
    here: fakes.World, raw: bytes = LETTER, key: str | None = None, *, to: str = EVE, actor: Actor = ADMIN
) -> Submitted:
    return submit_upload(
        here.services, actor, mail_from=BOB, recipients=[parse_address(to)], raw=raw, key=key
    )


def test_an_administrator_locks_and_unlocks() -> None:
    """With an end or without; what was said why is told; both are in the audit."""
    here = world()
    lock_identity(here.services, ADMIN, BOBS, minutes=5, reason="strange mail")
    with pytest.raises(SenderLocked, match="for a while \\(strange mail\\)"):
        send(here)
    here.clock.advance(seconds=301)
    assert send(here).copies
    lock_identity(here.services, ADMIN, BOBS)
    with pytest.raises(SenderLocked, match="only an administrator") as caught:
        send(here, source_id="s2")
    assert caught.value.forever
    unlock_identity(here.services, ADMIN, BOBS)
    unlock_identity(here.services, ADMIN, BOBS)
    assert send(here, source_id="s3").copies
    actions = [entry.action for entry in here.audit.log if entry.action.startswith("identity.")]
    assert actions == ["identity.lock", "identity.lock", "identity.unlock", "identity.unlock"]


def test_an_unlock_forgets_what_led_to_the_lock() -> None:
    """The next held message does not lock at once, and the count of automatic locks begins anew."""
    here = world(outgoing_lock_spams=2, outgoing_unlocks=1)
    for number in range(2):
        spam(here, number)
    unlock_identity(here.services, ADMIN, BOBS)
    spam(here, 3)
    standing = here.identities.get(BOBS)
    assert (standing.locked_until, standing.locks, len(standing.spams)) == (0, 0, 1)


def test_who_may_lock_and_see() -> None:
    """A mailbox sees its own; only an administrator of its domain locks or unlocks; what is not there is not found."""
    here = world()
    send(here)
    own = list_identities(here.services, login(), parse_scope(BOB))
    assert [each.identity for each in own.standings] == [BOBS]
    for actor in (login(), builders.actor("example.net"), builders.actor("carol@example.org")):
        with pytest.raises(NotFound):
            lock_identity(here.services, actor, BOBS)
        with pytest.raises(NotFound):
            unlock_identity(here.services, actor, BOBS)
    with pytest.raises(NotFound):
        list_identities(here.services, builders.actor("example.net"), parse_scope("example.org"))
    with pytest.raises(Forbidden):
        lock_identity(here.services, builders.actor("example.org", may_write=False), BOBS)
    with pytest.raises(NotFound):
        unlock_identity(here.services, ADMIN, Identity(BOB, "never@example.org"))
    for options in ({"minutes": 0}, {"minutes": 10**9}, {"reason": "x" * 201}, {"reason": "a\nb"}):
        with pytest.raises(InvalidInput):
            lock_identity(here.services, ADMIN, BOBS, **options)


def test_the_same_key_is_the_same_message() -> None:
    """Sent once, also after the clock went on; another content under it is a conflict; without a key each call is a message."""
    here = world()
    first = upload(here, key="order-1")
    here.clock.advance(seconds=5)
    again = upload(here, key="order-1")
    assert (again.message, [c.id for c in again.copies]) == (first.message, [c.id for c in first.copies])
    assert len(here.index.all_copies()) == 1
    with pytest.raises(Conflict):
        upload(here, key="order-1", to="ann@else.example")
    other = upload(here, key="order-1", actor=builders.actor(BOB))
    assert other.message != first.message, "keys are each caller's own"
    assert len({upload(here).message for _ in range(3)}) == 3


def test_whoever_may_not_send_fills_no_bucket() -> None:
    here = world()
    with pytest.raises(Forbidden):
        upload(here, actor=builders.actor("example.net"))
    with pytest.raises(InvalidInput):
        upload(here, b" \r\n")
    lock_identity(here.services, ADMIN, Identity("example.org", BOB))
    with pytest.raises(SenderLocked):
        upload(here)
    assert here.store.objects == {}


def test_the_endpoint_says_what_became_of_it() -> None:
    """Accepted or not, each copy's state; too large is said with the way out; a lock by a code of its own."""
    here = world()

    def post(raw: bytes, **more: Any) -> Any:
        body = {"mail_from": BOB, "recipients": [EVE], "raw": base64.b64encode(raw).decode(), **more}
        return call(here, "POST", "/v1/outgoing", body=body, scope="example.org")

    fine = post(LETTER)
    assert (fine.status, fine.body["accepted"], fine.body["copies"][0]["state"]) == (200, True, "queued")
    held = post(SPAM)
    assert (held.body["accepted"], held.body["copies"][0]["state"]) == (False, "held")
    large = post(b"A: b\r\n\r\n" + b"x" * 4_500_000)
    assert (large.status, large.body["code"]) == (413, "too_large")
    assert "SMTP" in large.body["detail"]
    assert post(LETTER, recipients=["nonsense"]).status == 422
    lock = {"user": "example.org", "sender": BOB, "minutes": 5}
    assert call(here, "POST", "/v1/identities/lock", body=lock, scope="example.org").body["locked"] is True
    refused = post(LETTER)
    assert (refused.status, refused.body["code"]) == (403, "sender_locked")
    shown = call(here, "GET", "/v1/identities", query={"locked": "true"}, scope="example.org").body
    assert [(each["user"], each["sender"]) for each in shown["identities"]] == [("example.org", BOB)]
    listed = call(here, "GET", "/v1/messages", query={"direction": "outgoing"}, scope="example.org").body[
        "messages"
    ]
    assert [(each["direction"], each["recipient"]) for each in listed] == [("outgoing", EVE)]


def test_lists_of_whom_one_may_write_to() -> None:
    """A blocked recipient's copy alone is held, and counts for no lock; an allowed one gets what would be held."""
    here = world(outgoing_lock_spams=1)
    entry = ListEntry(parse_scope("example.org"), ListKind.BLOCK, EVE, direction=Direction.OUTGOING)
    put_entry(here.services, ADMIN, entry)
    done = send(here, to=(EVE, "ann@else.example"))
    assert [copy.state for copy in done.copies] == [State.HELD, State.QUEUED]
    assert not done.refused
    assert send(here, source_id="s2").refused
    assert here.identities.get(BOBS).locked_until == 0
    (held,) = send(here, source_id="s3").copies
    allowed = release_message(here.services, ADMIN, held.id, allow="domain")
    assert allowed.state is State.RELEASING
    (entry,) = here.directory.list_entries(parse_scope("example.org"), limit=9).entries
    assert (entry.kind, entry.pattern, entry.direction) == (ListKind.ALLOW, EVE, Direction.OUTGOING)
    assert send(here, SPAM, source_id="s4").copies[0].state is State.QUEUED


def test_a_sender_does_not_allow_itself_whom_to_write_to() -> None:
    """Else a stolen password would open its own way; it may block."""
    here = world()
    allow = ListEntry(parse_scope(BOB), ListKind.ALLOW, EVE, direction=Direction.OUTGOING)
    with pytest.raises(Forbidden):
        put_entry(here.services, login(), allow)
    (copy,) = send(here, SPAM).copies
    remove_message(here.services, login(), copy.id, block="recipient")
    (entry,) = here.directory.list_entries(parse_scope(BOB), limit=9).entries
    assert (entry.kind, entry.pattern, entry.direction) == (ListKind.BLOCK, EVE, Direction.OUTGOING)


@pytest.mark.parametrize(
    "choice",
    [
        {"outgoing_spam_at": 1.1},
        {"outgoing_response": "maybe"},
        {"outgoing_retention_days": 0},
        {"outgoing_per_minute": -1},
        {"outgoing_lock_spams": 101},
        {"outgoing_lock_minutes": 0},
        {"outgoing_unlocks": 101},
        {"outgoing_abuse_address": "no address"},
        {"outgoing_notice_address": "@"},
    ],
)
def test_choices_that_cannot_be(choice: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        check_policy(Policy(**choice))
    assert check_policy(Policy(outgoing_abuse_address="", outgoing_per_day=0)).outgoing_per_day == 0
