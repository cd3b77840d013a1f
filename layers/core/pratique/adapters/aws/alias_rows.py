"""Aliases as rows: their keys, and what they say. What a look-up needs, apart from what writes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pratique.domain.address import Address, parse_address
from pratique.domain.alias import AliasDomain, find_owner, questions

from .table import Key, Row, words

DOMAIN = "DOMAIN"


def alias_key(address: Address) -> Key:
    """Whom an address belongs to."""
    return f"AL#{address.domain}", f"A#{address.local}"


def domain_key(domain: str) -> Key:
    """What a domain chose."""
    return f"AL#{domain}", DOMAIN


def domain_of(row: Row) -> AliasDomain:
    """What a domain's row says."""
    catch_all = words(row, "catch_all")
    return AliasDomain(
        words(row, "pk")[3:],
        words(row, "separators"),
        words(row, "same_as"),
        parse_address(catch_all) if catch_all else None,
    )


def owner_keys(recipients: Sequence[Address], rows: Mapping[Key, Row]) -> Iterator[Key]:
    """The rows that say whose mail it is, as far as the rows known by now lead: three for a recipient with a tag, else two."""
    domains = _domains(rows)
    for recipient in recipients:
        for chosen, names in questions(recipient, domains):
            yield domain_key(chosen.domain)
            yield from map(alias_key, names)


def read_owners(recipients: Sequence[Address], rows: Mapping[Key, Row]) -> dict[Address, Address]:
    """Recipient -> owner, by the rows known by now."""
    domains = _domains(rows)
    aliases = {
        Address(sk[2:], pk[3:]): parse_address(words(row, "owner"))
        for (pk, sk), row in rows.items()
        if pk.startswith("AL#") and sk != DOMAIN
    }
    return {recipient: find_owner(recipient, aliases, domains) for recipient in recipients}


def _domains(rows: Mapping[Key, Row]) -> dict[str, AliasDomain]:
    return {pk[3:]: domain_of(row) for (pk, sk), row in rows.items() if sk == DOMAIN}
