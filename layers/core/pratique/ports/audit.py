"""Who changed what (a copy carries its own history beside this)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pratique.domain.audit_chain import Link, canonical
from pratique.domain.scope import Scope


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change: when, by whom, by which channel, in which scope, what (`policy.put`, `entry.put`, `token.create`, `copy.expire` ...), of what,
    and the id of the action that can take it back ('' for none). `seq` is its number in the scope's chain, 0 for one from before there was one.
    """

    at_ms: int
    actor: str
    channel: str
    scope: Scope
    action: str
    subject: str
    action_id: str = ""
    seq: int = 0

    @property
    def text(self) -> str:
        """What it says, for its hash."""
        return canonical(
            self.scope.key, self.at_ms, self.actor, self.channel, self.action, self.subject, self.action_id
        )


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Entries, the newest first, and the cursor of the next page (None at the end)."""

    entries: tuple[AuditEntry, ...]
    cursor: str | None


class Audit(Protocol):
    """Append only, in a chain per scope (domain/audit_chain.py)."""

    def record(self, entry: AuditEntry) -> AuditEntry:
        """Append to the scope's chain; the entry with its number. Writers that meet take turns. Raises TemporaryFailure."""

    def entries(self, scope: Scope, *, limit: int) -> list[AuditEntry]:
        """The newest first."""

    def page(self, scope: Scope, *, limit: int, cursor: str | None = None) -> AuditPage:
        """A page, the newest first. Raises InvalidInput for a cursor that is none."""

    def links(self, scope: Scope, *, after: int, limit: int) -> Sequence[Link]:
        """Entries of the chain behind the number `after`, the oldest first."""

    def scopes(self, *, limit: int, after: str = "") -> list[Scope]:
        """Scopes that have a chain, by key, from the one behind the key `after` on."""
