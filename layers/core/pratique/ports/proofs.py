"""How people prove who they are: the arithmetic, done by libraries that only whoever signs in pays for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made: its credential id, its attested credential data, and its counter."""

    credential_id: bytes
    credential: str
    counter: int


@dataclass(frozen=True, slots=True)
class Shown:
    """What a key answered with: which one it is, its counter, and whether the person was verified by it (PIN, finger)."""

    counter: int
    verified: bool


class Proofs(Protocol):
    """Nothing of this is stored or logged here; nothing reads the clock."""

    def hash_password(self, password: str) -> str:
        """A slow, salted hash (Argon2id, RFC 9106) that names its own cost."""

    def password_opens(self, stored: str, password: str) -> bool:
        """Whether it is the one; as slow for '' (nobody's) as for any."""

    def password_is_stale(self, stored: str) -> bool:
        """Whether the hash costs less than those made now: it is then made anew at the next sign-in."""

    def seal(self, key: bytes, text: str, about: str) -> str:
        """Encrypt under the installation's key; `about` (a login) is bound to it."""

    def unseal(self, key: bytes, sealed: str, about: str) -> str:
        """The text. Raises PermanentFailure where key or `about` differ."""

    def totp_secret(self) -> str:
        """A new secret in base32 (RFC 6238; 160 bits)."""

    def totp_uri(self, secret: str, login: str, issuer: str) -> str:
        """What an authenticator app reads (otpauth://, as a QR code)."""

    def totp_step(self, secret: str, code: str, now_s: float) -> int | None:
        """The step of 30 s whose code this is, within one step of now; None for a wrong one. Constant time."""

    def key_options(
        self, origin: str, login: str, name: str, known: Sequence[str]
    ) -> tuple[dict[str, Any], str]:
        """(what the browser is given to make a key, the state that `key_made` wants); `known` are the person's other keys."""

    def key_made(self, origin: str, state: str, answer: Mapping[str, Any]) -> NewKey:
        """Check what the browser answered (WebAuthn 7.1). Raises NotProved."""

    def ask_options(self, origin: str) -> tuple[dict[str, Any], str]:
        """(what the browser is given to use a key, the state that `key_shown` wants)."""

    def credential_id(self, answer: Mapping[str, Any]) -> bytes:
        """Which key answered. Raises NotProved for what is no answer."""

    def key_shown(self, origin: str, state: str, credential: str, answer: Mapping[str, Any]) -> Shown:
        """Check what the browser answered (WebAuthn 7.2), but for the counter. Raises NotProved."""
