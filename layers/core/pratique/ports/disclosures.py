"""What others saw of a mailbox, and by whose leave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pratique.domain.disclosure import Disclosure
from pratique.domain.scope import Scope


@dataclass(frozen=True, slots=True)
class DisclosurePage:
    """The newest first, and the cursor of the next page."""

    disclosures: tuple[Disclosure, ...]
    cursor: str | None


class Disclosures(Protocol):
    """Append only; kept as long as the audit."""

    def record(self, owner: Scope, disclosure: Disclosure) -> None:
        """Append."""

    def of_owner(self, owner: Scope, *, limit: int, cursor: str | None = None) -> DisclosurePage:
        """A page. Consistent. Raises InvalidInput for a cursor that is none."""

    def allow(self, actor: str, copy: str, *, now: int, until: int) -> bool:
        """Let the actor open a copy until then (Unix seconds); True if it was not allowed already."""

    def allowed(self, actor: str, copy: str, *, now: int) -> bool:
        """Whether the actor may open the copy now."""
