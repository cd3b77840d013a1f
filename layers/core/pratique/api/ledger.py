"""The ledger over the wire: histories."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta

from pratique.domain.lifecycle import State
from pratique.domain.policy import Disposition
from pratique.domain.verdict import Verdict
from pratique.usecases.read_history import Life

from . import views
from .given import Given, Step


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
