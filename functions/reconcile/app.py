"""The scheduled reconcile."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Protocol

from pratique import bootstrap
from pratique.usecases.reconcile import reconcile

RESERVE_MS = 30_000
"""Time kept back for the page under way and the answer."""


class Context(Protocol):
    """The part of the Lambda context that is used."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function is stopped."""


def handler(_event: dict[str, Any], context: Context) -> dict[str, Any]:
    """Go on with the walk for as long as this invocation may run; the next one goes on from there."""
    services = bootstrap.services()
    until_ms = services.clock.now_ms() + max(0, context.get_remaining_time_in_millis() - RESERVE_MS)
    return asdict(reconcile(services, until_ms=until_ms))
