"""Identities on the table: a row each, in the partition of their domain; those that are locked are in a list of their own as well.

Rows `OI#<domain>` / `<login><0x1f><sender>`; submissions that were named are `OS#<name>` / `SENT`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from operator import and_

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from pratique.adapters.cursors import IDENTITY_PLACE, decode_cursor, encode_cursor
from pratique.domain.errors import InvalidInput
from pratique.domain.outgoing import DAY, Identity, Standing, Window, identity_of
from pratique.domain.scope import Level, Scope
from pratique.ports.identities import StandingPage

from .table import ABSENT, SK, TTL_ATTRIBUTE, Key, Row, Table, number, text, whole, words

LOCKED = "OL"
"""The partition (of the index by_global) that lists locked identities."""
KEPT = 30 * DAY
"""Seconds: an identity that sends nothing for so long is forgotten."""
_until, _spams, _last = Path("until"), Path("spams"), Path("last")


class DynamoIdentities:
    """See Identities."""

    def __init__(self, table: Callable[[], Table]) -> None:
        self._open = table

    def get(self, identity: Identity) -> Standing:
        """See Identities."""
        row = self._open().get(_key(identity))
        return Standing(identity) if row is None else _standing(row)

    def count(
        self,
        before: Standing,
        amounts: Mapping[Window, int],
        *,
        most: Mapping[Window, int],
        now: int,
        after: Standing | None = None,
    ) -> Standing | None:
        """See Identities. A repeat by the SDK, of a write whose answer was lost, counts twice: too much, never too little."""
        actions: list[Action] = [_last.set(number(now))]
        conditions = [_unchanged(_until, before.locked_until)]
        for window, amount in amounts.items():
            at, counted = Path(f"{window.value}_at"), Path(f"{window.value}_n")
            known, current = before.counts.get(window), now // window.seconds
            if known is not None and known[0] >= current:
                conditions.append(at == number(known[0]))
                actions.append(counted.add(number(amount)))
                if most.get(window):
                    conditions.append(counted <= number(most[window] - amount))
            elif most.get(window) and amount > most[window]:
                return None
            else:
                conditions.append(at.does_not_exist() if known is None else at == number(known[0]))
                actions += [at.set(number(current)), counted.set(number(amount))]
        if after is not None:
            conditions.append(_unchanged(_spams, before.spams))
            actions += _locking(after)
        actions.append(_kept(after or before, now))
        row = self._open().update(_key(before.identity), actions, reduce(and_, conditions))
        return None if row is None else _standing(row)

    def set_lock(self, before: Standing, after: Standing) -> bool:
        """See Identities."""
        actions = [*_locking(after), _kept(after, max(after.last, after.locked_at))]
        condition = _unchanged(_until, before.locked_until)
        return self._open().update(_key(before.identity), actions, condition) is not None

    def list_standings(
        self, scope: Scope, *, now: int, locked: bool, limit: int, cursor: str | None = None
    ) -> StandingPage:
        """See Identities."""
        after = "" if cursor is None else decode_cursor(cursor, IDENTITY_PLACE) + "\0"
        keep = _until > number(now) if locked else None
        if scope.level is Level.GLOBAL:
            if not locked:
                raise InvalidInput("name a domain, or ask for the locked ones")
            partition, index, place, name = LOCKED, "by_global", Path("gs"), "gs"
        else:
            partition, index, place, name = f"OI#{scope.domain}", None, SK, "sk"
        first, last = after, "\U0010ffff"
        if scope.level is Level.RECIPIENT:
            first, last = max(after, f"{scope.key}\x1f"), f"{scope.key}\x20"
        found: list[Row] = []
        start: Row | None = None
        while len(found) <= limit:
            part = self._open().query(
                partition,
                place.between(text(first or "\0"), text(last)),
                index=index,
                limit=limit + 1,
                keep=keep,
                after=start,
            )
            found += part.rows
            start = part.last
            if start is None:
                break
        page = found[:limit]
        more = encode_cursor(words(page[-1], name)) if len(found) > limit else None
        return StandingPage(tuple(_standing(row) for row in page), more)

    def add_submission(self, name: str, *, at_ms: int, digest: str, expires_at: int) -> tuple[int, str]:
        """See Identities."""
        row: Row = {
            "pk": text(f"OS#{name}"),
            "sk": text("SENT"),
            "at": number(at_ms),
            "digest": text(digest),
            TTL_ATTRIBUTE: number(expires_at),
        }
        over = Path(TTL_ATTRIBUTE) <= number(
            at_ms // 1000
        )  # its time is up, though the table has not deleted it yet
        if self._open().put(row, condition=ABSENT | over):
            return at_ms, digest
        known = self._open().get((f"OS#{name}", "SENT")) or row
        return whole(known, "at"), words(known, "digest")


def _key(identity: Identity) -> Key:
    return f"OI#{identity.scope.key}", identity.key


def _unchanged(path: Path, value: int | tuple[int, ...]) -> Condition:
    if not value:
        return path.does_not_exist()
    return path == (number(value) if isinstance(value, int) else text(_times(value)))


def _locking(after: Standing) -> list[Action]:
    """Set spams and lock. An identity that is unlocked leaves the list of locked ones."""
    actions: list[Action] = [
        Path("locks").set(number(after.locks)),
        Path("locked_at").set(number(after.locked_at)),
        Path("reason").set(text(after.reason)),
        Path("by").set(text(after.locked_by)),
    ]
    actions.append(_spams.set(text(_times(after.spams))) if after.spams else _spams.remove())
    if after.locked_until:
        place = Path("gs").set(text(after.identity.key))
        return [*actions, _until.set(number(after.locked_until)), Path("gg").set(text(LOCKED)), place]
    return [*actions, _until.remove(), Path("gg").remove(), Path("gs").remove()]


def _kept(standing: Standing, now: int) -> Action:
    return Path(TTL_ATTRIBUTE).set(number(max(now, standing.locked_until) + KEPT))


def _times(spams: tuple[int, ...]) -> str:
    return " ".join(map(str, spams))


def _standing(row: Row) -> Standing:
    return Standing(
        identity=identity_of(words(row, "sk")),
        counts={
            window: (whole(row, f"{window.value}_at"), whole(row, f"{window.value}_n"))
            for window in Window
            if f"{window.value}_at" in row
        },
        spams=tuple(int(each) for each in words(row, "spams").split()),
        locked_until=whole(row, "until"),
        locked_at=whole(row, "locked_at"),
        reason=words(row, "reason"),
        locked_by=words(row, "by"),
        locks=whole(row, "locks"),
        last=whole(row, "last"),
    )
