"""The scheduled reconcile."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Protocol

from pratique import bootstrap
from pratique.usecases.reconcile import reconcile
from pratique.usecases.reconcile_objects import GRACE_MS

RESERVE_MS = 30_000
"""Time kept back for the page under way and the answer."""


class Context(Protocol):
    """The part of the Lambda context that is used."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function is stopped."""


def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """Go on with the walk for as long as this invocation may run; the next one goes on from there. An operator who cannot wait gives
    `{"grace_seconds": 0}`: what is younger than that is left alone (a quarter of an hour unless given).
    """
    services = bootstrap.services()
    until_ms = services.clock.now_ms() + max(0, context.get_remaining_time_in_millis() - RESERVE_MS)
    grace = event.get("grace_seconds")
    grace_ms = grace * 1000 if isinstance(grace, int) and grace >= 0 else GRACE_MS
    return asdict(reconcile(services, until_ms=until_ms, grace_ms=grace_ms))
