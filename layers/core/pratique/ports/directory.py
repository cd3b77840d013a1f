"""Settings: policies, sender lists, routes, and which model is current."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pratique.domain.address import Address
from pratique.domain.calibration import Calibration
from pratique.domain.correspondent import NOTHING, Question, Relations
from pratique.domain.listentry import ListEntry
from pratique.domain.policy import Policy
from pratique.domain.route import Route
from pratique.domain.scope import Scope


@dataclass(frozen=True, slots=True)
class View:
    """Everything that ingest needs to know about some recipients and a sender, from one look-up."""

    policies: dict[Scope, Policy] = field(default_factory=dict)
    entries: tuple[ListEntry, ...] = ()
    models: dict[Scope, str] = field(default_factory=dict)
    """The current model version of each scope that has one."""
    calibrations: dict[Scope, Calibration] = field(default_factory=dict)
    relations: Relations = field(default_factory=Relations)
    """What the recipients know of the sender, if that was asked."""


@dataclass(frozen=True, slots=True)
class EntryPage:
    """List entries in the order of their pattern, and the cursor of the next page."""

    entries: tuple[ListEntry, ...]
    cursor: str | None


class Directory(Protocol):
    """Reads on the path of a message are batched: `look_up` costs a bounded number of key reads, never a query."""

    def look_up(
        self, recipients: Sequence[Address], patterns: Sequence[str], asked: Question = NOTHING
    ) -> View:
        """Policies and model versions of the recipients' scopes (the global one always among them, also for no recipients), and
        entries of those scopes for any of `patterns`; and what they know of a sender, as `asked`, in the same reads.
        """

    def get_policy(self, scope: Scope) -> Policy | None:
        """What the scope itself chose."""

    def put_policy(self, scope: Scope, policy: Policy) -> None:
        """Replace the scope's choices."""

    def put_entry(self, entry: ListEntry) -> None:
        """Add or replace; the pattern leaves the other list of that scope."""

    def delete_entry(self, scope: Scope, pattern: str) -> bool:
        """True if there was one."""

    def list_entries(self, scope: Scope, *, limit: int, cursor: str | None = None) -> EntryPage:
        """The scope's own entries. Raises InvalidInput for a cursor that is none."""

    def get_route(self, domain: str) -> Route | None:
        """The next hop of a domain."""

    def put_route(self, route: Route) -> None:
        """Add or replace."""

    def delete_route(self, domain: str) -> bool:
        """True if there was one."""

    def list_routes(self) -> list[Route]:
        """All routes, by domain."""

    def set_model(self, scope: Scope, version: str) -> None:
        """Make `version` the scope's current model. Versions sort; an older one never replaces a newer one."""

    def set_calibration(self, scope: Scope, calibration: Calibration) -> None:
        """Replace the scope's calibration; an older one never replaces a newer one."""
