"""Copies that wait for a person: requests for release, and delivered mail that asks what it is."""

from __future__ import annotations

from typing import Protocol

from pratique.domain.ids import CopyId
from pratique.domain.message import Copy, Event
from pratique.domain.release_request import ReleaseRequest
from pratique.domain.scope import Scope

from .mail_index import Page


class Waiting(Protocol):
    """The same copies as in MailIndex: a request is kept with its copy, in one write with the step in its history, and ends with it."""

    def ask_release(self, copy_id: CopyId, request: ReleaseRequest, *, event: Event, now: int) -> Copy:
        """Keep a request with a held copy; the copy as it is now.

        Raises NotFound (no row, or expired), Conflict (not held, or there is a request; its args[1] is the Copy as it is).
        """

    def answer_release(self, copy_id: CopyId, request: ReleaseRequest, *, event: Event, now: int) -> Copy:
        """Put the answered request in the place of the open one. A denied one must belong to a copy that is still held.

        Raises NotFound, Conflict (no open request, or denied and not held), as above.
        """

    def list_again(self, copy_id: CopyId, *, now: int) -> None:
        """Show the open request of a copy that is held again (after Undo of Remove); nothing where there is none."""

    def list_requests(self, scope: Scope, *, limit: int, now: int, cursor: str | None = None) -> Page:
        """Held copies of the scope with an open request, newest first, O(page). Raises InvalidInput for a cursor that is none."""

    def list_training(self, scope: Scope, *, limit: int, now: int, cursor: str | None = None) -> Page:
        """Delivered copies of the scope that ask for training, newest first, O(page). Raises as above."""
