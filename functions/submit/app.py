"""Take in a message that a login gave to the gateway. A refusal is an answer; anything else goes up, and the gateway tries again."""

from __future__ import annotations

from typing import Any

from pratique import bootstrap
from pratique.domain.errors import Refusal
from pratique.usecases.submission_event import read_submission, refused
from pratique.usecases.submit_message import submit_message


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer `{"message", "refused", "copies"}`, or `{"error", "detail", "later"}` where nothing was taken (usecases/submission_event.py)."""
    actor, submission = read_submission(event)
    try:
        done = submit_message(bootstrap.services(), actor, submission)
    except Refusal as refusal:
        return refused(refusal)
    return {
        "message": done.message,
        "refused": done.refused,
        "copies": [
            {"id": str(copy.id), "recipient": str(copy.id.recipient), "state": copy.state.value}
            for copy in done.copies
        ],
    }
