"""What a recipient may do with which class of held mail; requests for release and their answers."""

from __future__ import annotations

from typing import Any

import pytest
from pratique.domain.errors import Conflict, Forbidden, InvalidInput, NoRoute, NotFound, RequestNeeded
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy
from pratique.domain.policy import Disposition, Policy
from pratique.domain.release_request import RequestState
from pratique.domain.rights import Reason, Right
from pratique.domain.scope import GLOBAL, parse_scope
from pratique.usecases.act_in_bulk import BulkAction, Verb, act_in_bulk
from pratique.usecases.answer_requests import approve_request, deny_request, list_requests
from pratique.usecases.release_message import release_message
from pratique.usecases.remove_message import remove_message
from pratique.usecases.request_release import request_release
from pratique.usecases.restore_message import restore_message

from tests import builders, fakes
from tests.path import work_off
from tests.unit.api.calling import call, of, stocked

BOB, ADMIN, OPERATOR = (builders.actor(s) for s in ("bob@example.org", "example.org", "global"))


def _world(held_for: Reason | None = Reason.ATTACHMENT, **changes: Any) -> tuple[fakes.World, Copy]:
    """One held copy of bob's."""
    world = fakes.world()
    world.directory.put_route(builders.route("*"))
    copy = builders.a_copy(held_for=held_for, **changes)
    world.index.add_facts(builders.facts(), expires_at=copy.expires_at)
    world.index.add_copy(copy)
    world.store.put(copy.raw_key, builders.raw_message())
    return world, copy


