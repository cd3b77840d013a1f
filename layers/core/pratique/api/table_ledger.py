"""The part of the table about the ledger: what became of mail, how it adds up, who did what."""

from __future__ import annotations

from typing import Any

from pratique.domain.errors import Conflict

from . import actions as acts
from . import ledger as wire
from .endpoint import Endpoint
from .endpoints import gaps, ledger

_TALLY: dict[str, Any] = {
    "day": None,
    "received": 120,
    "delivered": 90,
    "held": 20,
    "released": 3,
    "removed": 2,
    "expired": 4,
    "failed": 0,
    "in_flight": 1,
    "adds_up": True,
}
_ACTION: dict[str, Any] = {
    "id": "01K5N6R4M0Q8T7V2Y5Z9ABCDEF",
    "at": "2026-09-21T14:13:20Z",
    "actor": "bob@example.org",
    "channel": "api",
    "scope": "bob@example.org",
    "verb": "message.remove",
    "subject": wire.HISTORY["id"],
    "deeds": [{"kind": "remove", "target": wire.HISTORY["id"]}],
    "undo_until": "2026-09-24T14:13:20Z",
    "undone_at": None,
    "undone_by": "",
}
_GAP: dict[str, Any] = {
    "id": "0k3s2j5l8d7f6g4h1a9p0o2i4u6y8t5r3e1w7q01",
    "kind": "no_envelope",
    "found_at": "2026-09-21T20:43:20Z",
    "stored_at": "2026-09-21T14:13:20Z",
    "size": 2048,
    "hint": "",
}

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
    Endpoint(
        "GET",
        "/v1/actions/{id}",
        "readAction",
        "What somebody did",
        ledger.action,
        answer=acts.ActionView,
        description="For a week after. The id is in the header `pratique-action` of the answer to the call, and in `decided` of a message.",
        example_answer=_ACTION,
    ),
    Endpoint(
        "POST",
        "/v1/actions/{id}/undo",
        "undoAction",
        "Take an action back",
        ledger.undo,
        answer=acts.UndoResult,
        errors=(Conflict,),
        description=(
            "Within 72 hours, as far as it is still as the action left it: each part says what became of it. A delivery cannot be taken back. "
            "Twice is once."
        ),
        example_answer={
            "action": {**_ACTION, "undone_at": "2026-09-21T14:20:00Z", "undone_by": "bob@example.org"},
            "parts": [{"kind": "remove", "target": wire.HISTORY["id"], "outcome": "undone", "note": ""}],
        },
    ),
    Endpoint(
        "GET",
        "/v1/audit",
        "listAudit",
        "Who changed what, newest first",
        ledger.audit,
        answer=acts.AuditList,
        query=acts.AuditQuery,
        description="Of exactly one scope: your own unless `scope` names one inside it.",
        example_answer={
            "entries": [
                {
                    "seq": 7,
                    "at": "2026-09-21T14:13:20Z",
                    "actor": "bob@example.org",
                    "channel": "api",
                    "scope": "bob@example.org",
                    "action": "message.remove",
                    "subject": wire.HISTORY["id"],
                    "action_id": _ACTION["id"],
                }
            ],
            "cursor": None,
        },
    ),
    Endpoint(
        "GET",
        "/v1/ledger",
        "showCounts",
        "How mail adds up",
        ledger.counts,
        answer=wire.CountsView,
        query=wire.CountsQuery,
        description="received = delivered + held + released + removed + expired + failed + in_flight, exactly, by the day of acceptance (UTC).",
        example_answer={"scope": "example.org", "total": _TALLY, "days": [{**_TALLY, "day": "2026-09-21"}]},
    ),
    Endpoint(
        "GET",
        "/v1/ledger/verify",
        "verifyLedger",
        "Check the audit's chain, and the counts",
        ledger.verify,
        answer=wire.VerifyResult,
        query=wire.VerifyQuery,
        description="One step of up to 500 entries: go on with `cursor`. `faults` says what is wrong.",
        example_answer={
            "entries": 12,
            "scopes": 1,
            "faults": ["example.org: entry 4 was changed: its hash is another"],
            "cursor": None,
        },
    ),
    Endpoint(
        "GET",
        "/v1/ledger/gaps",
        "listGaps",
        "What nobody accounts for",
        gaps.list_,
        answer=wire.GapList,
        query=wire.GapQuery,
        description="For the operator. Each waits for somebody who knows whom the message was for.",
        example_answer={"gaps": [_GAP], "cursor": None},
    ),
    Endpoint(
        "POST",
        "/v1/ledger/gaps/{id}/recover",
        "recoverMessage",
        "Take in a stored message for named recipients",
        gaps.recover,
        answer=wire.RecoverResult,
        body=wire.RecoverRequest,
        description="For the operator. Recipients that have it already stay. Repeating the call is harmless.",
        example_body={"recipients": ["bob@example.org"], "mail_from": "alice@example.net"},
        example_answer={"copies": [wire.HISTORY["id"]]},
    ),
    Endpoint(
        "DELETE",
        "/v1/ledger/gaps/{id}",
        "closeGap",
        "There is nothing more to do about it",
        gaps.close,
        status=204,
        description="For the operator.",
    ),
)
