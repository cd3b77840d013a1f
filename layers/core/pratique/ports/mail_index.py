"""Rows about messages: facts once per message, a copy per recipient, lists that cost the page they show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from pratique.domain.direction import Direction
from pratique.domain.history import History
from pratique.domain.ids import CopyId
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy, Event, Facts
from pratique.domain.scope import Scope


@dataclass(frozen=True, slots=True)
class Page:
    """Copies, newest first, and the cursor of the next page (None at the end). A cursor is text, opaque, and safe to show."""

    copies: tuple[Copy, ...]
    cursor: str | None


class MailIndex(Protocol):
    """All times are given by the caller: adapters have no clock.

    An expired copy (`expires_at` <= now, and not in a LIVE state) is as good as gone in every read and every move.
    """

    def add_facts(self, facts: Facts, *, expires_at: int) -> bool:
        """Store the facts unless they are there already; True if they were new. `live` starts as the set of all recipients.
        `expires_at` (Unix seconds) is a backstop for TTL, well after every copy's own.
        """

    def get_facts(self, message: str) -> Facts | None:
        """The facts of a message (its ULID)."""

    def get_many_facts(self, messages: Sequence[str]) -> dict[str, Facts]:
        """Many at once, in a bounded number of round trips (100 rows each); missing ones are left out. May lag by a moment."""

    def add_copy(self, copy: Copy) -> bool:
        """Conditional put: True if the row is new, False if it is there already (and nothing was changed). One that comes late
        (Copy.came_late) leaves a hint (Mailboxes.changes).
        """

    def get_copy(self, copy_id: CopyId, *, now: int) -> Copy | None:
        """Consistent read; `now` in Unix seconds."""

    def get_copies(self, copy_ids: Sequence[CopyId], *, now: int) -> dict[CopyId, Copy]:
        """Many at once, in a bounded number of round trips (100 rows each); missing ones are left out."""

    def move(
        self,
        copy_id: CopyId,
        *,
        expected: Iterable[State],
        state: State,
        expires_at: int,
        event: Event,
        now: int,
        reply: str | None = None,
        watch_at: int = 0,
        requested_until: int = 0,
    ) -> Copy:
        """One conditional write: from one of `expected` to `state`, with the event appended, `lease_until_ms` cleared, `attempts`
        zeroed when the new state is a LIVE one, `watch_at` set (0 unless the new state is LIVE), `reply` set when given, and
        `requested_until` (Unix seconds) when the new state is DELIVERED. A move from or to a state that a mailbox shows leaves a hint
        first (Mailboxes.changes).
        Returns the copy as it is now.

        Raises NotFound (no row, or expired), Conflict (another state; its args[1] is the Copy as it is).
        """

    def claim(
        self, copy_id: CopyId, *, expected: State, lease_until_ms: int, now_ms: int, watch_at: int
    ) -> Copy | None:
        """Take the lease of a copy on its way (attempts + 1, watch_at set), unless another worker's lease still runs or the state
        differs. None when it was not to be had.
        """

    def unclaim(
        self,
        copy_id: CopyId,
        *,
        lease_until_ms: int,
        reply: str,
        watch_at: int,
        event: Event | None = None,
    ) -> None:
        """Give the lease back (only if it is still `lease_until_ms`), note the next hop's answer, and watch again from then. `event`, if
        given, goes into the history with the same write.
        """

    def overdue(self, *, now: int, limit: int) -> list[CopyId]:
        """Up to `limit` LIVE copies with 0 < `watch_at` <= now: on their way, but nobody seems to carry them (a worker or a queue
        message was lost). Longest overdue first.
        """

    def rewatch(self, copy_id: CopyId, *, watch_at: int) -> bool:
        """Set `watch_at` of a LIVE copy; False when it is not LIVE any more."""

    def set_lesson(
        self,
        copy_id: CopyId,
        *,
        lessons: int,
        label: str,
        now: int,
        requested: bool = False,
        event: Event | None = None,
    ) -> bool:
        """Note the label last trained if `lessons` is still one less; False when another writer was first. `requested` says that the
        copy asked for training (`requested_until` is set): it does no more. `event`, if given, goes into the history with the same write.
        """

    def add_event(self, copy_id: CopyId, event: Event, *, now: int) -> bool:
        """One more step in the history of a copy that stays where it is, in one conditional write; False where it is gone."""

    def withdraw_request(self, copy_id: CopyId, *, now: int) -> bool:
        """The copy asks for training no more; False where it did not."""

    def list_copies(
        self,
        scope: Scope,
        *,
        states: Sequence[State],
        limit: int,
        now: int,
        cursor: str | None = None,
        before_ms: int = 0,
        direction: Direction = Direction.INCOMING,
    ) -> Page:
        """A page of `scope`'s copies of one direction in any of `states`, newest first, O(page) per state. Without a cursor the first page
        begins with the newest, or with the newest received before `before_ms` (Unix ms). Raises InvalidInput for a cursor that is none.
        """

    def walk_copies(
        self, scope: Scope, *, below: str, now: int, direction: Direction = Direction.INCOMING
    ) -> Iterator[Copy]:
        """All of `scope`'s copies of one direction below a place (CopyId.place), newest first, each once; read as they are consumed. One that
        moves meanwhile is given as it was before or after.
        """

    def cursor_of(self, copy_id: CopyId) -> str:
        """The cursor of a page that ends with this copy."""

    def count_copies(self, scope: Scope, state: State) -> int:
        """How many copies of a scope are in a state, in both directions, expired ones among them. Reads them all: for a check, not for the
        path of a message.
        """

    def expired(self, *, now: int, limit: int) -> list[CopyId]:
        """Up to `limit` copies with `expires_at` <= now in a state that is not LIVE, longest overdue first."""

    def end_copy(self, copy_id: CopyId, *, event: Event, now: int, kept_until: int) -> bool:
        """The end of an expired copy, in one write, on the condition that it *is* expired and not LIVE: it is in no list any more, its subject
        and evidence are gone, and what is left is its history, until `kept_until` (Unix seconds). It can never come back: add_copy
        finds it known. The event's state is not looked at: it is fate() of the one that it is in. False where it was not expired, or has
        ended before.
        """

    def history(self, copy_id: CopyId, *, now: int) -> History | None:
        """A copy's life, while it is there and for as long as it is kept after its end; None otherwise. One that is over its time and still
        waits for the sweep has ended when its time was up.
        """

    def has_ended(self, copy_ids: Sequence[CopyId], *, now: int) -> set[CopyId]:
        """Which of these copies are gone and remembered; in a bounded number of round trips (100 rows each)."""

    def drop_recipient(self, copy_id: CopyId) -> str | None:
        """Take a recipient whose copy is gone out of the message's `live` set (repeatable). Returns the raw key if nobody is left
        (also when asked again), else None. None when the facts are gone too.
        """

    def messages_of(self, source_ids: Sequence[str]) -> dict[str, str]:
        """The messages (ULIDs) that were taken in under these ids of the receiving server; those unknown are left out. One small query each; may
        lag by a moment.
        """

    def add_recipients(self, message: str, copy_ids: Sequence[CopyId]) -> Facts | None:
        """More recipients of a message than its facts knew of, before their copies are added; the facts as they are now."""

    def is_expected(self, copy_id: CopyId) -> bool:
        """Whether the message still waits for this recipient's copy to end: its recipient was not dropped."""

    def delete_facts(self, message: str) -> None:
        """Delete the facts, on the condition that nobody is left in `live`, and with them the structure."""

    def add_structure(self, message: str, structure: bytes, *, expires_at: int) -> None:
        """Keep what a mail client is shown of a message without its bytes (make_structure's form, at most some 100 kB); again is harmless."""

    def structures(self, messages: Sequence[str]) -> dict[str, bytes]:
        """The structures that are kept, by message; in a bounded number of round trips (100 rows each)."""
