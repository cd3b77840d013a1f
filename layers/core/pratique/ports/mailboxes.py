"""What mailboxes are made of: listings of copies, hints of what changed, and a durable register for each mailbox."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from pratique.domain.mailbox import Changed, Listing, MailboxKey, Placed, Register
from pratique.domain.scope import Scope


class Mailboxes(Protocol):
    """How two gateways give the same UIDs: a register is read, and written back only if nobody else wrote it meanwhile.

    Snapshots are large and never changed: written under a new name before a register names them, deleted after none does.
    """

    def listed(self, scope: Scope, listing: Listing, *, now: int, since_ms: int = 0) -> Iterator[Placed]:
        """The copies of a listing, the oldest message first. Costs what it shows; may lag by a moment, and is read as it is
        consumed. `now` in Unix seconds. With `since_ms`: of messages received from then on (Unix ms), and only those that came to the
        listing when they were received; the others have hints.
        """

    def changes(self, scope: Scope, *, since_ms: int) -> Iterator[Changed]:
        """Hints from then on, oldest first, consistently. They are kept for HINT_DAYS; a hint comes before the change it tells of."""

    def read(self, key: MailboxKey) -> Register | None:
        """Consistent."""

    def write(self, key: MailboxKey, register: Register) -> bool:
        """Store if the stored version is one less (version 1: if there is none). False when another writer was first."""

    def take_uids(self, key: MailboxKey, number_of: int, *, uidvalidity: int) -> Register:
        """The register after its `uidnext` grew by `number_of`, for a mailbox that never shows anything; the first call makes it, with
        this `uidvalidity`.
        """

    def get_snapshot(self, name: str) -> bytes:
        """Raises NotFound."""

    def put_snapshot(self, name: str, data: bytes) -> None:
        """Store."""

    def delete_snapshot(self, name: str) -> None:
        """Delete; nothing there is fine."""