def _now(world: fakes.World, copy: Copy) -> Copy:
    found = world.index.get_copy(copy.id, now=world.clock.now_ms() // 1000)
    assert found is not None
    return found


@pytest.mark.parametrize("reason", [None, *Reason])
def test_rights_follow_the_reason_by_the_built_in_policy(reason: Reason | None) -> None:
    """Release, request, nothing; an administrator may release all, a virus with an override."""
    world, copy = _world(reason)
    needed = {
        Reason.VIRUS: Forbidden,
        Reason.LOOP: RequestNeeded,
        Reason.ATTACHMENT: RequestNeeded,
        Reason.PHISHING: RequestNeeded,
    }.get(reason) if reason else None  # fmt: skip
    if needed is None:
        assert release_message(world.services, BOB, copy.id).state is State.RELEASING
        return
    with pytest.raises(needed) as refused:
        release_message(world.services, BOB, copy.id, override=True)
    assert type(refused.value) is needed
    assert _now(world, copy).state is State.HELD
    if reason is Reason.VIRUS:
        with pytest.raises(Forbidden, match="override"):
            release_message(world.services, ADMIN, copy.id)
    assert release_message(world.services, ADMIN, copy.id, override=True).state is State.RELEASING


@pytest.mark.parametrize("level", ["bob@example.org", "example.org", "global"])
def test_rights_are_a_policy_of_every_level(level: str) -> None:
    """The nearest choice counts."""
    world, copy = _world(Reason.SPAM)
    world.directory.put_policy(GLOBAL, Policy(rights_spam=Right.REQUEST))
    world.directory.put_policy(parse_scope(level), Policy(rights_spam=Right.NONE))
    with pytest.raises(Forbidden, match="spam is not released"):
        release_message(world.services, BOB, copy.id)


def test_disallowed_extensions_take_the_release_away() -> None:
    """Whatever it is held for; the list is the policy's of today."""
    world, copy = _world(Reason.SPAM, extensions=("exe", "zip"))
    world.directory.put_policy(parse_scope("example.org"), Policy(disallowed_extensions=("exe", "js")))
    with pytest.raises(RequestNeeded):
        release_message(world.services, BOB, copy.id)
    world.directory.put_policy(parse_scope("example.org"), Policy(disallowed_extensions=("js",)))
    assert release_message(world.services, BOB, copy.id).state is State.RELEASING


def test_what_was_never_held_is_tried_again_by_its_recipient() -> None:
    """A clean message that the next hop refused is no matter of quarantine."""
    world, copy = _world(None, state=State.FAILED, disposition=Disposition.DELIVER)
    world.directory.put_policy(GLOBAL, Policy(rights_spam=Right.NONE))
    assert release_message(world.services, BOB, copy.id).state is State.RELEASING


def test_what_is_on_its_way_needs_no_right() -> None:
    """A recipient who asks again after an administrator released it hears how it stands."""
    world, copy = _world(Reason.VIRUS)
    release_message(world.services, ADMIN, copy.id, override=True)
    assert release_message(world.services, BOB, copy.id).state is State.RELEASING
    work_off(world)
    assert release_message(world.services, BOB, copy.id).state is State.RELEASED
    assert len(world.courier.parcels) == 1


def test_bulk_keeps_the_rights_of_each() -> None:
    """And says for each what is missing; the policy is looked up once."""
    world, copy = _world(Reason.ATTACHMENT)
    other = builders.a_copy(2, held_for=Reason.SPAM)
    world.index.add_facts(builders.facts(2), expires_at=other.expires_at)
    world.index.add_copy(other)
    answers = act_in_bulk(world.services, BOB, BulkAction(Verb.RELEASE), [str(copy.id), str(other.id)])
    assert [(a.ok, a.code or a.state) for a in answers] == [(False, "request_needed"), (True, "releasing")]
    virus = builders.a_copy(3, held_for=Reason.VIRUS)
    world.index.add_copy(virus)
    (refused,) = act_in_bulk(world.services, ADMIN, BulkAction(Verb.RELEASE), [str(virus.id)])
    assert refused.code == "forbidden"
    (done,) = act_in_bulk(world.services, ADMIN, BulkAction(Verb.RELEASE, override=True), [str(virus.id)])
    assert done.ok


def test_a_request_is_asked_listed_and_approved() -> None:
    """The recipient sees the answer; the message is delivered once."""
    world, copy = _world()
    asked = request_release(world.services, BOB, copy.id, "  our supplier ")
    assert asked.release_request is not None
    assert (asked.release_request.state, asked.release_request.text) == (RequestState.OPEN, "our supplier")
    assert request_release(world.services, BOB, copy.id, "again") == asked
    for actor in (ADMIN, OPERATOR, BOB):
        assert list_requests(world.services, actor, actor.scope).copies == (asked,)
    for _ in range(2):
        done = approve_request(world.services, ADMIN, copy.id, note="it is clean")
    work_off(world)
    request = _now(world, copy).release_request
    assert request is not None
    assert (request.state, request.answered_by, request.note) == (
        RequestState.APPROVED,
        ADMIN.name,
        "it is clean",
    )
    assert done.release_request == request
    assert [str(parcel.recipient) for parcel in world.courier.parcels] == ["bob@example.org"]
    assert list_requests(world.services, ADMIN, ADMIN.scope).copies == ()
    assert [e.action for e in world.audit.log] == ["release.request", "message.release", "release.approved"]
    assert [e.note for e in _now(world, copy).events if e.note][:2] == [
        "asked for release: our supplier",
        "request approved: it is clean",
    ]


def test_a_request_is_denied_with_a_note() -> None:
    """It stays held, the recipient hears why, and cannot ask again; an administrator may change its mind and release it."""
    world, copy = _world()
    request_release(world.services, BOB, copy.id)
    for _ in range(2):
        denied = deny_request(world.services, ADMIN, copy.id, note="it asks for your password")
    assert denied.state is State.HELD
    with pytest.raises(Conflict, match="denied the release of this message: it asks for your password"):
        request_release(world.services, BOB, copy.id)
    with pytest.raises(Conflict, match="was denied by"):
        approve_request(world.services, ADMIN, copy.id)
    with pytest.raises(RequestNeeded):
        release_message(world.services, BOB, copy.id)
    assert release_message(world.services, ADMIN, copy.id).state is State.RELEASING


def test_each_recipient_is_answered_for_itself() -> None:
    """A denial of one says nothing to another recipient of the same message."""
    world, copy = _world()
    ann = builders.a_copy(1, "ann@example.org", held_for=Reason.ATTACHMENT)
    world.index.add_copy(ann)
    request_release(world.services, BOB, copy.id)
    request_release(world.services, builders.actor("ann@example.org"), ann.id)
    deny_request(world.services, ADMIN, copy.id)
    assert list_requests(world.services, ADMIN, ADMIN.scope).copies == (_now(world, ann),)
    assert approve_request(world.services, ADMIN, ann.id).state is State.RELEASING


def test_an_approval_without_a_route_leaves_the_request_open() -> None:
    """Nothing was released, so nothing was answered."""
    world, copy = _world()
    world.directory.delete_route("*")
    request_release(world.services, BOB, copy.id)
    with pytest.raises(NoRoute):
        approve_request(world.services, ADMIN, copy.id)
    assert _now(world, copy).is_asked_for
    assert approve_again(world, copy).release_request is not None


def approve_again(world: fakes.World, copy: Copy) -> Copy:
    """With a route."""
    world.directory.put_route(builders.route("*"))
    return approve_request(world.services, ADMIN, copy.id)


def test_an_approved_message_that_failed_may_be_released_by_its_recipient() -> None:
    """The answer was yes."""
    world, copy = _world()
    request_release(world.services, BOB, copy.id)
    asked = approve_request(world.services, ADMIN, copy.id).release_request
    failed = builders.a_copy(2, held_for=Reason.ATTACHMENT, state=State.FAILED, release_request=asked)
    world.index.add_copy(failed)
    assert release_message(world.services, BOB, failed.id).state is State.RELEASING


def test_a_virus_is_approved_with_an_override_only() -> None:
    """As it is released."""
    world, copy = _world(Reason.VIRUS)
    world.directory.put_policy(parse_scope("example.org"), Policy(rights_virus=Right.REQUEST))
    request_release(world.services, BOB, copy.id)
    with pytest.raises(Forbidden, match="override"):
        approve_request(world.services, ADMIN, copy.id)
    assert _now(world, copy).is_asked_for
    assert approve_request(world.services, ADMIN, copy.id, override=True).state is State.RELEASING


@pytest.mark.parametrize(
    ("reason", "error", "words"),
    [(Reason.VIRUS, Forbidden, "not released"), (Reason.SPAM, Conflict, "without asking")],
)
def test_there_is_nothing_to_ask_for(reason: Reason, error: type[Exception], words: str) -> None:
    """Where no request helps, or none is needed."""
    world, copy = _world(reason)
    with pytest.raises(error, match=words):
        request_release(world.services, BOB, copy.id)


@pytest.mark.parametrize("text", ["x" * 201, "two\nlines", "turn\u202earound"])
def test_words_stay_on_their_line(text: str) -> None:
    """Of both sides."""
    world, copy = _world()
    with pytest.raises(InvalidInput):
        request_release(world.services, BOB, copy.id, text)
    request_release(world.services, BOB, copy.id)
    for answer in (approve_request, deny_request):
        with pytest.raises(InvalidInput):
            answer(world.services, ADMIN, copy.id, note=text)


def test_nobody_answers_what_nobody_asked_nor_for_another_domain() -> None:
    """Conflict; hidden; and a recipient answers nothing, not even its own."""
    world, copy = _world()
    for answer in (approve_request, deny_request):
        with pytest.raises(Conflict, match="nobody asked"):
            answer(world.services, ADMIN, copy.id)
        with pytest.raises(NotFound):
            answer(world.services, builders.actor("example.net"), copy.id)
        with pytest.raises(Forbidden):
            answer(world.services, BOB, copy.id)
    with pytest.raises(NotFound):
        request_release(world.services, builders.actor("ann@example.org"), copy.id)


def test_a_removed_message_keeps_its_request_for_when_it_is_back() -> None:
    """Undo of Remove shows it to the administrators again."""
    world, copy = _world()
    request_release(world.services, BOB, copy.id)
    remove_message(world.services, BOB, copy.id)
    assert list_requests(world.services, ADMIN, ADMIN.scope).copies == ()
    with pytest.raises(Conflict):
        deny_request(world.services, ADMIN, copy.id)
    restore_message(world.services, BOB, copy.id)
    assert len(list_requests(world.services, ADMIN, ADMIN.scope).copies) == 1


def test_over_http() -> None:
    """request_needed, the request, its list, the answer in the message; an override in the body."""
    world, (copy,) = stocked()
    bob = {"scope": "bob@example.org"}
    world.directory.put_policy(GLOBAL, Policy(rights_spam=Right.REQUEST))
    refused = call(world, "POST", of(copy, "release"), **bob)
    assert (refused.status, refused.body["code"]) == (403, "request_needed")
    asked = call(world, "POST", of(copy, "request"), body={"text": "mine"}, **bob).body
    assert asked["release_request"]["text"] == "mine"
    listed = call(world, "GET", "/v1/requests", scope="example.org").body["messages"]
    assert [each["id"] for each in listed] == [str(copy.id)]
    assert call(world, "POST", of(copy, "deny"), body={"note": "no"}, **bob).status == 403
    denied = call(world, "POST", of(copy, "deny"), body={"note": "no"}, scope="example.org").body
    assert (denied["state"], denied["release_request"]["state"]) == ("held", "denied")
    seen = call(world, "GET", of(copy), **bob).body["message"]["release_request"]
    assert (seen["note"], seen["answered_by"]) == ("no", "tester of example.org")
    assert call(world, "POST", of(copy, "approve"), scope="example.org").status == 409
    assert call(world, "POST", of(copy, "release"), body={"override": True}).status == 200
