"""The ledger over the wire: histories, counts, gaps."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta

from pratique.domain.gap import Gap, GapKind
from pratique.domain.lifecycle import LIVE, State
from pratique.domain.policy import Disposition
from pratique.domain.tally import Tally
from pratique.domain.verdict import Verdict
from pratique.usecases.read_history import Life

from . import views
from .asked import Asked, PageSize, ScopeText
from .given import Given, JudgedBy, Step


class HistoryView(Given, frozen=True):
    """A copy's whole life, also after its end: `state` is what became of it, `ended_at` when it went (null while it is there)."""

    id: str
    recipient: str
    owner: str
    state: State
    received_at: datetime
    source: Annotated[
        str, Meta(description="The receiving server: `ses` or `edge`; empty when the facts are gone")
    ]
    client_ip: str
    mail_from: Annotated[
        str, Meta(description="The envelope's sender; empty for the null sender and when the facts are gone")
    ]
    sender: str
    size: Annotated[int, Meta(description="Octets")]
    verdict: Verdict
    score: float
    disposition: Disposition
    policies: Annotated[list[JudgedBy], Meta(description="Those it was judged by, the nearest first")]
    ended_at: datetime | None
    purged: Annotated[bool, Meta(description="Whether the bytes are gone, with the last copy")]
    steps: list[Step]


def view(life: Life) -> HistoryView:
    """A history as it is shown."""
    found = life.history
    return HistoryView(
        id=str(found.id),
        recipient=str(found.id.recipient),
        owner=str(found.id.owner),
        state=found.state,
        received_at=views.moment(found.received_ms / 1000),
        source=life.source,
        client_ip=views.clean(life.client_ip),
        mail_from=views.clean(life.mail_from),
        sender=views.clean(found.sender),
        size=found.size,
        verdict=found.verdict,
        score=found.score,
        disposition=found.disposition,
        policies=views.judged_by(found.id, found.policy_versions),
        ended_at=views.moment(found.ended_ms / 1000) if found.ended_ms else None,
        purged=life.purged,
        steps=[views.step(event) for event in found.events],
    )


HISTORY: dict[str, Any] = {
    "id": "01K5N6R4M0Q8T7V2Y5Z9ABCDEF.Ym9iQGV4YW1wbGUub3Jn",
    "recipient": "bob@example.org",
    "owner": "bob@example.org",
    "state": "expired",
    "received_at": "2026-09-21T14:13:20Z",
    "source": "",
    "client_ip": "",
    "mail_from": "",
    "sender": "eve@spam.example",
    "size": 2048,
    "verdict": "spam",
    "score": 0.97,
    "disposition": "quarantine",
    "policies": [{"scope": "example.org", "version": 3}],
    "ended_at": "2026-10-19T14:15:00Z",
    "purged": True,
    "steps": [
        {
            "at": "2026-09-21T14:13:21Z",
            "state": "held",
            "actor": "filter",
            "channel": "ses",
            "note": "",
            "what": "move",
            "action": "",
        },
        {
            "at": "2026-10-19T14:15:00Z",
            "state": "expired",
            "actor": "sweep",
            "channel": "clock",
            "note": "its time was up",
            "what": "move",
            "action": "",
        },
    ],
}


class CountsQuery(Asked, frozen=True):
    """Whose counts: your own scope's (a domain or everything) unless `scope` names one inside it; `days` of them one by one, the newest first."""

    scope: ScopeText | None = None
    days: Annotated[int, Meta(ge=0, le=400)] = 7


class TallyView(Given, frozen=True):
    """received = delivered + held + released + removed + expired + failed + in_flight. `day` is the day (UTC) of their acceptance, null for all."""

    day: str | None
    received: int
    delivered: int
    held: int
    released: int
    removed: int
    expired: int
    failed: int
    in_flight: int
    adds_up: bool


class CountsView(Given, frozen=True):
    """Where the mail of a domain, or all mail, is now. The counts follow the mail by seconds."""

    scope: str
    total: TallyView
    days: list[TallyView]


def tally_view(day: str | None, tally: Tally) -> TallyView:
    """One line of figures."""
    states = {state: tally.states.get(state, 0) for state in State if state not in LIVE}
    return TallyView(
        day=f"{day[:4]}-{day[4:6]}-{day[6:]}" if day else None,
        received=tally.received,
        delivered=states[State.DELIVERED],
        held=states[State.HELD],
        released=states[State.RELEASED],
        removed=states[State.REMOVED],
        expired=states[State.EXPIRED],
        failed=states[State.FAILED],
        in_flight=tally.in_flight,
        adds_up=tally.adds_up,
    )


class VerifyQuery(Asked, frozen=True):
    """What to check: the chain and the counts of one scope, or (left out) of every scope that you may see. Go on with `cursor`."""

    scope: ScopeText | None = None
    cursor: Annotated[str, Meta(max_length=400)] | None = None


class VerifyResult(Given, frozen=True):
    """What was checked in this step, and what is wrong. `cursor` goes on; null at the end."""

    entries: int
    scopes: int
    faults: list[str]
    cursor: str | None


class GapQuery(Asked, frozen=True):
    """A page of what nobody accounts for."""

    limit: PageSize = 50
    cursor: Annotated[str, Meta(max_length=200)] | None = None


class GapView(Given, frozen=True):
    """Something that reconcile could not mend by itself."""

    id: str
    kind: GapKind
    found_at: datetime
    stored_at: datetime | None
    size: int
    hint: Annotated[
        str, Meta(description="The recipient that the receiving server wrote down, empty for none")
    ]


class GapList(Given, frozen=True):
    """A page, by id. `cursor` is null on the last one."""

    gaps: list[GapView]
    cursor: str | None


class RecoverRequest(Asked, frozen=True):
    """Whom the message was for: its envelope, as somebody knows it (from the sender, or another server's log). Nobody guesses it from To or Cc."""

    recipients: Annotated[list[Annotated[str, Meta(max_length=320)]], Meta(max_length=100)]
    mail_from: Annotated[str, Meta(max_length=320)] = ""


class RecoverResult(Given, frozen=True):
    """The copies that there are now."""

    copies: list[str]


def gap_view(gap: Gap) -> GapView:
    """One gap."""
    return GapView(
        id=gap.id,
        kind=gap.kind,
        found_at=views.moment(gap.found_ms / 1000),
        stored_at=views.moment(gap.stored_ms / 1000) if gap.stored_ms else None,
        size=gap.size,
        hint=views.clean(gap.hint),
    )
