"""Figures about the mail of the last days, over the wire."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Annotated

from msgspec import Meta

from pratique.domain.direction import Direction
from pratique.domain.log_status import LogStatus
from pratique.domain.scope import parse_scope
from pratique.domain.verdict import Verdict
from pratique.usecases.show_statistics import show_statistics

from . import views
from .asked import Asked, Days, ScopeText
from .endpoint import Call, Endpoint
from .given import Given


class StatisticsQuery(Asked, frozen=True):
    """Which mail."""

    scope: ScopeText | None = None
    days: Days = 14
    direction: Direction = Direction.INCOMING


class Share(Given, frozen=True):
    """How many of one kind."""

    name: str
    count: int


class DayCount(Given, frozen=True):
    """The messages received on one day (UTC), by status."""

    day: Annotated[str, Meta(examples=["2026-09-21"])]
    statuses: dict[LogStatus, int]


class DeliverySeconds(Given, frozen=True):
    """From reception to the next hop's answer, of mail that was not held: half of it was as quick as `p50`."""

    p50: float
    p90: float
    p99: float


class CostEstimate(Given, frozen=True):
    """US dollars by list prices, without a free tier: in all, the part of it that is SES's, and for one message."""

    total: float
    ses: float
    message: float


class StatisticsView(Given, frozen=True):
    """Figures of the newest messages, received since `since`. With more than 20,000 they are of those: `complete` is false then."""

    scope: str
    direction: Direction
    since: datetime
    messages: int
    complete: bool
    octets: int
    days: list[DayCount]
    statuses: dict[LogStatus, int]
    verdicts: dict[Verdict, int]
    scores: Annotated[list[int], Meta(description="Messages by twentieths of the score, from 0 to 1")]
    senders: list[Share]
    held_senders: list[Share]
    recipients: Annotated[list[Share], Meta(description="Who got most of what was held")]
    reasons: Annotated[list[Share], Meta(description="Why it was held")]
    held: Annotated[int, Meta(description="Messages that were held at some time")]
    held_wrongly: Annotated[int, Meta(description="Of these: let go, or reported as ham")]
    passed: int
    missed: Annotated[int, Meta(description="Of what passed: reported as spam")]
    delivery: DeliverySeconds | None
    cost: CostEstimate


def _shares(counted: list[tuple[str, int]]) -> list[Share]:
    return [Share(views.clean(name), count) for name, count in counted]


def _plain(counted: Counter[LogStatus]) -> dict[LogStatus, int]:
    return dict(sorted(counted.items()))


def show(call: Call) -> StatisticsView:
    """The figures of a scope."""
    query: StatisticsQuery = call.query
    scope = call.actor.scope if query.scope is None else parse_scope(query.scope)
    found = show_statistics(call.services, call.actor, scope, days=query.days, direction=query.direction)
    return StatisticsView(
        scope=found.scope,
        direction=found.direction,
        since=views.moment(found.since_ms / 1000),
        messages=found.looked_at,
        complete=found.complete,
        octets=found.octets,
        days=[DayCount(day, _plain(counted)) for day, counted in sorted(found.days.items())],
        statuses=_plain(found.statuses),
        verdicts=dict(sorted(found.verdicts.items())),
        scores=found.scores,
        senders=_shares(found.senders),
        held_senders=_shares(found.blocked_senders),
        recipients=_shares(found.recipients),
        reasons=_shares(found.reasons),
        held=found.held,
        held_wrongly=found.held_wrongly,
        passed=found.passed,
        missed=found.missed,
        delivery=DeliverySeconds(*found.seconds) if found.seconds else None,
        cost=CostEstimate(
            found.cost, found.cost_ses, found.cost / found.looked_at if found.looked_at else 0.0
        ),
    )


STATISTICS: tuple[Endpoint, ...] = (
    Endpoint(
        "GET",
        "/v1/statistics",
        "showStatistics",
        "Figures about the mail of the last days",
        show,
        answer=StatisticsView,
        query=StatisticsQuery,
        description=(
            "Volume by day and status, verdicts, scores, who sends and gets most, how often the filter was wrong as far as people said, how long "
            "delivery took, what it cost by estimate. Reads the scope's lists, newest first, up to 20,000 messages."
        ),
        example_answer={
            "scope": "example.org",
            "direction": "incoming",
            "since": "2026-09-07T14:13:20Z",
            "messages": 2,
            "complete": True,
            "octets": 4096,
            "days": [{"day": "2026-09-21", "statuses": {"delivered": 1, "quarantined": 1}}],
            "statuses": {"delivered": 1, "quarantined": 1},
            "verdicts": {"ham": 1, "spam": 1},
            "scores": [1, *[0] * 18, 1],
            "senders": [{"name": "eve@spam.example", "count": 1}],
            "held_senders": [{"name": "eve@spam.example", "count": 1}],
            "recipients": [{"name": "bob@example.org", "count": 1}],
            "reasons": [{"name": "spam", "count": 1}],
            "held": 1,
            "held_wrongly": 0,
            "passed": 1,
            "missed": 0,
            "delivery": {"p50": 1.2, "p90": 1.2, "p99": 1.2},
            "cost": {"total": 0.0004, "ses": 0.0002, "message": 0.0002},
        },
    ),
)
