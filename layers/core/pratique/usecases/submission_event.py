"""The event by which a gateway hands over what a login gave it: made there, read by functions/submit.

{"submission": {"id", "received_ms", "mail_from", "recipients", "client_ip", "helo", "actor": {"name", "scope"}}}

Whoever has the right to invoke that function is believed: who logged in is not checked again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pratique.domain.actor import Actor, Channel
from pratique.domain.address import parse_address
from pratique.domain.errors import InvalidInput, LimitReached, Refusal, SenderLocked
from pratique.domain.scope import scope_from_key
from pratique.usecases.draft_submission import Submission


def submission_event(actor: Actor, submission: Submission) -> dict[str, Any]:
    """The event of a submission."""
    return {
        "submission": {
            "id": submission.source_id,
            "received_ms": submission.received_ms,
            "mail_from": submission.mail_from,
            "recipients": [str(each) for each in submission.recipients],
            "client_ip": submission.client_ip,
            "helo": submission.helo.encode("utf-8", "replace").decode(),
            "actor": {"name": actor.name, "scope": actor.scope.key},
        }
    }


def read_submission(event: object) -> tuple[Actor, Submission]:
    """Whose, and what. Raises InvalidInput for anything that submission_event did not make."""
    found = _mapping(_mapping(event).get("submission"))
    who, received = _mapping(found.get("actor")), found.get("received_ms")
    recipients = found.get("recipients")
    if not isinstance(received, int) or received < 0 or not isinstance(recipients, list):
        raise InvalidInput("not a submission")
    actor = Actor(_text(who, "name"), scope_from_key(_text(who, "scope")), Channel.SMTP)
    return actor, Submission(
        source_id=_text(found, "id"),
        received_ms=received,
        mail_from=_text(found, "mail_from"),
        recipients=tuple(dict.fromkeys(parse_address(str(each)) for each in recipients)),
        client_ip=_text(found, "client_ip"),
        helo=_text(found, "helo"),
    )


def refused(refusal: Refusal) -> dict[str, Any]:
    """What the function answers where nothing was taken; `later` says that the same may be taken later."""
    locked = isinstance(refusal, SenderLocked) and not refusal.forever
    return {
        "error": refusal.code,
        "detail": str(refusal.args[0]) if refusal.args else "",
        "later": locked or isinstance(refusal, LimitReached),
    }


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""
