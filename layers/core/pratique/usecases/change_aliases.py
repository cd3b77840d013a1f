"""Aliases, alias domains, plus-addresses, catch-all: set by the administrators of the domains they are about.

Chains are resolved when they are written: what is stored always names a mailbox, so that reading leads no further. Mail that came before a
change stays with the owner it had.
"""

from __future__ import annotations

from collections.abc import Iterator

from pratique.domain.actor import Actor
from pratique.domain.address import Address, normalise_domain
from pratique.domain.alias import SEPARATORS, Alias, AliasDomain, find_owner, questions
from pratique.domain.errors import ConcurrentChange, Conflict, InvalidInput, NotFound
from pratique.domain.scope import domain_scope
from pratique.ports.aliases import AliasPage
from pratique.ports.services import Services
from pratique.usecases.acting import changing
from pratique.usecases.owners import owner_of
from pratique.usecases.undo_settings import alias_deed, alias_domain_deed

PAGE = 500
SHOWN = 3
"""Addresses that a refusal names."""


def put_alias(services: Services, actor: Actor, address: Address, owner: Address) -> Alias:
    """Let mail for `address` belong to `owner`; to itself: note it as a mailbox, so that a catch-all does not take its mail. An owner that is
    an alias itself stands for its own owner, one with a tag for the mailbox without it.

    Raises NotFound, Forbidden (not an administrator of both domains), InvalidInput (a circle), Conflict (other addresses belong to `address`),
    ConcurrentChange.
    """
    for domain in dict.fromkeys((address.domain, owner.domain)):
        actor.must_administer(domain_scope(domain))
    known = services.aliases.get(address)
    final = owner if owner == address else _meant(services, owner)
    if final == address != owner:
        raise InvalidInput(f"{owner} belongs to {address} already: this would be a circle")
    if final != address:
        _must_be_free(services, address)
    alias = Alias(address, final, actor.name, services.clock.now_ms())
    scope, deed = domain_scope(address.domain), alias_deed(address, known, alias)
    with changing(services, actor, scope, "alias.put", f"{address} {final}", deed):
        _store(services, alias, known)
    return alias


def _store(services: Services, alias: Alias, known: Alias | None) -> None:
    if alias.is_mailbox:
        services.aliases.put(alias)
        return
    if alias.owner.domain != alias.address.domain:
        services.aliases.note_source(alias.owner.domain, alias.address.domain)
    if not services.aliases.link(alias, expected=known):
        raise ConcurrentChange("another change of these addresses came first")


def delete_alias(services: Services, actor: Actor, address: Address) -> None:
    """Mail for the address belongs to itself again, or to the catch-all. Raises NotFound (also where it is not listed), Forbidden, Conflict (a
    mailbox that other addresses belong to).
    """
    actor.must_administer(domain_scope(address.domain))
    known = services.aliases.get(address)
    if known is not None and known.is_mailbox:
        _must_be_free(services, address)
    scope, deed = domain_scope(address.domain), alias_deed(address, known, None)
    with changing(services, actor, scope, "alias.delete", str(address), deed):
        if services.aliases.delete(address) is None:
            raise NotFound("no such alias")


def put_domain(services: Services, actor: Actor, chosen: AliasDomain) -> AliasDomain:
    """Replace what a domain chose. A domain that is the same as another stands for that one's.

    Raises NotFound, Forbidden (not an administrator of all the domains named), InvalidInput (a circle, a separator that is none), Conflict
    (other domains are the same as this one).
    """
    domain = normalise_domain(chosen.domain)
    same_as = normalise_domain(chosen.same_as) if chosen.same_as else ""
    for name in dict.fromkeys(
        (domain, *filter(None, (same_as, chosen.catch_all.domain if chosen.catch_all else "")))
    ):
        actor.must_administer(domain_scope(name))
    if same_as and chosen.catch_all:
        raise InvalidInput("a domain is the same as another, or has a catch-all: not both")
    if set(chosen.separators) - set(SEPARATORS):
        raise InvalidInput(f"separators are of {SEPARATORS}")
    if same_as:
        same_as = _final_domain(services, domain, same_as)
    catch_all = _meant(services, chosen.catch_all) if chosen.catch_all else None
    stored = AliasDomain(domain, "".join(dict.fromkeys(chosen.separators)), same_as, catch_all)
    said = f"{domain} same_as={same_as} catch_all={catch_all or ''} separators={stored.separators}"
    scope, deed = domain_scope(domain), alias_domain_deed(domain, services.aliases.get_domain(domain), stored)
    with changing(services, actor, scope, "alias.domain", said, deed):
        _store_domain(services, actor, stored)
    return stored


