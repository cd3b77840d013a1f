"""Remember that list entries were used: by this, people see which ones still serve, and some end by themselves."""

from __future__ import annotations

from collections.abc import Iterable

from pratique.domain.errors import PratiqueError
from pratique.domain.listentry import ListEntry
from pratique.domain.policy import DAY
from pratique.observability import log_event
from pratique.ports.services import Services

MOST_NOTED = 10
"""Entries noted for one message; a message to very many people with entries of their own must not wait for all of them."""
_DAY_MS = DAY * 1000


def note_uses(services: Services, entries: Iterable[ListEntry], *, now_ms: int) -> None:
    """Note today as a day on which these entries decided: after all that matters is done, one conditional write an entry and day (UTC), none
    where today was noted already. Never raises a failure of ours: a use that is not noted is noted with the next one.
    """
    today = now_ms // _DAY_MS
    new = [entry for entry in dict.fromkeys(entries) if entry.used_ms // _DAY_MS < today]
    try:
        for entry in new[:MOST_NOTED]:
            services.directory.note_use(entry, at_ms=now_ms)
    except PratiqueError as error:
        log_event("list_use_not_noted", code=error.code)
