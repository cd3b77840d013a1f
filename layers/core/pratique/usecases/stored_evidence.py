"""What ingest knew of a message, read back from its rows: its sender as lists and DMARC see it, and whether it is dangerous."""

from __future__ import annotations

from pratique.domain.address import Address, try_address
from pratique.domain.envelope import Outcome
from pratique.domain.message import Copy, Facts
from pratique.filtering.senders import Sender, sender_of

_UNPROVEN = frozenset({"malformed-from", "several-senders"})


def stored_sender(copy: Copy, facts: Facts) -> Sender:
    """What a copy and its facts tell of the sender, as list entries are compared with it."""
    return sender_of(
        facts.mail_from,
        stored_author(copy),
        proven=_vouched_for(facts),
        permitted=facts.auth.spf is Outcome.PASS,
        host=facts.client_ip,
    )


def stored_author(copy: Copy) -> Address | None:
    """The address in From, or the envelope's where that has none."""
    return try_address(copy.sender)


def _vouched_for(facts: Facts) -> bool:
    """DMARC passed, and there is one From field with one address."""
    one_from = bool(facts.header_from) and not _UNPROVEN & set(facts.defects)
    doubled = any(c.signal == "doubled-field" and "from" in c.detail.split(", ") for c in facts.contributions)
    return facts.auth.dmarc is Outcome.PASS and one_from and not doubled


def is_dangerous_copy(copy: Copy, facts: Facts) -> bool:
    """Held whatever it scores: the provider found a virus and nobody released it, or it goes round in circles."""
    signals = {c.signal for c in copy.contributions}
    return "loop" in signals or (facts.auth.virus is Outcome.FAIL and "released" not in signals)
