"""Keys and credentials, read when first needed and kept for the life of the process."""

from __future__ import annotations

from typing import Protocol


class Secrets(Protocol):
    """Nothing of this is ever logged."""

    def signing_key(self) -> bytes:
        """The installation's HMAC key (at least 32 octets): release and trace headers."""

    def signing_keys(self) -> tuple[bytes, ...]:
        """That key, then those before it that are still honoured: what lives long (a digest's links) is checked against all of them."""

    def credentials(self, name: str) -> tuple[str, str]:
        """(username, password) of a route. Raises PermanentFailure when there is no such secret."""
