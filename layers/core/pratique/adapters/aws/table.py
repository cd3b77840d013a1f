"""The one table: its keys and indexes, and the few calls that the adapters make, with errors of ours.

pynamodb's TableConnection and expressions, not its Models: see docs/decisions/0002-pynamodb-without-models.md.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack, cast

from pynamodb.connection import TableConnection
from pynamodb.connection.base import MetaTable
from pynamodb.exceptions import PynamoDBException, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from pratique.domain.errors import TemporaryFailure

from .errors import CONDITION_FAILED, error_code, mapped, translate
from .table_shape import shape

if TYPE_CHECKING:
    import botocore.session

    from .reading import How

Row = dict[str, dict[str, Any]]
"""A row as DynamoDB words it: {"pk": {"S": "R#bob@example.org"}, ...}."""

Key = tuple[str, str]
"""(pk, sk)."""

BATCH_GET = 100
BATCH_WRITE = 25
TRANSACTION = 100
"""DynamoDB's own limits, in rows."""

_TRIES = 6
_FIRST_PAUSE = 0.05
"""Seconds; doubles, with jitter."""

TTL_ATTRIBUTE = "expires_at"
PK = Path("pk")
SK = Path("sk")
ABSENT = PK.does_not_exist()
PRESENT = PK.exists()


def text(value: str) -> dict[str, Any]:
    """A string. What cannot be UTF-8 (half a surrogate pair, from a stranger's header) is replaced, or the whole row would be refused."""
    return {"S": value.encode("utf-8", "replace").decode()}


def number(value: int) -> dict[str, Any]:
    """A whole number, exactly (pynamodb's own NumberAttribute is typed as float)."""
    return {"N": str(value)}


def whole(row: Row, name: str, default: int = 0) -> int:
    """The whole number under `name`."""
    found = row.get(name)
    return default if found is None else int(found["N"])


def words(row: Row, name: str, default: str = "") -> str:
    """The string under `name`."""
    found = row.get(name)
    return default if found is None else str(found["S"])


def key_of(row: Row) -> Key:
    """The primary key of a row."""
    return row["pk"]["S"], row["sk"]["S"]


@dataclass(frozen=True, slots=True)
class Slice:
    """Part of a partition: its rows in order, where to go on (None at the end), and what DynamoDB says it cost: `read` rows
    looked at, before any filter, and the capacity `units` charged for them.
    """

    rows: list[Row]
    last: Row | None
    count: int
    read: int
    units: float


