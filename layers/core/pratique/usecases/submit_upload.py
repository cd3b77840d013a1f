"""A message to send that comes as a whole, by the API: for servers that have no SMTP, and no login for it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence

from pratique.domain.actor import Actor
from pratique.domain.address import Address
from pratique.domain.errors import Conflict, InvalidInput
from pratique.domain.policy import DAY
from pratique.ports.services import Services
from pratique.usecases.draft_submission import Submission
from pratique.usecases.submission_bytes import as_submitted
from pratique.usecases.submit_message import Submitted, submit_message
from pratique.usecases.who_may_send import permit

KEPT_SECONDS = 2 * DAY
"""For so long the same key is the same message."""


def submit_upload(
    services: Services,
    actor: Actor,
    *,
    mail_from: str,
    recipients: Sequence[Address],
    raw: bytes,
    key: str | None = None,
) -> Submitted:
    """Take in a message. With `key` the same request again is the same message: nothing is sent twice.

    Raises as submit_message, and Conflict for a key that was used for another message.
    """
    if not raw.strip():
        raise InvalidInput("an empty message")
    permit(services, actor, mail_from)  # nothing is stored for whoever may not send
    source_id, at_ms = secrets.token_hex(20), services.clock.now_ms()
    people = tuple(dict.fromkeys(recipients))
    if key is not None:
        source_id = hashlib.sha256(f"{actor.scope.key}\0{key}".encode()).hexdigest()[:40]
        digest = _digest(mail_from, people, raw)
        at_ms, known = services.identities.add_submission(
            source_id, at_ms=at_ms, digest=digest, expires_at=at_ms // 1000 + KEPT_SECONDS
        )
        if known != digest:
            raise Conflict("this Idempotency-Key was used for another message")
    made = as_submitted(
        raw, host=services.options.hostname, source_id=source_id, received_ms=at_ms, client_ip="", helo=""
    )
    services.store.put(services.options.out_prefix + source_id, made)
    return submit_message(services, actor, Submission(source_id, at_ms, mail_from, people))


def _digest(mail_from: str, recipients: Sequence[Address], raw: bytes) -> str:
    digest = hashlib.sha256()
    for part in (mail_from, *map(str, recipients)):
        digest.update(part.encode("utf-8", "surrogateescape") + b"\0")
    digest.update(b"\0" + raw)
    return digest.hexdigest()
