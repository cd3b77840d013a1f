"""Which addresses belong to which mailbox."""

from __future__ import annotations

from pratique.domain.address import Address, parse_address
from pratique.domain.alias import AliasDomain
from pratique.domain.errors import InvalidInput
from pratique.domain.scope import domain_scope
from pratique.usecases.change_aliases import (
    delete_alias,
    get_domain,
    list_aliases,
    put_alias,
    put_domain,
    show_owner,
)

from .. import lists as wire
from ..endpoint import Call


def _address(call: Call, text: str) -> Address:
    """An address of the path's domain. Raises InvalidInput."""
    address = parse_address(text)
    if address.domain != domain_scope(call.path["domain"]).name:
        raise InvalidInput("the address is of another domain than the path names")
    return address


def show(call: Call) -> wire.AliasList:
    """What a domain chose, and a page of its aliases."""
    query: wire.AliasQuery = call.query
    domain = call.path["domain"]
    chosen = get_domain(call.services, call.actor, domain)
    page = list_aliases(call.services, call.actor, domain, limit=query.limit, cursor=query.cursor)
    return wire.AliasList(
        chosen=wire.domain_view(chosen),
        aliases=[wire.alias_view(each) for each in page.aliases],
        cursor=page.cursor,
    )


def choose(call: Call) -> wire.AliasDomainView:
    """Replace what a domain chose."""
    body: wire.AliasDomainRequest = call.body
    wanted = AliasDomain(
        call.path["domain"],
        body.separators,
        body.same_as or "",
        parse_address(body.catch_all) if body.catch_all else None,
    )
    return wire.domain_view(put_domain(call.services, call.actor, wanted))


def put(call: Call) -> wire.AliasView:
    """Add or replace an alias or a mailbox."""
    body: wire.AliasRequest = call.body
    alias = put_alias(call.services, call.actor, _address(call, body.address), parse_address(body.owner))
    return wire.alias_view(alias)


def delete(call: Call) -> None:
    """Forget an alias or a mailbox."""
    query: wire.AddressQuery = call.query
    delete_alias(call.services, call.actor, _address(call, query.address))


def owner(call: Call) -> wire.OwnerView:
    """Whose mail it is."""
    query: wire.AddressQuery = call.query
    address = _address(call, query.address)
    return wire.OwnerView(str(address), str(show_owner(call.services, call.actor, address)))
