"""The part of the table about the ledger: what became of mail, how it adds up, who did what."""

from __future__ import annotations

from . import ledger as wire
from .endpoint import Endpoint
from .endpoints import ledger

LEDGER: tuple[Endpoint, ...] = (
    Endpoint(
        "GET",
        "/v1/messages/{id}/history",
        "readHistory",
        "What became of a message, also when it is gone",
        ledger.history,
        answer=wire.HistoryView,
        description="From its acceptance to the next hop's answer. Kept for a time after the end (90 days unless the installation says otherwise).",
        example_answer=wire.HISTORY,
    ),
)
