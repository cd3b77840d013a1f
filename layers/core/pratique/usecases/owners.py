"""Whose mailbox an address is, for settings and logins: an alias has none of its own."""

from __future__ import annotations

from pratique.domain.address import Address, parse_address
from pratique.domain.errors import InvalidInput
from pratique.domain.scope import Level, Scope
from pratique.ports.services import Services


def owner_of(services: Services, address: Address) -> Address:
    """The mailbox that mail for an address belongs to: by the same look-up as ingest's."""
    return services.directory.look_up([address], [], aliases=True).owner(address)


def check_owner(services: Services, scope: Scope) -> None:
    """Raise InvalidInput for the scope of an address that belongs to another mailbox: what is set there would never count. One batched read.

    Whoever calls this has checked the actor's scope.
    """
    if scope.level is not Level.RECIPIENT:
        return
    address = parse_address(scope.name)
    owner = owner_of(services, address)
    if owner != address:
        raise InvalidInput(f"{address} is no mailbox of its own: it belongs to {owner}")
