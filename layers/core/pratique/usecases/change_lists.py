"""Allow and block lists: from a settings page, or from a message (Release & Whitelist, Blacklist & Remove)."""

from __future__ import annotations

from dataclasses import replace

from pratique.domain.actor import Actor
from pratique.domain.address import try_address
from pratique.domain.errors import InvalidInput, NotFound
from pratique.domain.listentry import ListEntry, ListKind, normalise_pattern
from pratique.domain.message import Copy
from pratique.domain.scope import Scope, domain_scope, recipient_scope
from pratique.ports.directory import EntryPage
from pratique.ports.services import Services
from pratique.usecases.record_change import record_change

LEVELS = ("recipient", "domain")
MAX_REASON = 200


def put_entry(services: Services, actor: Actor, entry: ListEntry) -> ListEntry:
    """Add or replace an entry of a scope that the actor may change. Raises NotFound, Forbidden, InvalidInput."""
    actor.must_change(entry.scope)
    if len(entry.reason) > MAX_REASON or not (entry.reason == "" or entry.reason.isprintable()):
        raise InvalidInput(f"a reason is at most {MAX_REASON} printable characters")
    stored = replace(
        entry, pattern=normalise_pattern(entry.pattern), author=actor.name, created_ms=services.clock.now_ms()
    )
    list_sender(services, actor, stored)
    return stored


def delete_entry(services: Services, actor: Actor, scope: Scope, pattern: str) -> None:
    """Take an entry off its list. Raises NotFound (also where there is none), Forbidden, InvalidInput."""
    actor.must_change(scope)
    known = normalise_pattern(pattern)
    if not services.directory.delete_entry(scope, known):
        raise NotFound("no such entry")
    record_change(services, actor, scope, "entry.delete", known)


def list_entries(
    services: Services, actor: Actor, scope: Scope, *, limit: int, cursor: str | None = None
) -> EntryPage:
    """The entries of exactly this scope. Raises NotFound, InvalidInput."""
    actor.must_see(scope)
    return services.directory.list_entries(scope, limit=limit, cursor=cursor)


def list_target(actor: Actor, copy: Copy, level: str, kind: ListKind, *, now_ms: int) -> ListEntry:
    """The entry that a message's sender gets at `level`: checked before anything is done, written after.

    Raises InvalidInput (unknown level; no sender to list), NotFound (a recipient may not list for its domain).
    """
    if level not in LEVELS:
        raise InvalidInput("the level is 'recipient' or 'domain'")
    recipient = copy.id.owner
    scope = recipient_scope(recipient) if level == "recipient" else domain_scope(recipient.domain)
    actor.must_change(scope)
    sender = try_address(copy.sender)
    if sender is None:
        raise InvalidInput("this message names no sender that could be listed")
    return ListEntry(
        scope=scope,
        kind=kind,
        pattern=str(sender),
        author=actor.name,
        reason=f"from message {copy.id.message}",
        created_ms=now_ms,
    )


def list_sender(services: Services, actor: Actor, entry: ListEntry) -> None:
    """Write a checked entry, and who did it."""
    services.directory.put_entry(entry)
    record_change(services, actor, entry.scope, f"entry.{entry.kind.value}", entry.pattern)
