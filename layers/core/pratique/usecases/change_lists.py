"""Allow and block lists: from a settings page, or from a message (Release & Whitelist, Blacklist & Remove)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pratique.domain.action import Deed, DeedKind
from pratique.domain.actor import Actor
from pratique.domain.address import try_address
from pratique.domain.direction import Direction
from pratique.domain.errors import InvalidInput, NotFound
from pratique.domain.listentry import (
    MAX_IDLE_DAYS,
    ListEntry,
    ListKind,
    Match,
    check_entry,
    normalise_pattern,
    pack_entry,
)
from pratique.domain.message import Copy
from pratique.domain.policy import DAY
from pratique.domain.scope import Scope, domain_scope, recipient_scope
from pratique.ports.directory import EntryPage
from pratique.ports.services import Services
from pratique.usecases.acting import acting, note_deed
from pratique.usecases.may_let_go import must_list, must_unlist
from pratique.usecases.owners import check_owner
from pratique.usecases.record_change import record_change

LEVELS = ("recipient", "domain")


@dataclass(frozen=True, slots=True)
class Listing:
    """How the sender of a message is put on a list: compared with what, and for how long (0: until somebody takes it off). `days` counts
    from now, `idle_days` from its last use.
    """

    match: Match = Match.BOTH
    days: int = 0
    idle_days: int = 0


USUAL = Listing()


@dataclass(frozen=True, slots=True)
class EntryChange:
    """An entry as it is now and as it was before; None: there was none. What restore_entry needs to take the change back."""

    scope: Scope
    pattern: str
    direction: Direction
    now: ListEntry | None
    before: ListEntry | None


def put_entry(services: Services, actor: Actor, entry: ListEntry) -> EntryChange:
    """Add or replace an entry of a scope that the actor may change. Raises NotFound, Forbidden, InvalidInput (also for an alias: it has no
    lists of its own).
    """
    actor.must_change(entry.scope)
    check_owner(services, entry.scope)
    must_list(services, actor, [entry])
    now_ms = services.clock.now_ms()
    wanted = replace(entry, author=actor.name, created_ms=now_ms, used_ms=0, used_days=0)
    checked = check_entry(wanted, now=now_ms // 1000)
    planned = _planned(services, checked.scope, checked.pattern, checked.direction, checked)
    verb = f"entry.{entry.kind.value}"
    with acting(
        services, actor, entry.scope, verb, checked.pattern, planned=planned, audited=False
    ) as running:
        return list_sender(services, running, checked)


def delete_entry(
    services: Services,
    actor: Actor,
    scope: Scope,
    pattern: str,
    direction: Direction = Direction.INCOMING,
) -> EntryChange:
    """Take an entry off its list. Raises NotFound (also where there is none), Forbidden, InvalidInput."""
    actor.must_change(scope)
    known = normalise_pattern(pattern, direction)
    must_unlist(services, actor, services.directory.get_entry(scope, known, direction))
    planned = _planned(services, scope, known, direction, None)
    with acting(services, actor, scope, "entry.delete", known, planned=planned, audited=False) as running:
        return _delete(services, running, scope, known, direction)


def _delete(services: Services, actor: Actor, scope: Scope, known: str, direction: Direction) -> EntryChange:
    before = services.directory.delete_entry(scope, known, direction)
    if before is None or before.is_over(services.clock.now_ms() // 1000):
        raise NotFound("no such entry")
    record_change(services, actor, scope, "entry.delete", known)
    return _noted(actor, EntryChange(scope, known, direction, None, before))


def restore_entry(services: Services, actor: Actor, change: EntryChange) -> EntryChange:
    """Take a change of a list back: what was there before is there again as it was (author, dates and last use with it), or nothing where
    there was nothing. What came after the change is gone with it. Restoring twice is the same as once. Returns the change that this made.

    Raises NotFound, Forbidden, InvalidInput (what was there before has ended since).
    """
    actor.must_change(change.scope)
    if change.before is None:
        gone = services.directory.delete_entry(change.scope, change.pattern, change.direction)
        if gone is not None:
            record_change(services, actor, change.scope, "entry.delete", change.pattern)
        return _noted(actor, EntryChange(change.scope, change.pattern, change.direction, None, gone))
    must_list(services, actor, [change.before])
    before = check_entry(change.before, now=services.clock.now_ms() // 1000)
    if before.is_over(services.clock.now_ms() // 1000):
        raise InvalidInput("the entry that was there before has ended since")
    if (before.scope, before.pattern, before.direction) != (change.scope, change.pattern, change.direction):
        raise InvalidInput("what was there before is another entry")
    return list_sender(services, actor, before)


def list_entries(
    services: Services,
    actor: Actor,
    scope: Scope,
    *,
    limit: int,
    cursor: str | None = None,
    direction: Direction | None = None,
) -> EntryPage:
    """The entries of exactly this scope, without those that have ended. Raises NotFound, InvalidInput."""
    actor.must_see(scope)
    now = services.clock.now_ms() // 1000
    return services.directory.list_entries(scope, limit=limit, now=now, cursor=cursor, direction=direction)


def list_target(
    services: Services,
    actor: Actor,
    copy: Copy,
    level: str,
    kind: ListKind,
    *,
    listing: Listing = USUAL,
) -> ListEntry:
    """The entry that a message's sender (of outgoing mail: its recipient) gets at `level`: checked before anything is done, written after.

    Raises InvalidInput (unknown level; no sender to list: a bounce has none in its envelope), NotFound (a recipient may not list for its
    domain), Forbidden (a sender may not allow whom it writes to, see may_let_go.py).
    """
    if level not in LEVELS:
        raise InvalidInput("the level is 'recipient' or 'domain'")
    owner = copy.id.owner
    scope = recipient_scope(owner) if level == "recipient" else domain_scope(owner.domain)
    actor.must_change(scope)
    if not 0 <= listing.days <= MAX_IDLE_DAYS:
        raise InvalidInput(f"days are a number up to {MAX_IDLE_DAYS}")
    outgoing = copy.id.is_outgoing
    written = str(copy.id.recipient) if outgoing else copy.sender
    if not outgoing and listing.match is Match.ENVELOPE:
        facts = services.index.get_facts(copy.id.message)
        written = facts.mail_from if facts else ""
    sender = try_address(written)
    if sender is None:
        raise InvalidInput("this message names no sender that could be listed")
    now_ms = services.clock.now_ms()
    wanted = ListEntry(
        scope=scope,
        kind=kind,
        pattern=str(sender),
        author=actor.name,
        reason=f"from message {copy.id.message}",
        created_ms=now_ms,
        direction=copy.id.direction,
        match=Match.BOTH if outgoing else listing.match,
        expires_at=now_ms // 1000 + listing.days * DAY if listing.days else 0,
        idle_days=listing.idle_days,
    )
    must_list(services, actor, [wanted])
    return check_entry(wanted, now=now_ms // 1000)


def list_sender(services: Services, actor: Actor, entry: ListEntry) -> EntryChange:
    """Write a checked entry, and who did it."""
    before = services.directory.put_entry(entry)
    record_change(services, actor, entry.scope, f"entry.{entry.kind.value}", entry.pattern)
    if before is not None and before.is_over(services.clock.now_ms() // 1000):
        before = None
    return _noted(actor, EntryChange(entry.scope, entry.pattern, entry.direction, entry, before))


def _planned(
    services: Services, scope: Scope, pattern: str, direction: Direction, after: ListEntry | None
) -> list[Deed]:
    """What a change of the list is about to do."""
    before = services.directory.get_entry(scope, pattern, direction)
    return [entry_deed(EntryChange(scope, pattern, direction, after, before))]


def entry_deed(change: EntryChange) -> Deed:
    """The deed of a changed list."""
    before, after = (None if each is None else pack_entry(each) for each in (change.before, change.now))
    return Deed(DeedKind.ENTRY, change.pattern, change.scope.key, before, after)


def _noted(actor: Actor, change: EntryChange) -> EntryChange:
    """The change, as a part of the action under way."""
    if change.before or change.now:
        note_deed(actor, entry_deed(change))
    return change
