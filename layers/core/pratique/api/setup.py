"""The set-up check over the wire."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from pratique.domain.scope import parse_scope
from pratique.domain.setup_check import Standing
from pratique.usecases.check_setup import check_setup

from . import views
from .endpoint import Call, Endpoint
from .given import Given


class SetupPoint(Given, frozen=True):
    """One point of the set-up."""

    name: Annotated[str, Meta(examples=["mx"])]
    standing: Standing
    found: str
    advice: Annotated[str, Meta(description="What to do about it; empty for nothing")]


class SetupView(Given, frozen=True):
    """How the set-up of a domain stands. `ready` is false where any point failed."""

    domain: str
    ready: bool
    points: list[SetupPoint]


def check(call: Call) -> SetupView:
    """Test it."""
    scope = parse_scope(call.path["domain"])
    points = check_setup(call.services, call.actor, scope)
    return SetupView(
        domain=scope.name,
        ready=all(point.standing is not Standing.FAILED for point in points),
        points=[SetupPoint(p.name, p.standing, views.clean(p.found), p.advice) for p in points],
    )


SETUP: tuple[Endpoint, ...] = (
    Endpoint(
        "GET",
        "/v1/setup/{domain}",
        "checkSetup",
        "Test the set-up of a domain, point by point",
        check,
        answer=SetupView,
        description=(
            "MX, SPF and DMARC records; SES's active receipt rule and the domain's identity; whether the next hop answers; whether mail comes in and "
            "goes out. Sends nothing and changes nothing. What cannot be asked from here is `unknown`."
        ),
        example_answer={
            "domain": "example.org",
            "ready": True,
            "points": [
                {
                    "name": "mx",
                    "standing": "ok",
                    "found": "inbound-smtp.eu-west-1.amazonaws.com (10)",
                    "advice": "",
                }
            ],
        },
    ),
)