def _store_domain(services: Services, actor: Actor, stored: AliasDomain) -> None:
    catch_all = stored.catch_all
    services.aliases.put_domain(stored)
    target = stored.same_as or (catch_all.domain if catch_all else "")
    if catch_all:
        services.aliases.add_mailbox(Alias(catch_all, catch_all, actor.name, services.clock.now_ms()))
    if target and target != stored.domain:
        services.aliases.note_source(target, stored.domain)


def get_domain(services: Services, actor: Actor, domain: str) -> AliasDomain:
    """What a domain chose, or what holds where it chose nothing. Raises NotFound."""
    name = normalise_domain(domain)
    actor.must_see(domain_scope(name))
    return services.aliases.get_domain(name) or AliasDomain(name)


def list_aliases(
    services: Services, actor: Actor, domain: str, *, limit: int, cursor: str | None = None
) -> AliasPage:
    """A page of a domain's aliases and mailboxes. Raises NotFound, InvalidInput."""
    name = normalise_domain(domain)
    actor.must_see(domain_scope(name))
    return services.aliases.list_aliases(name, limit=limit, cursor=cursor)


def show_owner(services: Services, actor: Actor, address: Address) -> Address:
    """The mailbox that mail for an address belongs to. Raises NotFound (its domain, or the owner, is outside the actor's scope)."""
    actor.must_see(domain_scope(address.domain))
    return owner_of(services, address)


def _final_domain(services: Services, domain: str, same_as: str) -> str:
    """The domain that `same_as` stands for. Raises InvalidInput, Conflict."""
    found = services.aliases.get_domain(same_as)
    final = found.same_as if found and found.same_as else same_as
    if final == domain:
        raise InvalidInput(f"{same_as} is the same as {domain} already: this would be a circle")
    for source in sorted(services.aliases.sources(domain)):
        other = services.aliases.get_domain(source)
        if other is not None and other.same_as == domain:
            raise Conflict(f"{source} is the same as {domain}: change that one first")
    return final


def _meant(services: Services, address: Address) -> Address:
    """The mailbox that somebody means by an address: its owner, but for the catch-all, which is for addresses that nobody names."""
    domains: dict[str, AliasDomain] = {}
    aliases: dict[Address, Address] = {}
    name = address.domain
    while name and name not in domains:
        chosen = services.aliases.get_domain(name) or AliasDomain(name)
        domains[name] = chosen._replace(catch_all=None)
        name = chosen.same_as
    for _, names in questions(address, domains):
        aliases |= {name: known.owner for name in names if (known := services.aliases.get(name))}
    return find_owner(address, aliases, domains)


def _must_be_free(services: Services, address: Address) -> None:
    """Raise Conflict where other addresses belong to this one. Reads the aliases of the domains that lead here: for a person who changes
    settings, never on the path of a message.
    """
    members = _members(services, address)
    shown = [str(each) for each, _ in zip(members, range(SHOWN + 1), strict=False)]
    if shown:
        more = ", ..." if len(shown) > SHOWN else ""
        raise Conflict(
            f"other addresses belong to {address}: {', '.join(shown[:SHOWN])}{more}; change them first"
        )


def _members(services: Services, owner: Address) -> Iterator[Address | str]:
    for domain in sorted({owner.domain, *services.aliases.sources(owner.domain)}):
        chosen = services.aliases.get_domain(domain)
        if chosen is not None and chosen.catch_all == owner:
            yield f"the catch-all of {domain}"
        cursor: str | None = None
        while True:
            page = services.aliases.list_aliases(domain, limit=PAGE, cursor=cursor)
            yield from (a.address for a in page.aliases if a.owner == owner and not a.is_mailbox)
            cursor = page.cursor
            if cursor is None:
                break
