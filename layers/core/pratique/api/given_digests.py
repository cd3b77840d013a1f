"""What goes out about digests."""

from __future__ import annotations

from datetime import UTC, datetime

from pratique.domain.scope import Scope
from pratique.usecases.request_digest import DigestView

from .given import Given


class DigestAnswer(Given, frozen=True):
    """A scope's digests. `held` is how many messages would be listed now; times are null for never."""

    scope: str
    on: bool
    to: list[str]
    frequency: str
    zone: str
    language: str
    sent_at: str | None
    due_at: str | None
    held: int


def digest_answer(scope: Scope, view: DigestView) -> DigestAnswer:
    """As the API shows it."""
    return DigestAnswer(
        scope=str(scope),
        on=bool(view.to),
        to=[str(each) for each in view.to],
        frequency=view.plan.frequency.value,
        zone=view.plan.zone,
        language=view.plan.language,
        sent_at=_time(view.sent),
        due_at=_time(view.due),
        held=view.held,
    )


def _time(at: int) -> str | None:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None
