"""Which addresses belong to which mailbox. What ingest needs of it is read with Directory.look_up; this is how it is written and shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pratique.domain.address import Address
from pratique.domain.alias import Alias, AliasDomain


@dataclass(frozen=True, slots=True)
class AliasPage:
    """Aliases of one domain in the order of their local parts, and the cursor of the next page."""

    aliases: tuple[Alias, ...]
    cursor: str | None


class Aliases(Protocol):
    """Key reads and writes, and one query for a page. All reads are consistent."""

    def get(self, address: Address) -> Alias | None:
        """Whom this address, exactly as it is, belongs to."""

    def put(self, alias: Alias) -> Alias | None:
        """Add or replace; what was there before."""

    def link(self, alias: Alias, *, expected: Alias | None) -> bool:
        """Put an alias in the place of `expected` (what get gave), and note its owner as a mailbox, both or none: on the condition that the
        address is still what was expected, and that the owner is no alias. False where another change came first.
        """

    def add_mailbox(self, mailbox: Alias) -> bool:
        """Note a mailbox, unless the address is listed already. True if it was new."""

    def delete(self, address: Address) -> Alias | None:
        """What was there, None if there was none."""

    def list_aliases(self, domain: str, *, limit: int, cursor: str | None = None) -> AliasPage:
        """A page of a domain's. Raises InvalidInput for a cursor that is none."""

    def get_domain(self, domain: str) -> AliasDomain | None:
        """What a domain chose."""

    def put_domain(self, chosen: AliasDomain) -> None:
        """Replace what it chose."""

    def delete_domain(self, domain: str) -> bool:
        """It chooses nothing any more. True if it had. Its aliases stay."""

    def note_source(self, domain: str, source: str) -> None:
        """Addresses of `source` (or all of it) belong to mailboxes of `domain`. It stays noted."""

    def sources(self, domain: str) -> frozenset[str]:
        """What note_source noted."""
