"""Directory on the table: key reads only on the path of a message."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict

from pynamodb.expressions.operand import Path

from pratique.adapters.cursors import ENTRY_PLACE, decode_cursor, encode_cursor
from pratique.domain.address import Address
from pratique.domain.calibration import Calibration
from pratique.domain.correspondent import NOTHING, Question
from pratique.domain.listentry import ListEntry, ListKind
from pratique.domain.policy import Policy
from pratique.domain.route import Route, RouteKind, Tls
from pratique.domain.scope import GLOBAL, Scope, scope_chain
from pratique.ports.directory import EntryPage, View

from .relation_rows import read_relations, relation_keys
from .table import PRESENT, SK, Key, Row, Table, number, text, whole, words

ROUTES = "ROUTES"
_version = Path("version")
_made = Path("made")


class DynamoDirectory:
    """A look-up reads eventually consistent: a choice counts for mail that comes in a moment after it was made."""

    def __init__(self, table: Callable[[], Table]) -> None:
        self._open = table

    def look_up(
        self, recipients: Sequence[Address], patterns: Sequence[str], asked: Question = NOTHING
    ) -> View:
        """See Directory. Two rows per scope, one per scope and pattern, and those about the sender; a hundred in a round trip."""
        scopes = list(dict.fromkeys([GLOBAL, *(s for address in recipients for s in scope_chain(address))]))
        wanted = list(dict.fromkeys(patterns))
        keys = [key for scope in scopes for key in (_policy_key(scope), _model_key(scope))]
        keys += [_entry_key(scope, pattern) for scope in scopes for pattern in wanted]
        rows = self._open().get_many([*keys, *relation_keys(recipients, asked)])
        view = View(
            entries=tuple(
                _entry(scope, rows[_entry_key(scope, pattern)])
                for scope in scopes
                for pattern in wanted
                if _entry_key(scope, pattern) in rows
            ),
            relations=read_relations(rows, recipients, asked),
        )
        for scope in scopes:
            if _policy_key(scope) in rows:
                view.policies[scope] = _policy(rows[_policy_key(scope)])
            learned = rows.get(_model_key(scope), {})
            if "version" in learned:
                view.models[scope] = words(learned, "version")
            if "shift" in learned:
                view.calibrations[scope] = _calibration(learned)
        return view

    def get_policy(self, scope: Scope) -> Policy | None:
        """See Directory."""
        row = self._open().get(_policy_key(scope))
        return None if row is None else _policy(row)

    def put_policy(self, scope: Scope, policy: Policy) -> None:
        """See Directory."""
        pk, sk = _policy_key(scope)
        chosen = {name: value for name, value in asdict(policy).items() if value is not None}
        self._open().put({"pk": text(pk), "sk": text(sk), "chosen": text(json.dumps(chosen))})

    def put_entry(self, entry: ListEntry) -> None:
        """See Directory. One row per pattern, so that it is on one list only."""
        pk, sk = _entry_key(entry.scope, entry.pattern)
        self._open().put(
            {
                "pk": text(pk),
                "sk": text(sk),
                "kind": text(entry.kind),
                "needs_dmarc": {"BOOL": entry.needs_dmarc},
                "author": text(entry.author),
                "reason": text(entry.reason),
                "created": number(entry.created_ms),
            }
        )

    def delete_entry(self, scope: Scope, pattern: str) -> bool:
        """See Directory."""
        return self._open().delete(_entry_key(scope, pattern), PRESENT)

    def list_entries(self, scope: Scope, *, limit: int, cursor: str | None = None) -> EntryPage:
        """See Directory. Consistent, so that a person sees what they just did."""
        place = None
        if cursor is not None:
            place = SK > text(f"S#{decode_cursor(cursor, ENTRY_PLACE)}")  # noqa: SIM300 - a pynamodb condition, not a constant
        rows = list(self._open().query_all(_entry_key(scope, "")[0], place, limit=limit + 1, consistent=True))
        page = tuple(_entry(scope, row) for row in rows[:limit])
        return EntryPage(page, encode_cursor(page[-1].pattern) if len(rows) > limit else None)

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

    def set_model(self, scope: Scope, version: str) -> None:
        """See Directory."""
        newer = _version.does_not_exist() | (_version < text(version))
        self._open().update(_model_key(scope), [_version.set(text(version))], newer)

    def set_calibration(self, scope: Scope, calibration: Calibration) -> None:
        """See Directory. It shares a row with the model's version: a look-up reads no more rows for it."""
        values = {
            "shift": text(repr(calibration.shift)),
            "ham": number(calibration.ham),
            "spam": number(calibration.spam),
            "made": number(calibration.made_ms),
        }
        older = _made.does_not_exist() | (_made <= number(calibration.made_ms))
        self._open().update(_model_key(scope), [Path(n).set(v) for n, v in values.items()], older)


def _policy_key(scope: Scope) -> Key:
    return f"P#{scope.key}", "POLICY"


def _model_key(scope: Scope) -> Key:
    return f"P#{scope.key}", "MODEL"


def _entry_key(scope: Scope, pattern: str) -> Key:
    return f"L#{scope.key}", f"S#{pattern}"


def _policy(row: Row) -> Policy:
    """Choices that this version does not know (written by a newer one) are left aside."""
    chosen = json.loads(words(row, "chosen"))
    return Policy(**{name: value for name, value in chosen.items() if name in Policy.__dataclass_fields__})


def _calibration(row: Row) -> Calibration:
    return Calibration(float(words(row, "shift")), whole(row, "ham"), whole(row, "spam"), whole(row, "made"))


def _entry(scope: Scope, row: Row) -> ListEntry:
    return ListEntry(
        scope=scope,
        kind=ListKind(words(row, "kind")),
        pattern=words(row, "sk")[2:],
        needs_dmarc=bool(row["needs_dmarc"]["BOOL"]),
        author=words(row, "author"),
        reason=words(row, "reason"),
        created_ms=whole(row, "created"),
    )


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
