"""Privacy by level: administrators see what a message is about, its owner what it says. Whoever opens the body of somebody else's mail says
why, once for a message and hour; it is in the audit, and its owner is told.
"""

from __future__ import annotations

from collections.abc import Iterable

from pratique.domain.actor import Actor, Standing
from pratique.domain.disclosure import Disclosed, Disclosure
from pratique.domain.errors import InvalidInput, NotFound, ReasonNeeded
from pratique.domain.ids import CopyId
from pratique.domain.scope import recipient_scope
from pratique.ports.services import Services
from pratique.usecases.record_change import record_change

OPEN_SECONDS = 3600
"""A reason holds for so long."""
MAX_REASON = 200


def owns(actor: Actor, copy_id: CopyId) -> bool:
    """Whether this is the actor's own mail: its owner, or a delegate, as oneself."""
    own = actor.scope == recipient_scope(copy_id.owner)
    return own and not actor.reason and actor.standing is not Standing.INSIDE


def check_reason(text: str) -> str:
    """What a person gives as a reason. Raises InvalidInput."""
    reason = " ".join(text.split())
    if not 1 <= len(reason) <= MAX_REASON or not reason.isprintable():
        raise InvalidInput(f"a reason is 1 to {MAX_REASON} printable characters")
    return reason


def open_body(services: Services, actor: Actor, copy_id: CopyId, reason: str) -> None:
    """Let the actor read this body for an hour. Of one's own mail nothing is noted. Raises NotFound, InvalidInput."""
    actor.must_see(copy_id.owner)
    if services.index.get_copy(copy_id, now=services.clock.now_ms() // 1000) is None:
        raise NotFound("no such message")
    if not owns(actor, copy_id):
        _note(services, actor, copy_id, check_reason(reason))


def must_open(services: Services, actor: Actor, copy_id: CopyId) -> None:
    """Stand before everything that shows what a message says. Who logged in as the owner gave the reason then.

    Raises NotFound, ReasonNeeded.
    """
    actor.must_see(copy_id.owner)
    if owns(actor, copy_id):
        return
    if actor.reason:
        _note(services, actor, copy_id, actor.reason)
    elif not services.disclosures.allowed(actor.name, str(copy_id), now=services.clock.now_ms() // 1000):
        raise ReasonNeeded("this is somebody else's mail: say why you open it")


def must_open_all(services: Services, actor: Actor, copy_ids: Iterable[CopyId]) -> None:
    """As must_open, for some. Raises NotFound, ReasonNeeded."""
    for each in copy_ids:
        must_open(services, actor, each)


def _note(services: Services, actor: Actor, copy_id: CopyId, reason: str) -> None:
    """Told before it is allowed: nobody sees what was not noted. A repeat within the hour is not told again."""
    now_ms = services.clock.now_ms()
    now = now_ms // 1000
    if services.disclosures.allowed(actor.name, str(copy_id), now=now):
        return
    owner = recipient_scope(copy_id.owner)
    told = Disclosure(now_ms, actor.name, actor.channel.value, Disclosed.OPENED, str(copy_id), reason)
    services.disclosures.record(owner, told)
    record_change(services, actor, owner, "body.open", f"{copy_id}: {reason}")
    services.disclosures.allow(actor.name, str(copy_id), now=now, until=now + OPEN_SECONDS)
