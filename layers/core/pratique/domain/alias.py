"""Whose mail is it: plus-addresses, alias addresses, alias domains and catch-all, to one owner (docs/lists.md).

Named tuples: making a data class costs a cold start four times as much, and every message's function loads these.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from .address import Address

SEPARATORS = "+-=_#"
"""Characters that may part a local part from its tag (RFC 5233 calls the tag the detail)."""
USUAL_SEPARATORS = "+"


class AliasDomain(NamedTuple):
    """What a domain chose. `separators` part a tag from a local part ('' for no plus-addresses). With `same_as`, whatever is not listed here
    belongs to the same local part there; else with `catch_all`, to that mailbox; else to itself.
    """

    domain: str
    separators: str = USUAL_SEPARATORS
    same_as: str = ""
    catch_all: Address | None = None


class Alias(NamedTuple):
    """An address and the mailbox it belongs to. One that belongs to itself is a mailbox: known, so that a catch-all does not take its mail.
    `created_ms` in Unix milliseconds; `version` is another one after every write, also where an alias is made of whom it belongs to.
    """

    address: Address
    owner: Address
    author: str = ""
    created_ms: int = 0
    version: str = ""

    @property
    def is_mailbox(self) -> bool:
        """Whether it belongs to itself."""
        return self.address == self.owner


def without_tag(address: Address, separators: str) -> Address:
    """`bob+news@example.org` -> `bob@example.org`. What begins with a separator, or is quoted, has no tag."""
    local = address.local
    if local.startswith('"'):
        return address
    ends = [at for each in separators if (at := local.find(each)) > 0]
    return Address(local[: min(ends)], address.domain) if ends else address


def questions(
    address: Address, domains: Mapping[str, AliasDomain]
) -> Iterator[tuple[AliasDomain, tuple[Address, ...]]]:
    """The domains, and the addresses in each, that have to be known to say who owns `address`, as far as `domains` (those known by now)
    lead: two domains at most, because a domain that others are the same as is not itself the same as another.
    """
    for _ in range(2):
        chosen = domains.get(address.domain) or AliasDomain(address.domain)
        yield chosen, tuple(dict.fromkeys((address, without_tag(address, chosen.separators))))
        if not chosen.same_as:
            return
        address = Address(address.local, chosen.same_as)


def find_owner(
    address: Address, aliases: Mapping[Address, Address], domains: Mapping[str, AliasDomain]
) -> Address:
    """The mailbox that an envelope recipient belongs to, by what is listed (`aliases` maps an address to its owner, a mailbox to itself).

    First that is there: the address as it is; without its tag; the same in the domain that its domain is the same as; the catch-all;
    itself without its tag.
    """
    owner = address
    for chosen, names in questions(address, domains):
        for name in names:
            if name in aliases:
                return aliases[name]
        owner = chosen.catch_all or names[-1]
    return owner
