"""Undo: take back what an action changed, as far as it is still as the action left it."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

from pratique.domain.action import Action, Deed, DeedKind
from pratique.domain.actor import Actor
from pratique.domain.errors import Conflict, InvalidInput, NotFound, PratiqueError, TemporaryFailure
from pratique.domain.ids import parse_copy_id
from pratique.domain.lesson import Label
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy
from pratique.domain.scope import scope_from_key
from pratique.ports.queue import QueueName
from pratique.ports.services import Services
from pratique.usecases.acting import acting
from pratique.usecases.remove_message import remove_one
from pratique.usecases.restore_message import restore_one
from pratique.usecases.train_message import teach, untrain
from pratique.usecases.undo_settings import (
    undo_alias,
    undo_alias_domain,
    undo_entry,
    undo_policy,
    undo_route,
)

HOURS = 72
_SETTINGS = {
    DeedKind.ENTRY: undo_entry,
    DeedKind.POLICY: undo_policy,
    DeedKind.ROUTE: undo_route,
    DeedKind.ALIAS: undo_alias,
    DeedKind.ALIAS_DOMAIN: undo_alias_domain,
}


class Outcome(enum.StrEnum):
    """What became of one part."""

    UNDONE = "undone"
    STAYS = "stays"
    """It cannot be taken back at all: a message that was let go is with its recipient."""
    MOVED_ON = "moved_on"
    """Somebody changed it since: it is left as it is."""
    GONE = "gone"
    """What it was about is not there any more."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the action, and what became of it; `note` says it in words."""

    deed: Deed
    outcome: Outcome
    note: str = ""


@dataclass(frozen=True, slots=True)
class Undone:
    """The action as it is remembered, and its parts; no parts where it had been taken back before."""

    action: Action
    parts: tuple[Part, ...]


def read_action(services: Services, actor: Actor, action_id: str) -> Action:
    """An action of the last days. Raises NotFound."""
    action = services.actions.get(action_id)
    if action is None:
        raise NotFound("no such action")
    actor.must_see(action.scope)
    return action


def undo_action(services: Services, actor: Actor, action_id: str) -> Undone:
    """Take an action back, within 72 hours and as long as what it was about is there. Twice is once.

    Raises NotFound, Forbidden, Conflict (too old; nothing of it can be taken back: it says why, with the state as it is now).
    """
    action = read_action(services, actor, action_id)
    actor.must_change(action.scope)
    if action.undone_ms:
        return Undone(action, ())
    if action.is_too_old(services.clock.now_ms()):
        raise Conflict(f"this was more than {HOURS} hours ago")
    if not action.deeds:
        raise Conflict("there is nothing in this action that could be taken back")
    learn: set[str] = set()
    planned = [_turned(deed) for deed in action.deeds]
    with acting(
        services, replace(actor, action=""), action.scope, "action.undo", action.id, planned=planned
    ) as running:
        parts = tuple(_undo(services, running, action, deed, learn) for deed in reversed(action.deeds))
    if learn:
        services.queue.send(QueueName.LEARN, [{"scope": scope} for scope in sorted(learn)])
    if not any(part.outcome is Outcome.UNDONE for part in parts):
        raise Conflict("; ".join(dict.fromkeys(part.note for part in parts)))
    now_ms = services.clock.now_ms()
    services.actions.mark_undone(action.id, by=actor.name, at_ms=now_ms)
    return Undone(replace(action, undone_ms=now_ms, undone_by=actor.name), parts)


def _turned(deed: Deed) -> Deed:
    """What taking a deed back is about to do."""
    kinds = {DeedKind.REMOVE: DeedKind.RESTORE, DeedKind.RESTORE: DeedKind.REMOVE}
    return replace(deed, kind=kinds.get(deed.kind, deed.kind), before=deed.after, after=deed.before)


def _undo(services: Services, actor: Actor, action: Action, deed: Deed, learn: set[str]) -> Part:
    """One part. Only a passing failure goes up: then the whole may be asked again."""
    try:
        if deed.kind not in _SETTINGS:
            return _undo_of_copy(services, actor, action, deed, learn)
        _SETTINGS[deed.kind](services, actor, deed)
    except TemporaryFailure:
        raise
    except (Conflict, InvalidInput) as error:
        return Part(deed, Outcome.MOVED_ON, str(error.args[0]))
    except NotFound:
        return Part(deed, Outcome.GONE, "it is not there any more, or it is not yours to change")
    except PratiqueError as error:
        return Part(deed, Outcome.MOVED_ON, str(error.args[0]) if error.args else error.code)
    return Part(deed, Outcome.UNDONE)


def _undo_of_copy(services: Services, actor: Actor, action: Action, deed: Deed, learn: set[str]) -> Part:
    copy_id = parse_copy_id(deed.target)
    actor.must_change(copy_id.owner)
    if deed.kind is DeedKind.RELEASE:
        return Part(deed, Outcome.STAYS, "the message was let go: a delivery cannot be taken back")
    copy = services.index.get_copy(copy_id, now=services.clock.now_ms() // 1000)
    if copy is None:
        return Part(deed, Outcome.GONE, "the message is gone: its time is up")
    if deed.kind is DeedKind.LESSON:
        return _undo_lesson(services, actor, copy, deed, learn)
    back = State.HELD if deed.kind is DeedKind.REMOVE else State.REMOVED
    ours = copy.decided is not None and copy.decided.action == action.id
    if not ours and copy.state is not back:
        return Part(
            deed, Outcome.MOVED_ON, f"the message is {copy.state.value} now: somebody acted on it since"
        )
    if deed.kind is DeedKind.REMOVE:
        restore_one(services, actor, copy)
    else:
        remove_one(services, actor, copy, block=None)
    return Part(deed, Outcome.UNDONE)


def _undo_lesson(services: Services, actor: Actor, copy: Copy, deed: Deed, learn: set[str]) -> Part:
    """A report goes; the one that it replaced is given again, in the same layer."""
    scope = scope_from_key(deed.scope)
    actor.must_change(scope)
    if copy.lesson != deed.after:
        told = copy.lesson or "not reported"
        return Part(deed, Outcome.MOVED_ON, f"the message is {told} now: somebody reported it since")
    giver = replace(actor, scope=scope)
    if deed.before:
        teach(services, giver, copy, Label(deed.before), learn)
    else:
        untrain(services, giver, copy, learn)
    return Part(deed, Outcome.UNDONE)
