"""What answers look like, for the document. A test decodes each with its schema."""

from __future__ import annotations

from typing import Any

ID = "01K5N6R4M0Q8T7V2Y5Z9ABCDEF.Ym9iQGV4YW1wbGUub3Jn"

MESSAGE: dict[str, Any] = {
    "id": ID,
    "recipient": "bob@example.org",
    "owner": "bob@example.org",
    "direction": "incoming",
    "state": "held",
    "status": "quarantined",
    "verdict": "spam",
    "disposition": "quarantine",
    "score": 0.97,
    "received_at": "2026-09-21T14:13:20Z",
    "expires_at": "2026-10-19T14:13:20Z",
    "sender": "eve@spam.example",
    "subject": "Cheap things",
    "size": 2048,
    "lesson": "",
    "attempts": 0,
    "reply": "",
    "chance": 0.03,
    "reasons": ["the sender is proven", "near the threshold"],
    "folded": [],
    "offer": None,
    "decided": {
        "at": "2026-09-21T14:13:21Z",
        "state": "held",
        "actor": "filter",
        "channel": "ses",
        "action": "",
    },
    "held_for": "spam",
    "release_request": None,
}
DETAIL: dict[str, Any] = {
    "message": MESSAGE,
    "contributions": [
        {"signal": "classifier", "weight": 3.5, "detail": ""},
        {"signal": "dmarc", "weight": -0.4, "detail": "pass"},
    ],
    "history": [
        {
            "at": "2026-09-21T14:13:21Z",
            "state": "held",
            "actor": "filter",
            "channel": "ses",
            "note": "",
            "what": "move",
            "action": "",
        }
    ],
    "checks": {
        "spf": "pass",
        "dkim": "pass",
        "dmarc": "pass",
        "spam": "unknown",
        "virus": "pass",
        "dmarc_policy": "none",
    },
    "mail_from": "eve@spam.example",
    "header_from": "Eve <eve@spam.example>",
    "header_message_id": "<1@spam.example>",
    "date": "Mon, 21 Sep 2026 14:13:20 +0000",
    "client_ip": "192.0.2.7",
    "helo": "mx.spam.example",
    "defects": [],
    "policies": [
        {"scope": "bob@example.org", "version": 0},
        {"scope": "example.org", "version": 12},
        {"scope": "global", "version": 3},
    ],
    "extensions": ["pdf"],
}
PREVIEW: dict[str, Any] = {
    "text": "Cheap things, only today.",
    "page": "/v1/pages/AbC…",
    "remote_blocked": True,
    "cut": False,
    "headers": [{"name": "From", "value": "Eve <eve@spam.example>"}],
    "links": [{"target": "http://203.0.113.9/", "shown": "www.bank.example", "misleading": True}],
    "attachments": [
        {
            "filename": "invoice.zip",
            "media_type": "application/zip",
            "size": 1024,
            "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "kind": "zip",
            "inside": ["invoice.exe"],
            "marks": [],
        }
    ],
}
BULK: dict[str, Any] = {
    "answers": [
        {"id": ID, "ok": True, "state": "releasing", "code": None, "detail": None},
        {"id": "01K5…", "ok": False, "state": None, "code": "not_found", "detail": "no such message"},
    ]
}
ROUTE: dict[str, Any] = {
    "domain": "example.org",
    "kind": "smtp",
    "host": "mx.example.org",
    "port": 587,
    "tls": "required",
    "credentials": "",
    "sender": "",
}
TOKEN: dict[str, Any] = {
    "id": "01K5N6R4M0Q8T7V2Y5Z9ABCDEF",
    "name": "desk",
    "scope": "example.org",
    "may_write": True,
    "created_at": "2026-09-21T14:13:20Z",
    "created_by": "token:operator",
    "expires_at": None,
}
PASSWORD: dict[str, Any] = {
    "id": "01K5N6R4M0Q8T7V2Y5Z9ABCDEF",
    "login": "bob@example.org",
    "label": "Thunderbird",
    "may_write": True,
    "created_at": "2026-09-21T14:13:20Z",
    "created_by": "token:operator",
    "expires_at": None,
    "used_at": "2026-09-22T06:00:00Z",
}
STATUS: dict[str, Any] = {
    "scope": "global",
    "queues": {"deliver": {"waiting": 0, "dead": 0}, "learn": {"waiting": 2, "dead": 0}},
    "lessons_pending": 40,
    "lessons_applied": 4837,
    "lessons_parked": 0,
    "model": "00000000000000000042",
}
WHY: dict[str, Any] = {
    "message": MESSAGE,
    "summary": "It scores 0.97, at or above the quarantine threshold of 0.9, mostly because of classifier (+3.50).",
    "log_odds": 3.5,
    "spam_at": 0.9,
    "held": True,
    "contributions": [{"signal": "classifier", "weight": 3.5, "detail": "like spam"}],
    "words": [{"text": "pills", "weight": 1.25}, {"text": "regards", "weight": -0.5}],
    "flips": [
        {
            "kind": "evidence",
            "text": "Without classifier (+3.50) it would not have been spam: it would score 0.50.",
            "absent": ["classifier"],
            "score": 0.5,
        },
        {
            "kind": "threshold",
            "text": "A quarantine threshold of 0.98 would have let it pass.",
            "absent": [],
            "score": None,
        },
    ],
    "past": ["Nearly the same text: 3 released."],
    "neighbours": [{"message": MESSAGE, "likeness": "text", "distance": 2, "decision": "released"}],
}
_GROUP = {"copies": 0, "released": 0, "removed": 0, "reported_ham": 0, "reported_spam": 0, "examples": []}
WHAT_IF: dict[str, Any] = {
    "scope": "example.org",
    "looked_at": 1_200,
    "oldest": "2026-09-07T14:13:20Z",
    "newest": "2026-09-21T14:13:20Z",
    "held_then": 301,
    "held_now": 300,
    "held_changed": 299,
    "held": _GROUP,
    "freed": {**_GROUP, "copies": 1, "released": 1, "examples": [{"message": MESSAGE, "score": 0.94}]},
    "cursor": None,
}
