"""The scheduled calibration."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Protocol

from pratique import bootstrap
from pratique.usecases.calibrate_scopes import calibrate_scopes

RESERVE_MS = 20_000
"""Time kept back for the domain under way and the answer."""


class Context(Protocol):
    """The part of the Lambda context that is used."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function is stopped."""


def handler(_event: dict[str, Any], context: Context) -> dict[str, Any]:
    """Calibrate for as long as this invocation may run; the next one goes on with the domains whose turn is the longest ago."""
    services = bootstrap.services()
    until_ms = services.clock.now_ms() + max(0, context.get_remaining_time_in_millis() - RESERVE_MS)
    return asdict(calibrate_scopes(services, until_ms=until_ms))
