"""The part of the table about digests."""

from __future__ import annotations

from typing import Any

from pratique.domain.errors import LimitReached

from .endpoint import Endpoint
from .endpoints import digests
from .given_digests import DigestAnswer

_EXAMPLE: dict[str, Any] = {
    "scope": "bob@example.org",
    "on": True,
    "to": ["bob@example.org"],
    "frequency": "daily",
    "zone": "Europe/Vienna",
    "language": "de",
    "sent_at": "2026-09-21T05:00:12Z",
    "due_at": "2026-09-22T05:00:00Z",
    "held": 3,
}
DIGESTS: tuple[Endpoint, ...] = (
    Endpoint(
        "GET",
        "/v1/digests/{scope}",
        "showDigest",
        "When digests go, and to whom",
        digests.show,
        answer=DigestAnswer,
        description="Of a domain or an address. What they are like is part of its policy (`digest`, `digest_...`).",
        example_answer=_EXAMPLE,
    ),
    Endpoint(
        "POST",
        "/v1/digests/{scope}",
        "requestDigest",
        "Send a digest now",
        digests.request,
        answer=DigestAnswer,
        status=202,
        errors=(LimitReached,),
        description=(
            "Of everything that is held, also where none are sent by the clock. Nothing is sent where `held` is 0. Three in ten minutes; "
            "more are refused."
        ),
        example_answer=_EXAMPLE,
    ),
)