class Table:
    """Reads and conditional writes. Every method raises TemporaryFailure or PermanentFailure; a failed condition is an answer, not an error."""

    def __init__(
        self, name: str, *, region: str, connect_seconds: float, read_seconds: float, attempts: int
    ) -> None:
        self.name = name
        self._connection = TableConnection(
            name,
            region=region,
            connect_timeout_seconds=connect_seconds,
            read_timeout_seconds=read_seconds,
            max_retry_attempts=attempts - 1,
            meta_table=MetaTable(shape(name)),
        )
        inner = self._connection.connection
        # pynamodb keeps a session per thread: take this thread's, and make the client from it, here and now.
        self.session: botocore.session.Session = inner.session
        _ = inner.client

    def get(self, key: Key, *, consistent: bool = True) -> Row | None:
        """One row, None where there is none."""
        with mapped():
            answer = self._connection.get_item(*key, consistent_read=consistent)
        return answer.get("Item")

    def get_many(self, keys: Iterable[Key], *, consistent: bool = False) -> dict[Key, Row]:
        """The rows that exist, in round trips of 100; what DynamoDB left out for now is asked for again a few times."""
        wanted = list(dict.fromkeys(keys))
        found: dict[Key, Row] = {}
        for start in range(0, len(wanted), BATCH_GET):
            left: list[Any] = [
                {"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in wanted[start : start + BATCH_GET]
            ]
            for _ in _pauses():
                with mapped():
                    answer = self._connection.batch_get_item(left, consistent_read=consistent)
                for row in answer.get("Responses", {}).get(self.name, []):
                    found[key_of(row)] = row
                left = answer.get("UnprocessedKeys", {}).get(self.name, {}).get("Keys", [])
                if not left:
                    break
        return found

    def put(self, row: Row, *, condition: Condition | None = None) -> bool:
        """Write a whole row. False where the condition did not hold."""
        return self._tried(
            lambda: self._connection.put_item(*key_of(row), attributes=row, condition=condition)
        )

    def update(self, key: Key, actions: Sequence[Action], condition: Condition | None = None) -> Row | None:
        """Change a row in place; the row as it is now, or None where the condition did not hold."""
        try:
            answer = self._connection.update_item(
                *key, actions=actions, condition=condition, return_values="ALL_NEW"
            )
        except PynamoDBException as error:
            if error_code(error) in CONDITION_FAILED:
                return None
            raise translate(error) from error
        return cast("Row", answer["Attributes"])

    def delete(self, key: Key, condition: Condition | None = None) -> bool:
        """Delete a row. False where the condition did not hold."""
        return self._tried(lambda: self._connection.delete_item(*key, condition=condition))

    def swap(self, row: Row) -> Row | None:
        """Write a whole row; what was there before."""
        with mapped():
            old = self._connection.put_item(*key_of(row), attributes=row, return_values="ALL_OLD")
        return old.get("Attributes")

    def take(self, key: Key) -> Row | None:
        """Delete a row; what was there."""
        with mapped():
            return self._connection.delete_item(*key, return_values="ALL_OLD").get("Attributes")

    def write_many(self, *, put: Sequence[Row] = (), delete: Sequence[Key] = ()) -> None:
        """Unconditional writes in round trips of 25, puts before deletes; what DynamoDB left out for now is sent again."""
        with mapped():
            for start in range(0, len(put), BATCH_WRITE):
                self._write(put[start : start + BATCH_WRITE], [])
            gone: list[Any] = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in delete]
            for start in range(0, len(gone), BATCH_WRITE):
                self._write([], gone[start : start + BATCH_WRITE])

    def put_together(self, rows: Sequence[Row], *, absent: Sequence[Key] = ()) -> bool:
        """All of `rows` (new ones) or none, on the condition that no row of `absent` exists either. False where that did not hold."""
        return self.write_together(
            put=[(row, ABSENT) for row in rows], check=[(key, ABSENT) for key in absent]
        )

    def write_together(
        self,
        *,
        put: Sequence[tuple[Row, Condition | None]] = (),
        delete: Sequence[tuple[Key, Condition | None]] = (),
        check: Sequence[tuple[Key, Condition]] = (),
        update: Sequence[tuple[Key, Sequence[Action], Condition | None]] = (),
    ) -> bool:
        """All of these writes (of different rows, a hundred at most) or none. False where a condition did not hold."""
        make = self._connection.get_operation_kwargs
        puts = [make(*key_of(row), key="Item", attributes=row, condition=condition) for row, condition in put]
        gone = [make(*key, condition=condition) for key, condition in delete]
        checks = [make(*key, condition=condition) for key, condition in check]
        updates = [make(*key, actions=actions, condition=condition) for key, actions, condition in update]
        for _ in _pauses():
            try:
                self._connection.connection.transact_write_items(checks, gone, puts, updates)
            except TransactWriteError as error:
                reasons = {reason.code for reason in error.cancellation_reasons if reason is not None}
                if "ConditionalCheckFailed" in reasons:
                    return False
                if not reasons or not reasons <= {"TransactionConflict", "ThrottlingError"}:
                    raise translate(error) from error
            else:
                return True
        raise TemporaryFailure("the rows were busy")  # not reached: the pauses end by raising

    def query(
        self,
        partition: str,
        place: Condition | None = None,
        *,
        index: str | None = None,
        limit: int,
        newest_first: bool = False,
        keep: Condition | None = None,
        after: Row | None = None,
        consistent: bool = False,
        count_only: bool = False,
        only: Sequence[str] | None = None,
    ) -> Slice:
        """Up to `limit` rows of a partition, in the order of the sort key. `keep` drops rows after they were read (and paid for);
        `only` names the attributes to answer (all are paid for).
        """
        with mapped():
            answer = self._connection.query(
                partition,
                range_key_condition=place,
                filter_condition=keep,
                index_name=index,
                limit=limit or None,
                scan_index_forward=not newest_first,
                exclusive_start_key=after,
                consistent_read=consistent,
                select="COUNT" if count_only else None,
                attributes_to_get=list(only) if only else None,
            )
        return Slice(
            rows=answer.get("Items", []),
            last=answer.get("LastEvaluatedKey"),
            count=answer.get("Count", 0),
            read=answer.get("ScannedCount", 0),
            units=answer.get("ConsumedCapacity", {}).get("CapacityUnits", 0.0),
        )

    def query_all(
        self, partition: str, place: Condition | None = None, *, limit: int = 0, **how: Unpack[How]
    ) -> Iterator[Row]:
        """The rows of a partition, however many round trips they take, read as they are consumed; `limit` 0 means all."""
        given, after = 0, None
        while True:
            part = self.query(partition, place, limit=limit and limit - given, after=after, **how)
            yield from part.rows
            given, after = given + len(part.rows), part.last
            if after is None or (limit and given >= limit):
                return

    def count(self, partition: str, prefix: str = "", *, index: str | None = None) -> int:
        """How many rows of a partition (of the table, whose sort keys have `prefix`, or of an index). Reads them all: for people to look
        at, not for the path of a message.
        """
        place = SK.startswith(prefix) if prefix else None
        total, after = 0, None
        while True:
            part = self.query(partition, place, index=index, limit=0, after=after, count_only=True)
            total, after = total + part.count, part.last
            if after is None:
                return total

    def _tried(self, call: Any) -> bool:
        try:
            call()
        except PynamoDBException as error:
            if error_code(error) in CONDITION_FAILED:
                return False
            raise translate(error) from error
        return True

    def _write(self, put: Sequence[Row], delete: Sequence[Any]) -> None:
        rows, keys = list(put), list(delete)
        for _ in _pauses():
            answer = self._connection.batch_write_item(put_items=rows, delete_items=keys)
            left = answer.get("UnprocessedItems", {}).get(self.name, [])
            rows = [each["PutRequest"]["Item"] for each in left if "PutRequest" in each]
            keys = [each["DeleteRequest"]["Key"] for each in left if "DeleteRequest" in each]
            if not left:
                return


def _pauses() -> Iterator[int]:
    """Tries with growing, jittered pauses between them (0.05 s at first); raises TemporaryFailure when they are used up."""
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(_FIRST_PAUSE * 2 ** (attempt - 1) * random.uniform(0.5, 1.0))
        yield attempt
    raise TemporaryFailure("the table is busy")
