"""App passwords: what a mail client logs in with. Made by us, shown once, kept as a slow hash."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass

from .scope import Scope

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_READ_AS = str.maketrans("oil", "011", " -\t")
"""Crockford's base32: what people mistake for a digit is that digit, hyphens and spaces count for nothing."""
LENGTH, GROUP = 25, 5
"""Characters; the first group finds the row, the other 20 are 100 random bits."""
SECRET_OCTETS = 16
_LOG_N, _R, _P = 14, 8, 1
"""scrypt's cost (RFC 7914): 16 MiB, some 40 ms. The secret is random, so this guards against nothing but a mistake in that."""
_MAX_MEMORY = 64 << 20


@dataclass(frozen=True, slots=True)
class AppPassword:
    """A stored password of one login: `scope` says which. `digest` names method, cost and salt with the hash. Times in Unix ms, the end
    in Unix seconds (None: it does not end by itself); `used_ms` is 0 for never, and at most a day behind.
    """

    id: str
    scope: Scope
    label: str
    selector: str
    digest: str
    may_write: bool
    created_ms: int
    created_by: str
    expires_at: int | None = None
    used_ms: int = 0
    own: bool = True
    """Whether its login is the scope of whoever made it: what somebody else made for a mailbox opens mail with a note to its owner."""


def password_text(secret: bytes) -> str:
    """`7k2mq-…` (five groups of five) from SECRET_OCTETS random octets."""
    number = int.from_bytes(secret[:SECRET_OCTETS], "big") >> (SECRET_OCTETS * 8 - LENGTH * 5)
    chars = "".join(_ALPHABET[number >> shift & 31] for shift in range(LENGTH * 5 - 5, -1, -5))
    return "-".join(chars[at : at + GROUP] for at in range(0, LENGTH, GROUP))


def split_password(text: str) -> tuple[str, str] | None:
    """(selector, secret part) of what a person typed, or None for what cannot be one of ours."""
    bare = text.lower().translate(_READ_AS)
    if len(bare) != LENGTH or any(char not in _ALPHABET for char in bare):
        return None
    return bare[:GROUP], bare[GROUP:]


def password_digest(secret: str, salt: bytes) -> str:
    """`scrypt$<log2 n>$<r>$<p>$<salt>$<hash>` (base64)."""
    hashed = _scrypt(secret, salt, _LOG_N, _R, _P)
    return "$".join(["scrypt", str(_LOG_N), str(_R), str(_P), _base64(salt), _base64(hashed)])


def password_opens(password: AppPassword | None, secret: str, now_s: float) -> bool:
    """Whether this secret part opens this password now. As slow for None as for any, and constant in time."""
    method, *rest = (password.digest if password else _NOBODY).split("$")
    try:
        log_n, r, p, salt, wanted = (
            int(rest[0]),
            int(rest[1]),
            int(rest[2]),
            _octets(rest[3]),
            _octets(rest[4]),
        )
        same = hmac.compare_digest(_scrypt(secret, salt, log_n, r, p), wanted)
    except (ValueError, IndexError, TypeError, OverflowError):
        return False
    if password is None or method != "scrypt" or not same:
        return False
    return password.expires_at is None or password.expires_at > now_s


def _scrypt(secret: str, salt: bytes, log_n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(secret.encode(), salt=salt, n=1 << log_n, r=r, p=p, maxmem=_MAX_MEMORY, dklen=32)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _octets(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


_NOBODY = "$".join(["scrypt", str(_LOG_N), str(_R), str(_P), _base64(bytes(16)), _base64(bytes(32))])
