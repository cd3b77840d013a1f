"""Work that is done after the answer."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Protocol


class QueueName(enum.StrEnum):
    """The queues of the system."""

    DELIVER = "deliver"
    LEARN = "learn"
    LETTERS = "letters"
    """Mail of our own to people with an account: sign-in links, notices."""
    JOBS = "jobs"
    HOOKS = "hooks"
    NOTIFY = "notify"
    DIGEST = "digest"


class WorkQueue(Protocol):
    """At-least-once, unordered. Bodies are small JSON objects."""

    def send(self, queue: QueueName, bodies: Sequence[dict[str, str]], *, delay_seconds: int = 0) -> None:
        """Send all (in batches of ten). Raises TemporaryFailure if any could not be sent: sending again is harmless by design."""

    def bury(self, queue: QueueName, bodies: Sequence[dict[str, str]]) -> None:
        """Send straight to the queue's dead-letter queue: all tries are used up, a person must look."""

    def redrive(self, queue: QueueName, *, limit: int) -> int:
        """Move up to `limit` messages from the queue's dead-letter queue back, each with {"again": "yes"} added to its body
        (sent before it is deleted there, so that none is lost); returns how many went.
        """

    def depths(self, queue: QueueName) -> tuple[int, int]:
        """(waiting, dead), approximately."""
