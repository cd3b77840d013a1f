"""Take back the list entry that Release & Whitelist or Blacklist & Remove made of a message's sender."""

from __future__ import annotations

from pratique.domain.actor import Actor
from pratique.domain.listentry import ListKind
from pratique.domain.message import Copy
from pratique.ports.services import Services
from pratique.usecases.change_lists import delete_entry, list_target


def undo_listing(services: Services, actor: Actor, copy: Copy, level: str) -> bool:
    """Take the entry off, if it is there because of this very message; True if it was. An entry that somebody made before or since stays.

    Raises NotFound, Forbidden, InvalidInput.
    """
    wanted = list_target(services, actor, copy, level, ListKind.BLOCK)
    view = services.directory.look_up([copy.id.owner], [wanted.pattern])
    for entry in view.entries:
        if (entry.scope, entry.pattern, entry.reason) == (wanted.scope, wanted.pattern, wanted.reason):
            delete_entry(services, actor, entry.scope, entry.pattern)
            return True
    return False
