"""What nobody accounts for: listed for the operator, who may know what no machine does."""

from __future__ import annotations

from collections.abc import Sequence

from pratique.domain.actor import Actor
from pratique.domain.address import parse_address
from pratique.domain.envelope import Envelope
from pratique.domain.errors import NotFound
from pratique.domain.gap import Gap
from pratique.domain.ids import CopyId
from pratique.domain.scope import GLOBAL
from pratique.ports.services import Services
from pratique.usecases.record_change import record_change


def list_gaps(services: Services, actor: Actor, *, limit: int, after: str = "") -> list[Gap]:
    """Open gaps, by id. Raises NotFound (not the operator)."""
    actor.must_see(GLOBAL)
    return services.ledger.gaps(limit=limit, after=after)


def recover_message(
    services: Services, actor: Actor, source_id: str, recipients: Sequence[str], mail_from: str
) -> tuple[CopyId, ...]:
    """Take in a stored message for the recipients that somebody names; those it has already stay. Its gap is closed. Again is harmless.

    Raises NotFound (not the operator; no such message), Forbidden, InvalidInput.
    """
    from pratique.usecases.reconcile_objects import recover  # noqa: PLC0415 - brings the mail parser

    actor.must_change(GLOBAL)
    people = tuple(dict.fromkeys(parse_address(each) for each in recipients))
    copies = recover(services, source_id, Envelope(mail_from, people))
    services.ledger.close_gap(source_id)
    record_change(services, actor, GLOBAL, "gap.recover", f"{source_id} for {len(people)}")
    return copies


def close_gap(services: Services, actor: Actor, gap_id: str) -> None:
    """There is nothing more to do about it. Raises NotFound, Forbidden."""
    actor.must_change(GLOBAL)
    if not services.ledger.close_gap(gap_id):
        raise NotFound("no such gap")
    record_change(services, actor, GLOBAL, "gap.close", gap_id)
