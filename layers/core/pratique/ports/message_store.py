"""Raw messages: bytes that are never changed."""

from __future__ import annotations

from typing import Protocol


class MessageStore(Protocol):
    """Keys look like `raw/<source id>`. Bytes go in once and come out the same."""

    def get(self, key: str) -> bytes:
        """The bytes. Raises NotFound."""

    def put(self, key: str, data: bytes) -> None:
        """Store bytes; the same key again overwrites (only ever with the same bytes)."""

    def size(self, key: str) -> int | None:
        """Length in octets, None where there is nothing."""

    def delete(self, key: str) -> None:
        """Delete; nothing there is fine."""

    def presigned_url(self, key: str, *, filename: str, seconds: int) -> str:
        """A URL that gives the bytes as an attachment named `filename` for `seconds` (at most 300)."""
