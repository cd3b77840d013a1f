"""The scheduled sweep."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Protocol

from pratique import bootstrap
from pratique.usecases.expire_messages import expire_messages

RESERVE_MS = 5_000
"""Time kept back for the last page and the answer."""


class Context(Protocol):
    """The part of the Lambda context that is used."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function is stopped."""


def handler(_event: dict[str, Any], context: Context) -> dict[str, Any]:
    """Sweep for as long as this invocation may run; the next one goes on."""
    services = bootstrap.services()
    until_ms = services.clock.now_ms() + max(0, context.get_remaining_time_in_millis() - RESERVE_MS)
    return asdict(expire_messages(services, until_ms=until_ms))
