"""Settings: policies, sender lists, routes, and which model is current."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pratique.domain.address import Address
from pratique.domain.calibration import Calibration
from pratique.domain.correspondent import NOTHING, Question, Relations
from pratique.domain.direction import Direction
from pratique.domain.listentry import ListEntry
from pratique.domain.policy import Policy
from pratique.domain.policy_history import By, PolicyVersion
from pratique.domain.route import Route
from pratique.domain.scope import Scope


@dataclass(frozen=True, slots=True)
class View:
    """Everything that ingest needs to know about some recipients and a sender, from one look-up."""

    policies: dict[Scope, Policy] = field(default_factory=dict)
    versions: dict[Scope, int] = field(default_factory=dict)
    """Of those policies."""
    entries: tuple[ListEntry, ...] = ()
    models: dict[Scope, str] = field(default_factory=dict)
    """The current model version of each scope that has one."""
    calibrations: dict[Scope, Calibration] = field(default_factory=dict)
    relations: Relations = field(default_factory=Relations)
    """What the recipients' owners know of the sender, if that was asked."""
    owners: dict[Address, Address] = field(default_factory=dict)
    """The mailboxes that recipients belong to, where that is another one."""

    def owner(self, recipient: Address) -> Address:
        """The mailbox that an envelope recipient belongs to."""
        return self.owners.get(recipient, recipient)


NOBODY = By()


@dataclass(frozen=True, slots=True)
class EntryPage:
    """List entries, those for outgoing mail first, in the order of their pattern; and the cursor of the next page."""

    entries: tuple[ListEntry, ...]
    cursor: str | None


class Directory(Protocol):
    """Reads on the path of a message are batched: `look_up` costs a bounded number of key reads, never a query."""

    def look_up(
        self,
        recipients: Sequence[Address],
        patterns: Sequence[str],
        asked: Question = NOTHING,
        *,
        host: str = "",
        aliases: bool = False,
    ) -> View:
        """Policies and model versions of the recipients' scopes (the global one always among them, also for no recipients), and
        entries for incoming mail of those scopes: for any of `patterns`, and for networks that the IP address `host` lies in; and what
        they know of a sender, as `asked`, in the same reads. Entries that have ended may be among them.

        With `aliases`, recipients are envelope recipients: all that is the owners', and `owners` says who they are. Else they are taken as
        they are.
        """

    def get_policy(self, scope: Scope) -> Policy | None:
        """What the scope itself chose."""

    def put_policy(
        self, scope: Scope, policy: Policy, by: By = NOBODY, *, expected: int | None = None
    ) -> PolicyVersion:
        """Replace the scope's choices by a new version of them, which is kept among the KEPT_VERSIONS latest.

        Raises Outdated where the version that holds is not `expected` (if that is given; 0 where nobody ever chose), ConcurrentChange
        where others kept on changing it.
        """

    def policy_version(self, scope: Scope) -> PolicyVersion | None:
        """The version that holds; None where nobody ever chose."""

    def policy_versions(self, scope: Scope, *, limit: int) -> list[PolicyVersion]:
        """The latest first."""

    def get_policy_version(self, scope: Scope, version: int) -> PolicyVersion | None:
        """That version, if it is kept."""

    def get_entry(
        self, scope: Scope, pattern: str, direction: Direction = Direction.INCOMING
    ) -> ListEntry | None:
        """One entry, whether it has ended or not; consistent."""

    def get_entries(
        self, scopes: Sequence[Scope], patterns: Sequence[str], direction: Direction
    ) -> list[ListEntry]:
        """Those of the scopes' entries that bear one of these patterns: one key read for each scope and pattern, a hundred in a round trip.
        Some may have ended.
        """

    def put_entry(self, entry: ListEntry) -> ListEntry | None:
        """Add or replace; the pattern leaves the other list of that scope and direction. What was there before. Raises InvalidInput where
        the scope's networks have too many different lengths.
        """

    def put_entries(self, entries: Sequence[ListEntry]) -> None:
        """The same for many, of different patterns."""

    def delete_entry(
        self, scope: Scope, pattern: str, direction: Direction = Direction.INCOMING
    ) -> ListEntry | None:
        """What was there, None if there was none."""

    def note_use(self, entry: ListEntry, *, at_ms: int) -> bool:
        """The entry was used: one conditional write, which counts once a day (UTC). False where it was counted that day, or is another now."""

    def list_entries(
        self,
        scope: Scope,
        *,
        limit: int,
        now: int = 0,
        cursor: str | None = None,
        direction: Direction | None = None,
    ) -> EntryPage:
        """The scope's own entries that have not ended at `now` (Unix seconds; 0 shows all). Raises InvalidInput for a cursor that is none."""

    def get_route(self, domain: str) -> Route | None:
        """The next hop of a domain."""

    def put_route(self, route: Route) -> None:
        """Add or replace."""

    def delete_route(self, domain: str) -> bool:
        """True if there was one."""

    def list_routes(self) -> list[Route]:
        """All routes, by domain."""

    def models(self, scopes: Sequence[Scope]) -> dict[Scope, str]:
        """The current model versions of these scopes, of those that have one."""

    def set_model(self, scope: Scope, version: str) -> None:
        """Make `version` the scope's current model. Versions sort; an older one never replaces a newer one."""

    def set_calibration(self, scope: Scope, calibration: Calibration) -> None:
        """Replace the scope's calibration; an older one never replaces a newer one."""
