"""Handing an accepted message to ingest and waiting for what becomes of it: what only an SMTP edge needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Ingest(Protocol):
    """Calls the ingest function and waits. Calling again with the same event changes nothing (invariant 3)."""

    def __call__(self, event: Mapping[str, Any]) -> Mapping[str, Any]:
        """`event` has the shape of an SES receipt event; the answer is the handler's own:
        `{"disposition": "CONTINUE", "message": <ULID>, "copies": [{"id", "recipient", "state", "verdict", "disposition"}, ...]}`.

        Raises TemporaryFailure (not reached, timed out, throttled, or the function failed) or PermanentFailure (no such
        function, no right to call it).
        """
