"""What became of a message: a copy's whole life, also when it is gone."""

from __future__ import annotations

from dataclasses import dataclass

from pratique.domain.actor import Actor
from pratique.domain.errors import NotFound
from pratique.domain.history import History
from pratique.domain.ids import CopyId
from pratique.ports.services import Services


@dataclass(frozen=True, slots=True)
class Life:
    """A copy's history, the receiving server that took the message in (`ses`, `edge`; '' when the facts are gone), the client that brought it,
    and whether its bytes are gone. `mail_from` is the envelope's sender as long as there are facts.
    """

    history: History
    source: str = ""
    client_ip: str = ""
    mail_from: str = ""
    purged: bool = False


def read_history(services: Services, actor: Actor, copy_id: CopyId) -> Life:
    """The life of one copy: while it is there, and for the record's time after its end (Options.record_days). Raises NotFound."""
    actor.must_see(copy_id.owner)
    history = services.index.history(copy_id, now=services.clock.now_ms() // 1000)
    if history is None:
        raise NotFound("no such message, or it went too long ago")
    facts = services.index.get_facts(copy_id.message)
    if facts is None:
        return Life(history, purged=True)
    return Life(history, facts.source, facts.client_ip, facts.mail_from)
