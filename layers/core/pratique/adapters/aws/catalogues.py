"""Catalogues on the table, their chapters in the bucket (docs/decisions/0012-search-catalogues.md)."""

from __future__ import annotations

import json
import secrets
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from pynamodb.expressions.operand import Path

from pratique.domain.catalogue import KEPT_SECONDS, Catalogue, Chapter
from pratique.domain.direction import Direction
from pratique.domain.errors import PermanentFailure
from pratique.domain.scope import Scope

from .errors import mapped
from .rows import unpack
from .table import ABSENT, TTL_ATTRIBUTE, Key, Row, Table, number, text, whole, words

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

PREFIX = "search/"
_version = Path("version")


class DynamoCatalogues:
    """A row `SC#<scope>` / `incoming` or `outgoing`; chapters are objects under `search/`."""

    def __init__(self, table: Callable[[], Table], s3: Callable[[], S3Client], *, bucket: str) -> None:
        self._open, self._s3, self._bucket = table, s3, bucket

    def read(self, scope: Scope, direction: Direction) -> Catalogue | None:
        """See Catalogues."""
        row = self._open().get(_key(scope, direction))
        if row is None:
            return None
        try:
            chapters = tuple(Chapter(*each) for each in json.loads(unpack(row["chapters"]["B"])))
        except (PermanentFailure, ValueError, TypeError):
            chapters = ()
        return Catalogue(
            version=whole(row, "version"),
            began_ms=whole(row, "began"),
            top=words(row, "top"),
            complete=whole(row, "complete") == 1,
            chapters=chapters,
            busy_until_ms=whole(row, "busy"),
        )

    def write(self, scope: Scope, direction: Direction, catalogue: Catalogue) -> bool:
        """See Catalogues. The random `op` lets a write whose answer was lost, and that the SDK repeated, know itself again."""
        key, operation = _key(scope, direction), secrets.token_hex(8)
        before = ABSENT if catalogue.version == 1 else _version == number(catalogue.version - 1)
        if self._open().put(_row(key, catalogue, operation), condition=before):
            return True
        now = self._open().get(key)
        return now is not None and words(now, "op") == operation

    def get_chapter(self, name: str) -> bytes:
        """See Catalogues."""
        with mapped():
            return self._s3().get_object(Bucket=self._bucket, Key=PREFIX + name)["Body"].read()

    def put_chapter(self, name: str, data: bytes) -> None:
        """See Catalogues."""
        with mapped():
            self._s3().put_object(Bucket=self._bucket, Key=PREFIX + name, Body=data)

    def delete_chapter(self, name: str) -> None:
        """See Catalogues."""
        with mapped():
            self._s3().delete_object(Bucket=self._bucket, Key=PREFIX + name)


def _key(scope: Scope, direction: Direction) -> Key:
    return f"SC#{scope.key}", direction.value


def _row(key: Key, catalogue: Catalogue, operation: str) -> Row:
    chapters = [[each.name, each.low, each.rows] for each in catalogue.chapters]
    newest_ms = max(catalogue.began_ms, catalogue.busy_until_ms)
    return {
        "pk": text(key[0]),
        "sk": text(key[1]),
        "version": number(catalogue.version),
        "began": number(catalogue.began_ms),
        "top": text(catalogue.top),
        "complete": number(int(catalogue.complete)),
        "chapters": {"B": zlib.compress(json.dumps(chapters).encode())},
        "busy": number(catalogue.busy_until_ms),
        "op": text(operation),
        TTL_ATTRIBUTE: number(newest_ms // 1000 + KEPT_SECONDS),
    }
