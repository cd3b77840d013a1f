"""Logs and metrics, made when first used: the mail log has one line per step in the life of a message.

A line carries ids, states, domains and figures: never a subject, a body, a full address or a secret. Level and service name come from
Powertools' own variables (POWERTOOLS_LOG_LEVEL, POWERTOOLS_SERVICE_NAME).
"""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger, Metrics

NAMESPACE = "Pratique"

COUNTED = frozenset(
    {
        "accepted",
        "held",
        "queued",
        "delivered",
        "delivery_deferred",
        "delivery_failed",
        "releasing",
        "released",
        "removed",
        "learned",
        "expired",
    }
)
"""Steps in the life of a message that are metrics too: one each, so that they add up (invariant 1)."""

_counting = Lock()
Field = str | int | float | bool | None


@cache
def logger() -> Logger:
    """The process's logger: JSON lines on stdout, UTC, no event logging, no sampling."""
    from aws_lambda_powertools import Logger  # noqa: PLC0415 - made when first used: importing this module costs nothing

    return Logger(utc=True, use_rfc3339=True)


@cache
def metrics() -> Metrics:
    """The process's metrics, in CloudWatch's embedded format on stdout."""
    from aws_lambda_powertools import Metrics  # noqa: PLC0415 - as above

    return Metrics(namespace=NAMESPACE)


def log_event(name: str, /, **fields: Field) -> None:
    """One line of the mail log: `name` (snake_case) and what it is about, ids and figures only; COUNTED ones are counted."""
    logger().info(name, extra={"about": fields} if fields else {})
    if name in COUNTED:
        from aws_lambda_powertools.metrics import MetricUnit  # noqa: PLC0415 - as above

        with _counting:  # bulk actions count in several threads, and what one added another would flush
            metrics().add_metric(name=name, unit=MetricUnit.Count, value=1)
            metrics().flush_metrics()


def gauge(name: str, value: int) -> None:
    """A figure as it is now, for an alarm to look at."""
    from aws_lambda_powertools.metrics import MetricUnit  # noqa: PLC0415 - as above

    metrics().add_metric(name=name, unit=MetricUnit.Count, value=value)
    metrics().flush_metrics()


def warn_event(name: str, /, **fields: Field) -> None:
    """The same for what somebody ought to look at: a WARNING line."""
    logger().warning(name, extra={"about": fields} if fields else {})
