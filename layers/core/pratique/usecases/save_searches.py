"""Searches that people keep: saved, listed, renamed, forgotten.

They are a person's own, wherever the person looks at the moment: a delegate keeps them for itself, not for the mailbox. A token has no person
behind it; its searches are those of the login that is named as its scope (`bob@example.org`, `example.org`, `global`), so that the command line
and the panel of whoever looks after just that share them. Nobody sees another's: while logged in as somebody else there are none, and neither
are there for an administrator's token of somebody's mailbox.
"""

from __future__ import annotations

from dataclasses import replace

from pratique.domain.actor import Actor, Standing
from pratique.domain.errors import Conflict, Forbidden, NotFound
from pratique.domain.saved_search import MOST, SavedSearch, check_search_id, check_search_name
from pratique.domain.scope import Scope
from pratique.domain.search import Search, fold
from pratique.ports.services import Services
from pratique.usecases.record_change import record_change
from pratique.usecases.search_messages import check_search


def list_searches(services: Services, actor: Actor) -> list[SavedSearch]:
    """One's own, by name. Raises NotFound."""
    return sorted(services.searches.of_owner(_owner(actor)), key=lambda each: each.place)


def save_search(
    services: Services,
    actor: Actor,
    search_id: str,
    name: str,
    query: str,
    search: Search,
    scope: Scope | None,
) -> SavedSearch:
    """Keep a search under an id of the caller's choice, in the place of what was there: that renames it too. `query` is the text of `search` in
    `scope`. Repeated it changes nothing.

    Raises NotFound (also where the scope is not the caller's), Forbidden, InvalidInput, Conflict (another one has this name; too many).
    """
    owner = _owner_who_writes(actor)
    if scope is not None:
        actor.must_see(scope)
    check_search(search)
    now_ms = services.clock.now_ms()
    wanted = SavedSearch(check_search_id(search_id), check_search_name(name), query, now_ms, now_ms)
    others = {each.id: each for each in services.searches.of_owner(owner)}
    known = others.pop(wanted.id, None)
    if known is not None and known.says_same(wanted):
        return known
    if any(fold(each.name) == fold(wanted.name) for each in others.values()):
        raise Conflict("another search has this name")
    if known is None and len(others) >= MOST:
        raise Conflict(f"{MOST} searches are kept at most: forget one first")
    if known is not None:
        wanted = replace(wanted, created_ms=known.created_ms)
    services.searches.put(owner, wanted)
    record_change(services, actor, owner, "search.put", wanted.id)
    return wanted


def forget_search(services: Services, actor: Actor, search_id: str) -> None:
    """Keep it no more. Raises NotFound, Forbidden."""
    owner = _owner_who_writes(actor)
    if not services.searches.delete(owner, search_id):
        raise NotFound("no such search")
    record_change(services, actor, owner, "search.delete", search_id)


def _owner(actor: Actor) -> Scope:
    if actor.reason:
        raise NotFound("this is for people about themselves")
    if actor.login is not None:
        return actor.login
    if actor.standing is not Standing.OWN:
        raise NotFound("this token is for somebody else's mailbox")
    return actor.scope


def _owner_who_writes(actor: Actor) -> Scope:
    """A person who may only read mail may still keep searches, as it may have another name; a read-only token writes nothing."""
    owner = _owner(actor)
    if actor.login is None and not actor.may_write:
        raise Forbidden("this token is read-only")
    return owner
