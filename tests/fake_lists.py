"""List entries and aliases in memory, thread-safe: parts of FakeDirectory, and a port of its own."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

from pratique.adapters.cursors import ALIAS_PLACE, ENTRY_PLACE, decode_cursor, encode_cursor
from pratique.domain.address import Address
from pratique.domain.alias import Alias, AliasDomain, find_owner
from pratique.domain.direction import Direction
from pratique.domain.errors import InvalidInput
from pratique.domain.listentry import ListEntry
from pratique.domain.network import networks_of, prefix_length
from pratique.domain.policy import DAY
from pratique.domain.scope import Scope
from pratique.ports.aliases import AliasPage
from pratique.ports.directory import EntryPage

MOST_KINDS = 50
_PREFIX = {Direction.INCOMING: "S#", Direction.OUTGOING: "O#"}


def _place(entry: ListEntry) -> str:
    return _PREFIX[entry.direction] + entry.pattern


class FakeEntries:
    """The part of Directory about list entries."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._entries: dict[Scope, dict[str, ListEntry]] = {}
        self._kinds: dict[Scope, set[tuple[int, int]]] = {}

    def found(self, scopes: Sequence[Scope], patterns: Sequence[str], host: str) -> tuple[ListEntry, ...]:
        """As a look-up finds them."""
        with self._lock:
            entries = [
                self._entries.get(scope, {}).get("S#" + pattern)
                for scope in scopes
                for pattern in dict.fromkeys(
                    (*patterns, *(networks_of(host, self._kinds.get(scope, ())) if host else ()))
                )
            ]
        return tuple(entry for entry in entries if entry is not None)

    def get_entry(
        self, scope: Scope, pattern: str, direction: Direction = Direction.INCOMING
    ) -> ListEntry | None:
        with self._lock:
            return self._entries.get(scope, {}).get(_PREFIX[direction] + pattern)

    def get_entries(
        self, scopes: Sequence[Scope], patterns: Sequence[str], direction: Direction
    ) -> list[ListEntry]:
        found = [
            self.get_entry(scope, pattern, direction)
            for scope in dict.fromkeys(scopes)
            for pattern in dict.fromkeys(patterns)
        ]
        return [entry for entry in found if entry is not None]

    def put_entry(self, entry: ListEntry) -> ListEntry | None:
        with self._lock:
            if entry.is_network:
                kinds = self._kinds.setdefault(entry.scope, set())
                kind = prefix_length(entry.pattern)
                if kind not in kinds and len(kinds) >= MOST_KINDS:
                    raise InvalidInput("too many lengths")
                kinds.add(kind)
            own = self._entries.setdefault(entry.scope, {})
            before = own.get(_place(entry))
            own[_place(entry)] = entry
            return before

    def put_entries(self, entries: Sequence[ListEntry]) -> None:
        for entry in entries:
            self.put_entry(entry)

    def delete_entry(
        self, scope: Scope, pattern: str, direction: Direction = Direction.INCOMING
    ) -> ListEntry | None:
        with self._lock:
            return self._entries.get(scope, {}).pop(_PREFIX[direction] + pattern, None)

    def note_use(self, entry: ListEntry, *, at_ms: int) -> bool:
        with self._lock:
            known = self.get_entry(entry.scope, entry.pattern, entry.direction)
            if known is None or (known.created_ms, known.kind) != (entry.created_ms, entry.kind):
                return False
            if known.used_ms and known.used_ms // (DAY * 1000) >= at_ms // (DAY * 1000):
                return False
            used = replace(known, used_ms=at_ms, used_days=known.used_days + 1)
            self._entries[entry.scope][_place(entry)] = used
            return True

    def list_entries(
        self,
        scope: Scope,
        *,
        limit: int,
        now: int = 0,
        cursor: str | None = None,
        direction: Direction | None = None,
    ) -> EntryPage:
        after = "" if cursor is None else decode_cursor(cursor, ENTRY_PLACE)
        prefix = _PREFIX[direction] if direction else ""
        with self._lock:
            own = self._entries.get(scope, {})
            found = sorted(
                (p, e) for p, e in own.items() if p > after and p.startswith(prefix) and not e.is_over(now)
            )
        page = tuple(entry for _, entry in found[:limit])
        return EntryPage(page, encode_cursor(_place(page[-1])) if len(found) > limit else None)


class FakeAliases:
    """Aliases."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._aliases: dict[Address, Alias] = {}
        self._domains: dict[str, AliasDomain] = {}
        self._sources: dict[str, set[str]] = {}
        self._writes = 0

    def owner(self, address: Address) -> Address:
        """As a look-up finds it."""
        with self._lock:
            return find_owner(address, {a: found.owner for a, found in self._aliases.items()}, self._domains)

    def get(self, address: Address) -> Alias | None:
        with self._lock:
            return self._aliases.get(address)

    def put(self, alias: Alias) -> Alias | None:
        with self._lock:
            before = self._aliases.get(alias.address)
            self._write(alias)
            return before

    def _write(self, alias: Alias) -> None:
        self._writes += 1
        self._aliases[alias.address] = alias._replace(version=str(self._writes))

    def link(self, alias: Alias, *, expected: Alias | None) -> bool:
        with self._lock:
            known, mailbox = self._aliases.get(alias.address), self._aliases.get(alias.owner)
            if (known and known.version) != (expected and expected.version):
                return False
            if mailbox is not None and not mailbox.is_mailbox:
                return False
            self._write(alias)
            self._write(mailbox or Alias(alias.owner, alias.owner, alias.author, alias.created_ms))
            return True

    def add_mailbox(self, mailbox: Alias) -> bool:
        with self._lock:
            if mailbox.address in self._aliases:
                return False
            self._write(mailbox)
            return True

    def delete(self, address: Address) -> Alias | None:
        with self._lock:
            return self._aliases.pop(address, None)

    def list_aliases(self, domain: str, *, limit: int, cursor: str | None = None) -> AliasPage:
        after = "" if cursor is None else decode_cursor(cursor, ALIAS_PLACE)
        with self._lock:
            found = sorted(
                (a.local, each) for a, each in self._aliases.items() if a.domain == domain and a.local > after
            )
        page = tuple(each for _, each in found[:limit])
        return AliasPage(page, encode_cursor(page[-1].address.local) if len(found) > limit else None)

    def get_domain(self, domain: str) -> AliasDomain | None:
        with self._lock:
            return self._domains.get(domain)

    def put_domain(self, chosen: AliasDomain) -> None:
        with self._lock:
            self._domains[chosen.domain] = chosen

    def delete_domain(self, domain: str) -> bool:
        with self._lock:
            return self._domains.pop(domain, None) is not None

    def note_source(self, domain: str, source: str) -> None:
        with self._lock:
            self._sources.setdefault(domain, set()).add(source)

    def sources(self, domain: str) -> frozenset[str]:
        with self._lock:
            return frozenset(self._sources.get(domain, ()))
