"""What a copy's row says of the policies it was judged by, and of what its recipient may do with it, and asked for."""

from __future__ import annotations

import json
from typing import Any

from pratique.domain.message import Copy
from pratique.domain.policy import NotationPlace
from pratique.domain.release_request import ReleaseRequest, RequestState
from pratique.domain.rights import Reason

from .table import Row, text, words


def add_judged(row: Row, copy: Copy) -> None:
    """Put it into a new row; what has its usual value is left out."""
    if copy.notation_in is not NotationPlace.SUBJECT:
        row["notation_in"] = text(copy.notation_in)
    if copy.policy_versions:
        row["policies"] = text(json.dumps(copy.policy_versions))
    if copy.held_for is not None:
        row["held_for"] = text(copy.held_for)
    if copy.release_request is not None:
        row["ask"] = text(request_text(copy.release_request))
        row["asked"] = text(copy.release_request.state)
    if copy.extensions:
        row["extensions"] = text(" ".join(copy.extensions))


def judged_in(row: Row) -> dict[str, Any]:
    """The fields of a copy that a row holds of it."""
    return {
        "notation_in": NotationPlace(words(row, "notation_in", NotationPlace.SUBJECT)),
        "policy_versions": tuple(json.loads(words(row, "policies", "[]"))),
        "held_for": Reason(words(row, "held_for")) if "held_for" in row else None,
        "extensions": tuple(words(row, "extensions").split()),
        "release_request": _request(words(row, "ask")) if "ask" in row else None,
    }


def request_text(request: ReleaseRequest) -> str:
    """A request for release in one attribute."""
    return json.dumps(list(request))


def _request(stored: str) -> ReleaseRequest:
    state, *others = json.loads(stored)
    return ReleaseRequest(RequestState(state), *others)
