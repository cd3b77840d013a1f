"""Directory on the table: key reads only on the path of a message."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from pynamodb.expressions.condition import size
from pynamodb.expressions.operand import Path

from pratique.adapters.cursors import ENTRY_PLACE, decode_cursor, encode_cursor
from pratique.domain.address import Address
from pratique.domain.calibration import Calibration
from pratique.domain.correspondent import NOTHING, Question
from pratique.domain.direction import Direction
from pratique.domain.errors import InvalidInput
from pratique.domain.listentry import ListEntry
from pratique.domain.policy import DAY, Policy
from pratique.domain.policy_history import By, PolicyVersion
from pratique.domain.route import Route, RouteKind, Tls
from pratique.domain.scope import Scope
from pratique.ports.directory import NOBODY, EntryPage, View

from .entry_rows import PREFIX, entry_key, entry_of, entry_row
from .look_up import NETS, look_up
from .policy_rows import list_versions, put_policy, version_in, version_key
from .setting_rows import model_key, policy_key, policy_of
from .table import PRESENT, SK, TTL_ATTRIBUTE, Row, Table, number, text, whole, words

MOST_KINDS = 50
"""Kinds of networks (family and length) of one scope: what one look-up asks for at most. All of IPv4 that are allowed are 25."""
_DAY_MS = DAY * 1000
ROUTES = "ROUTES"
_version = Path("version")
_made = Path("made")


class DynamoDirectory:
    """A look-up reads eventually consistent: a choice counts for mail that comes in a moment after it was made."""

    def __init__(self, table: Callable[[], Table]) -> None:
        self._open = table

    def look_up(
        self,
        recipients: Sequence[Address],
        patterns: Sequence[str],
        asked: Question = NOTHING,
        *,
        host: str = "",
        aliases: bool = False,
    ) -> View:
        """See Directory."""
        return look_up(self._open(), recipients, patterns, asked, host=host, aliases=aliases)

    def get_policy(self, scope: Scope) -> Policy | None:
        """See Directory."""
        row = self._open().get(policy_key(scope))
        return None if row is None else policy_of(row)

    def put_policy(
        self, scope: Scope, policy: Policy, by: By = NOBODY, *, expected: int | None = None
    ) -> PolicyVersion:
        """See Directory."""
        return put_policy(self._open(), scope, policy, by, expected)

    def policy_version(self, scope: Scope) -> PolicyVersion | None:
        """See Directory."""
        row = self._open().get(policy_key(scope))
        return None if row is None else version_in(scope, row)

    def policy_versions(self, scope: Scope, *, limit: int) -> list[PolicyVersion]:
        """See Directory."""
        return list_versions(self._open(), scope, limit)

    def get_policy_version(self, scope: Scope, version: int) -> PolicyVersion | None:
        """See Directory."""
        row = self._open().get(version_key(scope, version))
        return None if row is None else version_in(scope, row)

    def get_entry(
        self, scope: Scope, pattern: str, direction: Direction = Direction.INCOMING
    ) -> ListEntry | None:
        """See Directory."""
        row = self._open().get(entry_key(scope, pattern, direction))
        return None if row is None else entry_of(scope, row)

    def get_entries(
        self, scopes: Sequence[Scope], patterns: Sequence[str], direction: Direction
    ) -> list[ListEntry]:
        """See Directory."""
        keys = {
            entry_key(scope, pattern, direction): scope
            for scope in dict.fromkeys(scopes)
            for pattern in dict.fromkeys(patterns)
        }
        rows = self._open().get_many(keys)
        return [entry_of(scope, rows[key]) for key, scope in keys.items() if key in rows]

    def put_entry(self, entry: ListEntry) -> ListEntry | None:
        """See Directory. One row per pattern, so that it is on one list only."""
        self._note_networks([entry])
        old = self._open().swap(entry_row(entry))
        return None if old is None else entry_of(entry.scope, old)

    def put_entries(self, entries: Sequence[ListEntry]) -> None:
        """See Directory."""
        self._note_networks(entries)
        self._open().write_many(put=[entry_row(entry) for entry in entries])

    def delete_entry(
        self, scope: Scope, pattern: str, direction: Direction = Direction.INCOMING
    ) -> ListEntry | None:
        """See Directory."""
        old = self._open().take(entry_key(scope, pattern, direction))
        return None if old is None else entry_of(scope, old)

    def note_use(self, entry: ListEntry, *, at_ms: int) -> bool:
        """See Directory. The condition names the entry that was used: not one that has taken its place."""
        used = Path("used")
        today = at_ms // _DAY_MS * _DAY_MS
        actions = [used.set(number(at_ms)), Path("used_days").add(number(1))]
        ends_at = replace(entry, used_ms=at_ms).ends_at
        if ends_at:
            actions.append(Path(TTL_ATTRIBUTE).set(number(ends_at)))
        same = (Path("created") == number(entry.created_ms)) & (Path("kind") == text(entry.kind))
        earlier = used.does_not_exist() | (used < number(today))
        key = entry_key(entry.scope, entry.pattern, entry.direction)
        return self._open().update(key, actions, PRESENT & same & earlier) is not None

    def list_entries(
        self,
        scope: Scope,
        *,
        limit: int,
        now: int = 0,
        cursor: str | None = None,
        direction: Direction | None = None,
    ) -> EntryPage:
        """See Directory. Consistent, so that a person sees what they just did."""
        first, last = (PREFIX[direction], PREFIX[direction] + "\U0010ffff") if direction else ("O#", "T")
        if cursor is not None:
            first = max(first, decode_cursor(cursor, ENTRY_PLACE) + "\0")
        if first > last:
            return EntryPage((), None)
        page: list[ListEntry] = []
        partition = entry_key(scope, "")[0]
        for row in self._open().query_all(partition, SK.between(text(first), text(last)), consistent=True):
            entry = entry_of(scope, row)
            if entry.is_over(now):
                continue
            if len(page) == limit:
                return EntryPage(tuple(page), encode_cursor(PREFIX[page[-1].direction] + page[-1].pattern))
            page.append(entry)
        return EntryPage(tuple(page), None)

    def _note_networks(self, entries: Sequence[ListEntry]) -> None:
        """Before the entries themselves: a look-up asks for the kinds of networks that are noted. They stay noted."""
        networks = [entry for entry in entries if entry.is_network]
        if not networks:
            return
        from pratique.domain.network import prefix_length  # noqa: PLC0415 - few installations list networks

        known = Path(NETS)
        for scope, kind in dict.fromkeys((entry.scope, prefix_length(entry.pattern)) for entry in networks):
            noted = f"{kind[0]}/{kind[1]}"
            room = known.does_not_exist() | known.contains(noted) | (size(known) < number(MOST_KINDS))  # type: ignore[no-untyped-call]  # of pynamodb
            if self._open().update(model_key(scope), [known.add({"SS": [noted]})], room) is None:
                raise InvalidInput(f"a scope's networks have at most {MOST_KINDS} different lengths")

    def get_route(self, domain: str) -> Route | None:
        """See Directory."""
        row = self._open().get((ROUTES, domain))
        return None if row is None else _route(row)

    def put_route(self, route: Route) -> None:
        """See Directory."""
        self._open().put(
            {
                "pk": text(ROUTES),
                "sk": text(route.domain),
                "kind": text(route.kind),
                "host": text(route.host),
                "port": number(route.port),
                "tls": text(route.tls),
                "credentials": text(route.credentials),
                "sender": text(route.sender),
            }
        )

    def delete_route(self, domain: str) -> bool:
        """See Directory."""
        return self._open().delete((ROUTES, domain), PRESENT)

    def list_routes(self) -> list[Route]:
        """See Directory."""
        return [_route(row) for row in self._open().query_all(ROUTES, consistent=True)]

    def models(self, scopes: Sequence[Scope]) -> dict[Scope, str]:
        """See Directory."""
        rows = self._open().get_many([model_key(scope) for scope in scopes])
        found = {scope: words(rows.get(model_key(scope), {}), "version") for scope in scopes}
        return {scope: version for scope, version in found.items() if version}

    def set_model(self, scope: Scope, version: str) -> None:
        """See Directory."""
        newer = _version.does_not_exist() | (_version < text(version))
        self._open().update(model_key(scope), [_version.set(text(version))], newer)

    def set_calibration(self, scope: Scope, calibration: Calibration) -> None:
        """See Directory. It shares a row with the model's version: a look-up reads no more rows for it."""
        values = {
            "shift": text(repr(calibration.shift)),
            "ham": number(calibration.ham),
            "spam": number(calibration.spam),
            "made": number(calibration.made_ms),
        }
        older = _made.does_not_exist() | (_made <= number(calibration.made_ms))
        self._open().update(model_key(scope), [Path(n).set(v) for n, v in values.items()], older)


def _route(row: Row) -> Route:
    return Route(
        domain=words(row, "sk"),
        kind=RouteKind(words(row, "kind")),
        host=words(row, "host"),
        port=whole(row, "port"),
        tls=Tls(words(row, "tls")),
        credentials=words(row, "credentials"),
        sender=words(row, "sender"),
    )
