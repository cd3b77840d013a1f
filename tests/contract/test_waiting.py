"""Waiting: requests for release, and what asks for training."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pratique.domain.actor import Channel
from pratique.domain.errors import Conflict, InvalidInput, NotFound
from pratique.domain.lesson import Label
from pratique.domain.lifecycle import State
from pratique.domain.mailbox import Listing
from pratique.domain.message import Copy, Event, What
from pratique.domain.release_request import ReleaseRequest, RequestState
from pratique.domain.scope import GLOBAL, Scope, domain_scope, recipient_scope
from pratique.ports.services import Services
from pratique.usecases.train_message import train_message

from tests.builders import DAY, NOW, NOW_MS, a_copy, actor, facts
from tests.contract.backends import Backend
from tests.fakes import FakeClock

BOB, ORG, NET = recipient_scope("bob@example.org"), domain_scope("example.org"), domain_scope("example.net")
ASKED = ReleaseRequest(RequestState.OPEN, "token:bob", NOW_MS, 'our "supplier", grün')
DENIED = ASKED._replace(
    state=RequestState.DENIED, answered_by="token:desk", answered_ms=NOW_MS + 1, note="a fraud"
)
APPROVED = DENIED._replace(state=RequestState.APPROVED)


@pytest.fixture
def services(backend: Backend) -> Services:
    return backend.services


def _step(note: str = "") -> Event:
    return Event(NOW_MS + 1, State.HELD, "tester", Channel.API, note, What.NOTE)


def _held(services: Services, number: int = 1, **changes: object) -> Copy:
    copy = a_copy(number, **changes)  # type: ignore[arg-type]  # its own keywords
    assert services.index.add_copy(copy)
    return copy


def _ask(services: Services, copy: Copy, request: ReleaseRequest = ASKED) -> Copy:
    return services.waiting.ask_release(copy.id, request, event=_step("asked"), now=NOW)


def _move(services: Services, copy: Copy, state: State) -> None:
    services.index.move(
        copy.id,
        expected={State.HELD, State.REMOVED},
        state=state,
        expires_at=NOW + DAY,
        event=Event(NOW_MS, state, "tester", Channel.API),
        now=NOW,
        watch_at=NOW + 900,
    )


def _waiting(services: Services, scope: Scope = ORG) -> list[Copy]:
    return list(services.waiting.list_requests(scope, limit=50, now=NOW).copies)


def test_a_request_is_kept_with_its_copy_and_listed_at_every_level(services: Services) -> None:
    """The copy is still listed as held, and comes back with all that was said."""
    copy, other = _held(services), _held(services, 2)
    asked = _ask(services, copy)
    assert asked.release_request == ASKED
    assert services.index.get_copy(copy.id, now=NOW) == asked
    assert asked.events[-1] == _step("asked")
    for scope in (BOB, ORG, GLOBAL):
        assert [each.id for each in _waiting(services, scope)] == [copy.id]
        held = services.index.list_copies(scope, states=[State.HELD], limit=9, now=NOW).copies
        assert [each.id for each in held] == [other.id, copy.id]
    assert _waiting(services, NET) == []


def test_one_request_of_each_copy(services: Services) -> None:
    """The second is told what there is, also after the answer."""
    copy = _held(services)
    _ask(services, copy)
    for _ in range(2):
        with pytest.raises(Conflict) as refused:
            _ask(services, copy, ASKED._replace(text="again"))
        assert refused.value.args[1].release_request.text == ASKED.text
        if refused.value.args[1].release_request == ASKED:
            services.waiting.answer_release(copy.id, DENIED, event=_step(), now=NOW)


@pytest.mark.parametrize("state", [State.REMOVED, State.RELEASING])
def test_only_held_copies_are_asked_for(services: Services, state: State) -> None:
    """Nothing is changed else."""
    copy = _held(services)
    _move(services, copy, state)
    with pytest.raises(Conflict):
        _ask(services, copy)
    with pytest.raises(NotFound):
        _ask(services, a_copy(9))
    found = services.index.get_copy(copy.id, now=NOW)
    assert found is not None
    assert found.release_request is None


def test_expired_is_gone(services: Services) -> None:
    """Invariant 10."""
    copy = _held(services, expires_at=NOW)
    with pytest.raises(NotFound):
        _ask(services, copy)
    late = _held(services, 2, expires_at=NOW + 5)
    _ask(services, late)
    assert services.waiting.list_requests(ORG, limit=9, now=NOW + 5).copies == ()
    with pytest.raises(NotFound):
        services.waiting.answer_release(late.id, DENIED, event=_step(), now=NOW + 5)


def test_a_denied_request_leaves_the_copy_held(services: Services) -> None:
    """And the list of requests; a second answer is a conflict."""
    copy = _held(services)
    _ask(services, copy)
    done = services.waiting.answer_release(copy.id, DENIED, event=_step("denied"), now=NOW)
    assert (done.state, done.release_request) == (State.HELD, DENIED)
    assert _waiting(services) == []
    assert [e.id for e in services.index.list_copies(ORG, states=[State.HELD], limit=9, now=NOW).copies] == [
        copy.id
    ]
    for answer in (DENIED, APPROVED):
        with pytest.raises(Conflict):
            services.waiting.answer_release(copy.id, answer, event=_step(), now=NOW)
    with pytest.raises(Conflict):
        services.waiting.answer_release(_held(services, 2).id, DENIED, event=_step(), now=NOW)


def test_an_approved_request_belongs_to_a_copy_on_its_way(services: Services) -> None:
    """It is in the list of its state only; denying is too late then."""
    copy = _held(services)
    _ask(services, copy)
    _move(services, copy, State.RELEASING)
    assert _waiting(services) == []
    with pytest.raises(Conflict):
        services.waiting.answer_release(copy.id, DENIED, event=_step(), now=NOW)
    done = services.waiting.answer_release(copy.id, APPROVED, event=_step(), now=NOW)
    assert (done.state, done.release_request) == (State.RELEASING, APPROVED)
    listed = services.index.list_copies(ORG, states=[State.RELEASING, State.HELD], limit=9, now=NOW).copies
    assert [each.id for each in listed] == [copy.id]


def test_a_copy_that_is_held_again_shows_its_request_again(services: Services) -> None:
    """Removed and put back; where there is none, nothing happens."""
    copy, other = _held(services), _held(services, 2)
    _ask(services, copy)
    for each in (copy, other):
        _move(services, each, State.REMOVED)
    assert _waiting(services) == []
    for each in (copy, other):
        _move(services, each, State.HELD)
        services.waiting.list_again(each.id, now=NOW)
    assert [each.id for each in _waiting(services)] == [copy.id]
    held = services.index.list_copies(ORG, states=[State.HELD], limit=9, now=NOW).copies
    assert [each.id for each in held] == [other.id, copy.id]


def test_requests_come_in_pages(services: Services) -> None:
    """Newest first, with a cursor; among many held copies nobody asked for."""
    copies = [_held(services, number) for number in range(1, 13)]
    for copy in copies[::2]:
        _ask(services, copy)
    found, cursor = [], None
    for _ in range(9):
        page = services.waiting.list_requests(ORG, limit=4, now=NOW, cursor=cursor)
        found += [each.id for each in page.copies]
        cursor = page.cursor
        if cursor is None:
            break
    assert found == [copy.id for copy in reversed(copies[::2])]
    with pytest.raises(InvalidInput):
        services.waiting.list_requests(ORG, limit=4, now=NOW, cursor="é")


def test_what_asks_for_training(services: Services) -> None:
    """Delivered, within its time, and not taught yet."""
    end = NOW + DAY
    asking = _held(services, 1, state=State.DELIVERED, requested_until=NOW + 60, expires_at=end)
    _held(services, 2, state=State.DELIVERED, expires_at=end)
    _held(
        services, 3, state=State.DELIVERED, requested_until=NOW + 60, lesson="ham", lessons=1, expires_at=end
    )
    _held(services, 4, state=State.DELIVERED, requested_until=NOW, expires_at=end)
    for scope in (BOB, ORG, GLOBAL):
        page = services.waiting.list_training(scope, limit=9, now=NOW)
        assert [each.id for each in page.copies] == [asking.id]
    assert services.waiting.list_training(ORG, limit=9, now=NOW + 60).copies == ()


def test_what_was_taught_asks_no_more(services: Services) -> None:
    """Neither in this list nor in that of any mail client, which is given a hint; it is still listed among what was delivered."""
    copy = _held(services, 1, state=State.DELIVERED, requested_until=NOW + 2 * DAY, expires_at=NOW + 2 * DAY)
    services.index.add_facts(facts(1), expires_at=NOW + 9 * DAY)
    far = replace(services, clock=FakeClock(NOW_MS + 1_000))
    train_message(far, actor("example.org"), copy.id, Label.HAM)
    assert services.waiting.list_training(ORG, limit=9, now=NOW).copies == ()
    assert list(services.mailboxes.listed(ORG, Listing.REQUESTED, now=NOW)) == []
    assert [each.id for each in services.mailboxes.changes(ORG, since_ms=0)] == [copy.id]
    delivered = services.index.list_copies(ORG, states=[State.DELIVERED], limit=9, now=NOW).copies
    assert [each.id for each in delivered] == [copy.id]
