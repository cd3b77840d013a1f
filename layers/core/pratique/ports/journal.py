"""The training journal: lessons wait here until a model has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pratique.domain.lesson import Lesson
from pratique.domain.scope import Scope


class Journal(Protocol):
    """How a lesson is applied exactly once: the learner loads the model first, then reads what is pending (consistently), skips the ids the
    model says it has, saves the model conditionally, and only then completes them here.
    """

    def add(self, lessons: Sequence[Lesson]) -> int:
        """Add those not seen before (pending or applied); returns how many were new."""

    def pending(self, scope: Scope, *, limit: int) -> list[Lesson]:
        """Lessons not yet completed, oldest id first; strongly consistent."""

    def complete(self, scope: Scope, lesson_ids: Sequence[str]) -> None:
        """Move lessons from pending to applied (repeatable). Their samples are dropped, the record stays."""

    def counts(self, scope: Scope) -> tuple[int, int]:
        """(pending, applied), for people to look at; may lag by a moment."""
