"""Allow and block entries for outgoing mail: whom our people may write to."""

from __future__ import annotations

from collections.abc import Sequence

from pratique.domain.address import Address
from pratique.domain.listentry import Direction, ListEntry
from pratique.domain.scope import scope_chain
from pratique.filtering.senders import choose_for_recipient, name_patterns
from pratique.ports.services import Services


def entries_for_recipients(
    services: Services, sender: Address, recipients: Sequence[Address]
) -> dict[Address, ListEntry]:
    """The entry that counts for each recipient of mail that `sender` (a mailbox of ours: an owner) sends; recipients without one are left
    out. At most 18 key reads a recipient (its address, its domain, four wildcards; in three scopes), a hundred in a round trip. What such an
    entry weighs: filtering.senders.entry_contribution. When the mail is dealt with, tell note_uses.
    """
    patterns = dict.fromkeys(pattern for recipient in recipients for pattern in name_patterns(recipient))
    found = services.directory.get_entries(scope_chain(sender), list(patterns), Direction.OUTGOING)
    now = services.clock.now_ms() // 1000
    chosen = {each: choose_for_recipient(found, sender, each, now=now) for each in recipients}
    return {recipient: entry for recipient, entry in chosen.items() if entry is not None}
