"""Request release: a recipient asks an administrator to let a held message go."""

from __future__ import annotations

from pratique.domain.actor import Actor
from pratique.domain.errors import Conflict, Forbidden, NotFound
from pratique.domain.ids import CopyId
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy, Event, What
from pratique.domain.release_request import ReleaseRequest, RequestState, check_words
from pratique.domain.rights import Right
from pratique.domain.scope import recipient_scope
from pratique.observability import log_event
from pratique.ports.services import Services
from pratique.usecases.record_change import record_change
from pratique.usecases.release_rights import recipient_right


def request_release(services: Services, actor: Actor, copy_id: CopyId, text: str = "") -> Copy:
    """Ask for the release of a held copy, once. Asking again while nobody has answered changes nothing; nor after it was approved. Returns the
    copy as it is now.

    Raises NotFound, Forbidden (not even that may be asked for), Conflict (not held; denied already; may be released without asking),
    InvalidInput.
    """
    actor.must_change(copy_id.owner)
    words = check_words(text, "the text of a request")
    now_ms = services.clock.now_ms()
    copy = services.index.get_copy(copy_id, now=now_ms // 1000)
    if copy is None:
        raise NotFound("no such message")
    if copy.release_request is not None:
        return _asked_before(copy, copy.release_request)
    if copy.state is not State.HELD:
        raise Conflict(f"this message is {copy.state.value}, not held", copy)
    right = recipient_right(services, copy, {})
    if right is Right.NONE:
        raise Forbidden("mail of this kind is not released to recipients")
    if right is Right.RELEASE:
        raise Conflict("this message can be released without asking", copy)
    request = ReleaseRequest(RequestState.OPEN, actor.name, now_ms, words)
    note = f"asked for release: {words}" if words else "asked for release"
    event = Event(now_ms, copy.state, actor.name, actor.channel, note, What.NOTE, actor.action)
    try:
        made = services.waiting.ask_release(copy_id, request, event=event, now=now_ms // 1000)
    except Conflict as conflict:  # somebody was first
        known = conflict.args[1].release_request if len(conflict.args) > 1 else None
        if known is None:
            raise
        return _asked_before(conflict.args[1], known)
    record_change(services, actor, recipient_scope(copy_id.owner), "release.request", str(copy_id))
    log_event("release_requested", id=copy_id.message, channel=actor.channel.value)
    return made


def _asked_before(copy: Copy, request: ReleaseRequest) -> Copy:
    if request.state is RequestState.DENIED:
        said = f": {request.note}" if request.note else ""
        raise Conflict(f"an administrator has denied the release of this message{said}", copy)
    return copy
