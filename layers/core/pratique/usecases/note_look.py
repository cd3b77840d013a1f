"""Note that somebody has looked at mail of the own mailbox: it needs no last call. A mark like a line in a log; nothing else depends on it."""

from __future__ import annotations

from collections.abc import Iterable

from pratique.domain.actor import Actor
from pratique.domain.errors import PratiqueError
from pratique.domain.ids import CopyId
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy
from pratique.observability import log_event
from pratique.ports.services import Services
from pratique.usecases.fold_campaigns import mistake_of
from pratique.usecases.open_body import owns


def note_look(services: Services, actor: Actor, copies: Iterable[Copy]) -> None:
    """Of these, those that are held, may be mistakes, and are the actor's own. Never raises: who looks must not wait for a mark."""
    seen = [
        copy
        for copy in copies
        if copy.state is State.HELD and owns(actor, copy.id) and mistake_of(copy).is_likely
    ]
    if not seen:
        return
    try:
        services.digests.look([copy.id for copy in seen], ends=max(copy.expires_at for copy in seen))
    except PratiqueError as error:
        log_event("look_not_noted", code=error.code)


def note_looks_by_id(services: Services, actor: Actor, ids: Iterable[CopyId]) -> None:
    """The same, for who knows no more than which (a mail client's \\Seen). Never raises."""
    own = [copy_id for copy_id in ids if owns(actor, copy_id)]
    if not own:
        return
    try:
        found = services.index.get_copies(own, now=services.clock.now_ms() // 1000)
    except PratiqueError as error:
        log_event("look_not_noted", code=error.code)
        return
    note_look(services, actor, found.values())
