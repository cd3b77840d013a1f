"""What answers about policies look like, for the document."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pratique.domain.policy import DEFAULTS, Policy

_OWN: dict[str, Any] = {**asdict(Policy()), "quarantine": True, "spam_at": 0.95}

POLICY: dict[str, Any] = {
    "scope": "example.org",
    "version": 12,
    "changed_at": "2026-09-21T14:13:20Z",
    "changed_by": "token:desk",
    "own": _OWN,
    "effective": {**asdict(DEFAULTS), "spam_at": 0.95, "disallowed_extensions": []},
    "sources": {
        **dict.fromkeys(asdict(DEFAULTS), "built-in"),
        "quarantine": "example.org",
        "spam_at": "example.org",
    },
}
VERSION: dict[str, Any] = {
    "version": 12,
    "at": "2026-09-21T14:13:20Z",
    "by": "token:desk",
    "channel": "api",
    "note": "",
    "changed": ["spam_at"],
    "own": _OWN,
}
REQUEST: dict[str, Any] = {
    "state": "open",
    "by": "token:phone",
    "at": "2026-09-22T06:00:00Z",
    "text": "our supplier's invoice",
    "answered_by": "",
    "answered_at": None,
    "note": "",
}
ANSWER: dict[str, Any] = {
    **REQUEST,
    "state": "denied",
    "answered_by": "token:desk",
    "answered_at": "2026-09-22T08:00:00Z",
    "note": "it asks for your password",
}
