"""Requests for release: administrators see them, approve or deny them."""

from __future__ import annotations

from pratique.domain.actor import Actor
from pratique.domain.errors import Conflict, InvalidInput, NotFound
from pratique.domain.ids import CopyId
from pratique.domain.message import Copy, Event, What
from pratique.domain.release_request import ReleaseRequest, RequestState, check_words
from pratique.domain.scope import Scope, recipient_scope
from pratique.observability import log_event
from pratique.ports.mail_index import Page
from pratique.ports.services import Services
from pratique.usecases.list_messages import MAX_PAGE
from pratique.usecases.record_change import record_change
from pratique.usecases.release_message import release_message


def list_requests(
    services: Services, actor: Actor, scope: Scope, *, limit: int = 50, cursor: str | None = None
) -> Page:
    """Held copies of the scope whose release was asked for and nobody has answered, newest first. Raises NotFound, InvalidInput."""
    actor.must_see(scope)
    if not 1 <= limit <= MAX_PAGE:
        raise InvalidInput(f"limit is a number from 1 to {MAX_PAGE}")
    now = services.clock.now_ms() // 1000
    return services.waiting.list_requests(scope, limit=limit, now=now, cursor=cursor)


def approve_request(
    services: Services, actor: Actor, copy_id: CopyId, *, note: str = "", override: bool = False
) -> Copy:
    """Release what was asked for, for this one recipient, and say so. Approving twice delivers once. Returns the copy as it is now.

    Raises NotFound, Forbidden (a recipient; a virus without `override`), Conflict (nobody asked; denied; no longer there to release),
    NoRoute (then the request stays open), InvalidInput.
    """
    words, asked = _open_request(services, actor, copy_id, note, RequestState.APPROVED)
    copy = release_message(services, actor, copy_id, override=override)
    if asked.state is RequestState.APPROVED:
        return copy
    return _answer(services, actor, copy, asked, RequestState.APPROVED, words)


def deny_request(services: Services, actor: Actor, copy_id: CopyId, *, note: str = "") -> Copy:
    """Leave it in quarantine, and say so with a note that the recipient sees. Denying twice is the same as once.

    Raises NotFound, Forbidden, Conflict (nobody asked; approved; no longer held), InvalidInput.
    """
    words, asked = _open_request(services, actor, copy_id, note, RequestState.DENIED)
    copy = services.index.get_copy(copy_id, now=services.clock.now_ms() // 1000)
    if copy is None:
        raise NotFound("no such message")
    if asked.state is RequestState.DENIED:
        return copy
    return _answer(services, actor, copy, asked, RequestState.DENIED, words)


def _open_request(
    services: Services, actor: Actor, copy_id: CopyId, note: str, answer: RequestState
) -> tuple[str, ReleaseRequest]:
    """The note as it is kept, and the request: open, or answered so before."""
    actor.must_administer(recipient_scope(copy_id.owner))
    words = check_words(note, "a note")
    copy = services.index.get_copy(copy_id, now=services.clock.now_ms() // 1000)
    if copy is None:
        raise NotFound("no such message")
    asked = copy.release_request
    if asked is None:
        raise Conflict("nobody asked for the release of this message", copy)
    if asked.state not in (RequestState.OPEN, answer):
        raise Conflict(f"this request was {asked.state.value} by {asked.answered_by}", copy)
    return words, asked


def _answer(
    services: Services, actor: Actor, copy: Copy, asked: ReleaseRequest, answer: RequestState, words: str
) -> Copy:
    now_ms = services.clock.now_ms()
    request = asked._replace(state=answer, answered_by=actor.name, answered_ms=now_ms, note=words)
    note = f"request {answer.value}: {words}" if words else f"request {answer.value}"
    event = Event(now_ms, copy.state, actor.name, actor.channel, note, What.NOTE, actor.action)
    try:
        done = services.waiting.answer_release(copy.id, request, event=event, now=now_ms // 1000)
    except Conflict as conflict:
        current = conflict.args[1] if len(conflict.args) > 1 else copy
        known = current.release_request
        if known is None or known.state is not answer:
            raise Conflict("somebody else answered this request, or the message is gone", current) from None
        return current
    scope = recipient_scope(copy.id.owner)
    record_change(services, actor, scope, f"release.{answer.value}", f"{copy.id} {words}".strip())
    log_event("request_answered", id=copy.id.message, answer=answer.value, channel=actor.channel.value)
    return done
