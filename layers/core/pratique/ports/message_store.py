"""Raw messages: bytes that are never changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object's key, length in octets, and when it was stored (Unix ms, to the second)."""

    key: str
    size: int
    stored_ms: int


class MessageStore(Protocol):
    """Keys look like `raw/<source id>`. Bytes go in once and come out the same."""

    def get(self, key: str) -> bytes:
        """The bytes. Raises NotFound."""

    def put(self, key: str, data: bytes) -> None:
        """Store bytes; the same key again overwrites (only ever with the same bytes)."""

    def list_objects(self, prefix: str, *, after: str = "", limit: int = 1000) -> list[StoredObject]:
        """Up to `limit` (at most 1,000) objects whose keys begin with `prefix`, in the order of keys, from the one behind `after` on."""

    def size(self, key: str) -> int | None:
        """Length in octets, None where there is nothing."""

    def delete(self, key: str) -> None:
        """Delete; nothing there is fine."""

    def presigned_url(self, key: str, *, filename: str, seconds: int) -> str:
        """A URL that gives the bytes as an attachment named `filename` for `seconds` (at most 300)."""
