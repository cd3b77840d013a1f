"""Aliases on the table: rows that a look-up finds by their keys."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path

from pratique.adapters.cursors import ALIAS_PLACE, decode_cursor, encode_cursor
from pratique.domain.address import Address, parse_address
from pratique.domain.alias import Alias, AliasDomain
from pratique.ports.aliases import AliasPage

from .alias_rows import alias_key, domain_key, domain_of
from .table import ABSENT, PRESENT, SK, Row, Table, number, text, whole, words

_sources, _owner, _version = Path("domains"), Path("owner"), Path("version")


class DynamoAliases:
    """Rows `AL#<domain>` / `A#<local part>`, `DOMAIN`, `SOURCES`."""

    def __init__(self, table: Callable[[], Table]) -> None:
        self._open = table

    def get(self, address: Address) -> Alias | None:
        """See Aliases."""
        row = self._open().get(alias_key(address))
        return None if row is None else _alias(row)

    def put(self, alias: Alias) -> Alias | None:
        """See Aliases."""
        old = self._open().swap(_row(alias))
        return None if old is None else _alias(old)

    def link(self, alias: Alias, *, expected: Alias | None) -> bool:
        """See Aliases. The mailbox gets another version, so that nobody makes an alias of it who has not seen this one."""
        mailbox = self.get(alias.owner) or Alias(alias.owner, alias.owner, alias.author, alias.created_ms)
        return self._open().write_together(
            put=[
                (_row(alias), _as_read(expected)),
                (_row(mailbox), ABSENT | (_owner == text(str(alias.owner)))),
            ]
        )

    def add_mailbox(self, mailbox: Alias) -> bool:
        """See Aliases."""
        return self._open().put(_row(mailbox), condition=ABSENT)

    def delete(self, address: Address) -> Alias | None:
        """See Aliases."""
        old = self._open().take(alias_key(address))
        return None if old is None else _alias(old)

    def list_aliases(self, domain: str, *, limit: int, cursor: str | None = None) -> AliasPage:
        """See Aliases."""
        first = "A#" if cursor is None else f"A#{decode_cursor(cursor, ALIAS_PLACE)}\0"
        place = SK.between(text(first), text("A#\U0010ffff"))
        rows = list(self._open().query_all(domain_key(domain)[0], place, limit=limit + 1, consistent=True))
        page = tuple(map(_alias, rows[:limit]))
        return AliasPage(page, encode_cursor(page[-1].address.local) if len(rows) > limit else None)

    def get_domain(self, domain: str) -> AliasDomain | None:
        """See Aliases."""
        row = self._open().get(domain_key(domain))
        return None if row is None else domain_of(row)

    def put_domain(self, chosen: AliasDomain) -> None:
        """See Aliases."""
        pk, sk = domain_key(chosen.domain)
        self._open().put(
            {
                "pk": text(pk),
                "sk": text(sk),
                "separators": text(chosen.separators),
                "same_as": text(chosen.same_as),
                "catch_all": text(str(chosen.catch_all or "")),
            }
        )

    def delete_domain(self, domain: str) -> bool:
        """See Aliases."""
        return self._open().delete(domain_key(domain), PRESENT)

    def note_source(self, domain: str, source: str) -> None:
        """See Aliases."""
        self._open().update((domain_key(domain)[0], "SOURCES"), [_sources.add({"SS": [source]})])

    def sources(self, domain: str) -> frozenset[str]:
        """See Aliases."""
        row = self._open().get((domain_key(domain)[0], "SOURCES"))
        return frozenset(row["domains"]["SS"]) if row else frozenset()


def _as_read(expected: Alias | None) -> Condition:
    if expected is None:
        return ABSENT
    return _version == text(expected.version)


def _row(alias: Alias) -> Row:
    pk, sk = alias_key(alias.address)
    return {
        "pk": text(pk),
        "sk": text(sk),
        "owner": text(str(alias.owner)),
        "author": text(alias.author),
        "created": number(alias.created_ms),
        "version": text(secrets.token_hex(8)),
    }


def _alias(row: Row) -> Alias:
    address = Address(words(row, "sk")[2:], words(row, "pk")[3:])
    return Alias(
        address,
        parse_address(words(row, "owner")),
        words(row, "author"),
        whole(row, "created"),
        words(row, "version"),
    )
