"""What ingest knew of a message, read back from its rows: its sender as lists and DMARC see it, and whether it is dangerous."""

from __future__ import annotations

from dataclasses import dataclass

from pratique.domain.address import Address, try_address
from pratique.domain.envelope import Outcome
from pratique.domain.message import Copy, Facts
from pratique.filtering.senders import sender_patterns

_UNPROVEN = frozenset({"malformed-from", "several-senders"})


@dataclass(frozen=True, slots=True)
class StoredSender:
    """`address` is the From header's, or the envelope's where that has none; `patterns` are what list entries may name; `proven` are those
    of them that DMARC vouches for (filtering/senders.py).
    """

    address: Address | None
    patterns: tuple[str, ...]
    proven: tuple[str, ...]


def stored_sender(copy: Copy, facts: Facts) -> StoredSender:
    """What a copy and its facts tell."""
    address = try_address(copy.sender)
    proven = _vouched_for(facts)
    return StoredSender(
        address,
        tuple(sender_patterns(facts.mail_from, address)),
        tuple(sender_patterns("", address)) if proven else (),
    )


def _vouched_for(facts: Facts) -> bool:
    """DMARC passed, and there is one From field with one address."""
    one_from = bool(facts.header_from) and not _UNPROVEN & set(facts.defects)
    doubled = any(c.signal == "doubled-field" and "from" in c.detail.split(", ") for c in facts.contributions)
    return facts.auth.dmarc is Outcome.PASS and one_from and not doubled


def is_dangerous_copy(copy: Copy, facts: Facts) -> bool:
    """Held whatever it scores: the provider found a virus and nobody released it, or it goes round in circles."""
    signals = {c.signal for c in copy.contributions}
    return "loop" in signals or (facts.auth.virus is Outcome.FAIL and "released" not in signals)
