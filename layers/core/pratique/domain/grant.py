"""Delegates: people who look after a mailbox beside their own."""

from __future__ import annotations

from dataclasses import dataclass

from .scope import Scope


@dataclass(frozen=True, slots=True)
class Grant:
    """`login` may act in `scope`, a mailbox, until `expires_at` (Unix seconds; None: until it is taken back)."""

    login: Scope
    scope: Scope
    may_write: bool
    created_ms: int
    created_by: str
    expires_at: int | None = None


def grant_holds(grant: Grant | None, now_s: float) -> bool:
    """Whether there is one that has not ended."""
    return grant is not None and (grant.expires_at is None or grant.expires_at > now_s)
