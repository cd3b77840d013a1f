"""Mailboxes on the table and the bucket. Keys and reasons: docs/decisions/0003-imap-registers.md."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from heapq import merge
from typing import TYPE_CHECKING

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path

from pratique.domain.errors import PermanentFailure
from pratique.domain.ids import copy_id_at
from pratique.domain.lifecycle import State
from pratique.domain.mailbox import STATES, Changed, Listing, MailboxKey, Placed, Register, place_floor
from pratique.domain.policy import Disposition
from pratique.domain.scope import Scope

from .errors import mapped
from .places import REQUESTED, partitions
from .table import ABSENT, SK, Key, Row, Table, number, text, whole, words

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

PREFIX = "imap/"
_SHOWN = ("gs", "until", "requested", "size")
_state = Path("state")
_until = Path("until")
_version = Path("version")
_next = Path("next")
_validity = Path("validity")


class DynamoMailboxes:
    """A register is one row; its snapshot an object under `imap/`."""

    def __init__(
        self, table: Callable[[], Table], s3: Callable[[], S3Client], *, bucket: str, shards: int
    ) -> None:
        self._open, self._s3, self._bucket, self._shards = table, s3, bucket, shards

    def listed(self, scope: Scope, listing: Listing, *, now: int, since_ms: int = 0) -> Iterator[Placed]:
        """See Mailboxes. Partitions are read side by side, a megabyte at a time each."""
        lists = (REQUESTED,) if listing is Listing.REQUESTED else STATES[listing][: 1 if since_ms else None]
        index, names = partitions(scope, lists, self._shards, direction=listing.direction)
        place = Path("gs") > text(place_floor(since_ms))
        keep = _kept(listing, now)
        table = self._open()
        rows = (table.query_all(name, place, index=index, keep=keep, only=_SHOWN) for name in names)
        for row in merge(*rows, key=lambda row: words(row, "gs")):
            ends = whole(row, "until")
            if listing is Listing.REQUESTED:
                ends = min(ends, whole(row, "requested"))
            yield Placed(copy_id_at(words(row, "gs")), ends, whole(row, "size"))

    def changes(self, scope: Scope, *, since_ms: int) -> Iterator[Changed]:
        """See Mailboxes."""
        # Up to the last digit: who the scope's correspondents are lies in the same partition, under letters.
        place = SK.between(text(f"{max(0, since_ms):015d}"), text(":"))
        for row in self._open().query_all(f"C#{scope.key}", place, consistent=True):
            at_ms, _, named = words(row, "sk").partition("#")
            yield Changed(int(at_ms), copy_id_at(named))

    def read(self, key: MailboxKey) -> Register | None:
        """See Mailboxes."""
        row = self._open().get(_key(key))
        return None if row is None else _register(row)

    def write(self, key: MailboxKey, register: Register) -> bool:
        """See Mailboxes. The random `op` lets a write whose answer was lost, and that the SDK repeated, know itself again."""
        operation = secrets.token_hex(8)
        pk, sk = _key(key)
        row: Row = {
            "pk": text(pk),
            "sk": text(sk),
            "version": number(register.version),
            "validity": number(register.uidvalidity),
            "next": number(register.uidnext),
            "base": text(register.base),
            "seen": number(register.seen_ms),
            "tail": {"B": register.tail},
            "op": text(operation),
        }
        before = ABSENT if register.version == 1 else _version == number(register.version - 1)
        if self._open().put(row, condition=before):
            return True
        now = self._open().get((pk, sk))
        return now is not None and words(now, "op") == operation

    def take_uids(self, key: MailboxKey, number_of: int, *, uidvalidity: int) -> Register:
        """See Mailboxes. A repeat by the SDK leaves a gap, which UIDs may have."""
        first = _next | number(1)
        actions = [
            _next.set(first + number(number_of)),
            _validity.set(_validity | number(uidvalidity)),
        ]
        row = self._open().update(_key(key), actions, _version.does_not_exist())
        if row is None:
            raise PermanentFailure("this mailbox has a register of its own")
        return _register(row)

    def get_snapshot(self, name: str) -> bytes:
        """See Mailboxes."""
        with mapped():
            return self._s3().get_object(Bucket=self._bucket, Key=PREFIX + name)["Body"].read()

    def put_snapshot(self, name: str, data: bytes) -> None:
        """See Mailboxes."""
        with mapped():
            self._s3().put_object(Bucket=self._bucket, Key=PREFIX + name, Body=data)

    def delete_snapshot(self, name: str) -> None:
        """See Mailboxes."""
        with mapped():
            self._s3().delete_object(Bucket=self._bucket, Key=PREFIX + name)


def _kept(listing: Listing, now: int) -> Condition:
    """The same as domain.mailbox.placed, of a row."""
    there: Condition = _until > number(now)
    if listing is Listing.REQUESTED:
        asks: Condition = there & (Path("requested") > number(now)) & Path("lesson").does_not_exist()
        return asks
    failed_release = Path("disposition") == text(Disposition.QUARANTINE)
    shown: Condition = there & ((_state == text(State.HELD)) | failed_release)
    return shown


def _key(key: MailboxKey) -> Key:
    return f"I#{key.scope.key}", key.folder


def _register(row: Row) -> Register:
    return Register(
        version=whole(row, "version"),
        uidvalidity=whole(row, "validity"),
        uidnext=whole(row, "next", 1),
        base=words(row, "base"),
        seen_ms=whole(row, "seen"),
        tail=row["tail"]["B"] if "tail" in row else b"",
    )
