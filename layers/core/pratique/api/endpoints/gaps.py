"""What nobody accounts for: the operator's."""

from __future__ import annotations

from pratique.usecases.recover_message import close_gap, list_gaps, recover_message

from .. import ledger as wire
from ..endpoint import Call


def list_(call: Call) -> wire.GapList:
    """A page."""
    query: wire.GapQuery = call.query
    found = list_gaps(call.services, call.actor, limit=query.limit, after=query.cursor or "")
    more = found[-1].id if len(found) == query.limit else None
    return wire.GapList(gaps=[wire.gap_view(gap) for gap in found], cursor=more)


def recover(call: Call) -> wire.RecoverResult:
    """Somebody knows whom it was for."""
    body: wire.RecoverRequest = call.body
    copies = recover_message(call.services, call.actor, call.path["id"], body.recipients, body.mail_from)
    return wire.RecoverResult(copies=[str(each) for each in copies])


def close(call: Call) -> None:
    """Nothing more can be done."""
    close_gap(call.services, call.actor, call.path["id"])
