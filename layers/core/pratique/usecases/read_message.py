"""One message: its facts, its evidence, its history, its bytes."""

from __future__ import annotations

from dataclasses import dataclass

from pratique.domain.actor import Actor
from pratique.domain.errors import InvalidInput, NotFound
from pratique.domain.ids import CopyId
from pratique.domain.message import Copy, Facts
from pratique.domain.verdict import Contribution
from pratique.ports.services import Services
from pratique.usecases.note_look import note_look
from pratique.usecases.open_body import must_open

LONGEST_LINK = 300
"""Seconds."""


@dataclass(frozen=True, slots=True)
class MessageView:
    """A copy with the facts of its message. `contributions` is the whole evidence, strongest first; their sum is the score's log-odds."""

    copy: Copy
    facts: Facts
    contributions: tuple[Contribution, ...]


def read_message(services: Services, actor: Actor, copy_id: CopyId) -> MessageView:
    """Changes nothing; that its owner has looked at a likely mistake is noted. Raises NotFound."""
    actor.must_see(copy_id.owner)
    copy = services.index.get_copy(copy_id, now=services.clock.now_ms() // 1000)
    facts = services.index.get_facts(copy_id.message) if copy else None
    if copy is None or facts is None:
        raise NotFound("no such message")
    note_look(services, actor, (copy,))
    evidence = sorted(facts.contributions + copy.contributions, key=lambda c: (-abs(c.weight), c.signal))
    return MessageView(copy, facts, tuple(evidence))


def raw_url(services: Services, actor: Actor, copy_id: CopyId, *, seconds: int = LONGEST_LINK) -> str:
    """A URL that gives the original bytes as a download for a short time. Raises NotFound, ReasonNeeded, InvalidInput."""
    if not 1 <= seconds <= LONGEST_LINK:
        raise InvalidInput(f"a link lives 1 to {LONGEST_LINK} seconds")
    view = read_message(services, actor, copy_id)
    must_open(services, actor, copy_id)
    return services.store.presigned_url(view.copy.raw_key, filename=f"{copy_id.message}.eml", seconds=seconds)
