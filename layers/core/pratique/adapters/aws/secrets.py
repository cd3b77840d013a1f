"""Secrets from AWS Secrets Manager, read once per process and never logged."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from pratique.domain.errors import PermanentFailure

from .errors import mapped

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient

MIN_KEY = 32
"""Octets: as long as the output of the hash in use (RFC 2104, section 3)."""

MOST_OLDER = 3
"""Keys before the newest that are honoured."""


class SecretsManagerSecrets:
    """The signing key is in the secret `signing_secret` names, as {"signing_key": text}; a route's credentials in the one it names,
    as {"username": text, "password": text}. A changed secret is seen by the next process.
    """

    def __init__(self, secretsmanager: Callable[[], SecretsManagerClient], *, signing_secret: str) -> None:
        self._client, self._signing_secret = secretsmanager, signing_secret
        self._lock = threading.Lock()
        self._read: dict[str, dict[str, str]] = {}

    def signing_key(self) -> bytes:
        """See Secrets. Raises PermanentFailure for a key that is missing or too short."""
        if not self._signing_secret:
            raise PermanentFailure("PRATIQUE_SIGNING_SECRET is not set: this function has no signing key")
        key = self._values(self._signing_secret, ("signing_key",))[0].encode()
        if len(key) < MIN_KEY:
            raise PermanentFailure(f"the signing key is shorter than {MIN_KEY} octets")
        return key

    def signing_keys(self) -> tuple[bytes, ...]:
        """See Secrets. Older keys stand in the same secret under `older_signing_keys`, separated by spaces."""
        newest = self.signing_key()
        older = self._read[self._signing_secret].get("older_signing_keys", "").split()
        return (newest, *(key.encode() for key in older[:MOST_OLDER] if len(key) >= MIN_KEY))

    def credentials(self, name: str) -> tuple[str, str]:
        """See Secrets."""
        username, password = self._values(name, ("username", "password"))
        return username, password

    def _values(self, name: str, fields: tuple[str, ...]) -> list[str]:
        with self._lock:
            if name not in self._read:
                with mapped():
                    text = self._client().get_secret_value(SecretId=name).get("SecretString", "")
                self._read[name] = _strings(text)
            found = self._read[name]
        if not all(field in found for field in fields):
            raise PermanentFailure(f"a secret lacks one of: {', '.join(fields)}")
        return [found[field] for field in fields]


def _strings(text: str) -> dict[str, str]:
    """The strings of a JSON object; nothing of the text is repeated in an error."""
    try:
        values = json.loads(text)
    except ValueError:
        raise PermanentFailure("a secret is no JSON object") from None
    if not isinstance(values, dict):
        raise PermanentFailure("a secret is no JSON object")
    return {key: value for key, value in values.items() if isinstance(value, str)}
