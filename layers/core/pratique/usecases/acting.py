"""What a person does, as one action: written down before, told to the audit after, so that it can be taken back and is never forgotten."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from pratique.domain.action import MOST_DEEDS, Action, Deed
from pratique.domain.actor import Actor
from pratique.domain.errors import PratiqueError, TemporaryFailure
from pratique.domain.ids import ulid
from pratique.domain.message import Copy
from pratique.domain.scope import Scope
from pratique.observability import log_event
from pratique.ports.audit import AuditEntry
from pratique.ports.services import Services
from pratique.usecases.record_change import record_change


@contextmanager
def acting(
    services: Services,
    actor: Actor,
    scope: Scope,
    verb: str,
    subject: str,
    *,
    planned: Sequence[Deed] = (),
    audited: bool = True,
) -> Iterator[Actor]:
    """Run a block as the action `verb` of `subject`, in the audit of `scope`; the block is given the actor to act as, and what it changes it
    notes with note_deed(). `planned` is what it is about to change at least. `audited` False: the block tells the audit itself.

    Part of a larger action, it is no action of its own. Where nothing was changed, there was none. Where the block fails for a passing
    reason, what it changed is not known: the action stays open, and reconcile tells the audit of it.
    """
    if actor.deeds is not None:
        yield actor
        return
    now_ms = services.clock.now_ms()
    action_id = actor.action or ulid(now_ms, secrets.token_bytes(10))
    action = Action(action_id, now_ms, actor.name, actor.channel, scope, verb, subject[:400], tuple(planned))
    known = None if services.actions.begin(action) else services.actions.get(action_id)
    running = replace(actor, action=action_id, deeds=[])
    try:
        yield running
    except TemporaryFailure:
        raise
    except PratiqueError:
        _end(services, action, running.deeds or [], known, audited=audited)
        raise
    _end(services, action, running.deeds or [], known, audited=audited)


@contextmanager
def changing(
    services: Services, actor: Actor, scope: Scope, verb: str, subject: str, deed: Deed
) -> Iterator[Actor]:
    """Run a block as an action that makes this one change. The audit is told of it also where it is a part of a larger action."""
    with acting(services, actor, scope, verb, subject, planned=[deed], audited=False) as running:
        yield running
        record_change(services, running, scope, verb, subject)
        note_deed(running, deed)


@contextmanager
def acting_on_many(
    services: Services, actor: Actor, scope: Scope, verb: str, subject: str, *, parts: int
) -> Iterator[Actor]:
    """As acting(), of an import with so many parts, which tells the audit itself: one with more than MOST_DEEDS is no action that can be taken
    back.
    """
    if parts > MOST_DEEDS:
        yield replace(actor, deeds=[])
        return
    with acting(services, actor, scope, verb, subject, audited=False) as running:
        yield running


def note_deed(actor: Actor, deed: Deed) -> None:
    """This was changed, as part of the action under way."""
    if actor.deeds is not None:
        actor.deeds.append(deed)


def was_done_by(actor: Actor, copy: Copy) -> bool:
    """Whether the action under way brought the copy where it is: now, or when it was begun before and died."""
    return copy.last_move is not None and actor.action != "" and copy.last_move.action == actor.action


def finish_action(services: Services, action: Action, *, audited: bool = True) -> None:
    """Tell the audit of an action, and that it has it. Told twice where this dies in between: never not at all."""
    if audited:
        services.audit.record(
            AuditEntry(
                action.at_ms,
                action.actor,
                action.channel.value,
                action.scope,
                action.verb,
                action.subject,
                action.id,
            )
        )
    services.actions.finish(action.id, action.deeds)


def _end(
    services: Services, action: Action, deeds: list[Deed], known: Action | None, *, audited: bool
) -> None:
    """The action is over: audited, or, where nothing was changed, forgotten. It was done all the same if the audit is away."""
    try:
        if known is not None and known.done:
            new = [deed for deed in deeds if deed not in known.deeds]
            if new:
                services.actions.finish(action.id, (*known.deeds, *new))
        elif deeds:
            finish_action(services, replace(action, deeds=tuple(deeds)), audited=audited)
        elif known is None:
            services.actions.drop(action.id)
    except TemporaryFailure as error:
        log_event("audit_late", action=action.verb, code=error.code)
