"""Mail that is sent, and who sends it."""

from __future__ import annotations

from pratique.domain.address import parse_address
from pratique.domain.scope import parse_scope
from pratique.usecases.manage_identities import (
    identity_named,
    list_identities,
    lock_identity,
    unlock_identity,
)

from .. import outgoing
from ..endpoint import Call
from ..errors import TooLarge


def send(call: Call) -> outgoing.OutgoingResult:
    """Take in a message to send."""
    from pratique.usecases.submit_upload import (  # noqa: PLC0415 - brings the mail parser, which no other call needs at a cold start
        submit_upload,
    )

    body: outgoing.OutgoingRequest = call.body
    if len(body.raw) > outgoing.MAX_RAW:
        raise TooLarge(f"a message by API has at most {outgoing.MAX_RAW} octets; send larger ones by SMTP")
    done = submit_upload(
        call.services,
        call.actor,
        mail_from=body.mail_from,
        recipients=[parse_address(each) for each in body.recipients],
        raw=body.raw,
        key=call.key,
    )
    copies = [outgoing.SentCopy(str(copy.id), str(copy.id.recipient), copy.state) for copy in done.copies]
    return outgoing.OutgoingResult(done.message, not done.refused, copies)


def list_(call: Call) -> outgoing.IdentityList:
    """A page of identities."""
    query: outgoing.IdentityQuery = call.query
    page = list_identities(
        call.services,
        call.actor,
        call.actor.scope if query.scope is None else parse_scope(query.scope),
        locked=query.locked,
        limit=query.limit,
        cursor=query.cursor,
    )
    now = call.services.clock.now_ms() // 1000
    return outgoing.IdentityList([outgoing.view(each, now) for each in page.standings], page.cursor)


def lock(call: Call) -> outgoing.IdentityView:
    """Let somebody send nothing."""
    body: outgoing.LockRequest = call.body
    done = lock_identity(
        call.services,
        call.actor,
        identity_named(call.services, parse_scope(body.user), body.sender),
        minutes=body.minutes,
        reason=body.reason,
    )
    return outgoing.view(done, call.services.clock.now_ms() // 1000)


def unlock(call: Call) -> outgoing.IdentityView:
    """End a lock."""
    body: outgoing.UnlockRequest = call.body
    done = unlock_identity(
        call.services, call.actor, identity_named(call.services, parse_scope(body.user), body.sender)
    )
    return outgoing.view(done, call.services.clock.now_ms() // 1000)
