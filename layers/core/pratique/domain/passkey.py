"""Security keys and passkeys (WebAuthn)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from .scope import Scope


@dataclass(frozen=True, slots=True)
class Passkey:
    """A registered key. `id` is the SHA-256 of its credential id, in hex; `credential` the attested credential data in base64url, as WebAuthn
    has it (6.5.1): the public key and the credential id, nothing secret. `counter` is the key's own signature counter (0: it has none).
    """

    id: str
    login: Scope
    label: str
    credential: str
    counter: int
    created_ms: int
    used_ms: int = 0


def passkey_id(credential_id: bytes) -> str:
    """The id of a key in rows and in the API."""
    return hashlib.sha256(credential_id).hexdigest()
