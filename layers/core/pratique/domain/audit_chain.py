"""The chain of an audit: each entry holds the hash of the one before, and a seal that only the installation's key can make.

What it proves, and what not: docs/decisions/0007-audit-chain.md.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass

from .policy import DAY

KEPT_MS = 400 * DAY * 1000
"""Entries go after so long; a chain may begin in the middle from then on."""
_PURPOSE = b"pratique audit\n"
MADE_WITHOUT_KEY = frozenset({"token.create"})
"""The first token of an installation is made before anything that holds the key runs (`pratique tokens create --bootstrap`)."""


@dataclass(frozen=True, slots=True)
class Link:
    """An entry in its chain: its number from 1 on, what it says (as canonical text), the hash of the entry before ('' for the first), when that
    one was made (Unix ms), its own hash, and its seal ('' where the writer had no key).
    """

    seq: int
    at_ms: int
    action: str
    text: str
    before: str
    before_ms: int
    digest: str
    seal: str


def canonical(*parts: str | int) -> str:
    """One text for an entry's parts: no two entries have the same."""
    return json.dumps(parts, ensure_ascii=True, separators=(",", ":"))


def digest_of(seq: int, text: str, before: str, before_ms: int) -> str:
    """The hash of an entry, over what it says and its place in the chain: SHA-256, hexadecimal."""
    return hashlib.sha256(canonical(seq, text, before, before_ms).encode()).hexdigest()


def seal_of(key: bytes, digest: str) -> str:
    """The seal on a hash: HMAC-SHA-256 with the installation's key, hexadecimal."""
    return hmac.new(key, _PURPOSE + digest.encode(), hashlib.sha256).hexdigest()


def faults(
    links: Sequence[Link], *, keys: Sequence[bytes], now_ms: int, before: Link | None = None
) -> list[str]:
    """What is wrong with these entries of one chain, the oldest first, that follow `before` (None: they are the oldest that there are). A seal by
    any of the `keys` is good.
    """
    found: list[str] = []
    last = before
    for link in links:
        found += _place(link, last, now_ms)
        found += _content(link, keys)
        last = link
    return found


def _place(link: Link, last: Link | None, now_ms: int) -> list[str]:
    if last is None:
        if link.seq == 1 or link.before_ms + KEPT_MS <= now_ms:
            return []
        return [
            f"entry {link.seq} is the oldest, and entry {link.seq - 1} is not old enough to be gone: entries are missing"
        ]
    if link.seq != last.seq + 1:
        # Rows go by TTL in no order: a hole that is old enough is none.
        if link.before_ms + KEPT_MS <= now_ms:
            return []
        return [f"entries {last.seq + 1} to {link.seq - 1} are missing"]
    if link.before != last.digest:
        return [f"entry {link.seq} does not follow entry {last.seq}: one of them was changed, or put in"]
    return []


def _content(link: Link, keys: Sequence[bytes]) -> list[str]:
    if link.digest != digest_of(link.seq, link.text, link.before, link.before_ms):
        return [f"entry {link.seq} was changed: its hash is another"]
    if not link.seal:
        return [] if link.action in MADE_WITHOUT_KEY else [f"entry {link.seq} has no seal"]
    if not any(hmac.compare_digest(link.seal, seal_of(key, link.digest)) for key in keys):
        return [f"entry {link.seq} was not written by this installation: its seal is another"]
    return []
