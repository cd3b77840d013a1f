"""Who changed what, beside the mail itself (a copy carries its own history)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pratique.domain.scope import Scope


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change: when, by whom, by which channel, in which scope, what (`policy.put`, `entry.put`, `token.create`, `copy.expire` ...), of what."""

    at_ms: int
    actor: str
    channel: str
    scope: Scope
    action: str
    subject: str


class Audit(Protocol):
    """Append only."""

    def record(self, entry: AuditEntry) -> None:
        """Append."""

    def entries(self, scope: Scope, *, limit: int) -> list[AuditEntry]:
        """The newest first."""
