"""The part of the table about all settings of a scope in one document."""

from __future__ import annotations

from typing import Any

from pratique.domain.errors import Conflict, Outdated

from . import settings_file as wire
from .endpoint import Endpoint
from .endpoints import settings

_DOCUMENT: dict[str, Any] = {
    "format": 1,
    "scope": "example.org",
    "policy": {"spam_at": 0.95, "retention_days": None},
    "entries": [
        {
            "pattern": "*.spam.example",
            "kind": "block",
            "direction": "incoming",
            "match": "both",
            "needs_dmarc": True,
            "expires_at": None,
            "idle_days": 0,
            "reason": "reported",
        }
    ],
    "route": {
        "kind": "smtp",
        "host": "mx.example.org",
        "port": 587,
        "tls": "required",
        "credentials": "",
        "sender": "",
    },
    "aliases": {
        "separators": "+",
        "same_as": None,
        "catch_all": None,
        "addresses": {"info@example.org": "bob@example.org"},
    },
}

SETTINGS: tuple[Endpoint, ...] = (
    Endpoint(
        "GET",
        "/v1/settings/{scope}",
        "exportSettings",
        "Everything that a scope chose, in one document",
        settings.export,
        answer=wire.SettingsDocument,
        description="Its policy and lists; of a domain its route and aliases too. Importing what was exported changes nothing.",
        example_answer=_DOCUMENT,
    ),
    Endpoint(
        "PUT",
        "/v1/settings/{scope}",
        "importSettings",
        "Make a scope's settings what a document tells",
        settings.import_,
        answer=wire.SettingsResult,
        query=wire.SettingsQuery,
        body=wire.SettingsDocument,
        errors=(Conflict, Outdated),
        description=(
            "Checked as a whole before anything is written. Parts that are left out stay as they are. Repeating the call is harmless: "
            "what is as it should be is not written again."
        ),
        example_body=_DOCUMENT,
        example_answer={
            "changes": [{"part": "policy", "name": "spam_at", "before": "inherit", "after": "0.95"}],
            "applied": True,
        },
    ),
)
