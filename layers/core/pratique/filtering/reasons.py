"""From the evidence against a held message to the one word for why it is held, and the endings of its files' names."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from pratique.domain.policy import DEFAULTS
from pratique.domain.rights import MAX_EXTENSIONS, RUNS, UNTOLD, Reason
from pratique.domain.verdict import Contribution

from .inside import MAX_MEMBERS
from .parsed import Attachment

DANGEROUS = frozenset(
    {
        "file:program", "file:doubled", "file:disguised", "file:packed", "file:hidden-name", "file:disk-image", "file:macro",
        "file:encrypted", "file:password-told", "file:bomb", "file:nested", "file:page-form", "file:page-script", "file:launch",
        "file:object", "file:note", "file:nameless", "url:program",
    }
)  # fmt: skip
"""Signals of files that nobody should open without having asked."""
PRETENDING = frozenset(
    {
        "spoof:name-address", "spoof:own-name", "spoof:own-looks", "spoof:own-link", "spoof:mixed-domain", "brand:name", "brand:domain",
        "url:brand", "url:user", "url:data", "link:address-mismatch", "html:password", "phrase:credential", "sender:own-domain",
    }
)  # fmt: skip
"""Signals of somebody who pretends to be somebody else, or who wants a password."""
ENOUGH = 1.5
"""Log-odds: what these weigh together from which on a message counts as phishing."""
_ENDING = re.compile(r"[^a-z0-9_-]+")
_LONGEST = 16
_PROGRAMS = frozenset({"pe", "elf", "mach-o", "java-class", "lnk"})


def reason_of(evidence: Iterable[Contribution], score: float) -> Reason:
    """Why a copy with this evidence and score (0..1) is held. What is dangerous comes before what a person or a threshold decided."""
    weights = {item.signal: item.weight for item in evidence if item.weight > 0}
    if "provider:virus" in weights:
        return Reason.VIRUS
    if "loop" in weights:
        return Reason.LOOP
    if not DANGEROUS.isdisjoint(weights):
        return Reason.ATTACHMENT
    if math.fsum(weight for signal, weight in weights.items() if signal in PRETENDING) >= ENOUGH:
        return Reason.PHISHING
    if "list:block" in weights:
        return Reason.BLOCKED
    return Reason.SPAM if score >= DEFAULTS.spam_at else Reason.POLICY


def extensions_of(attachments: Iterable[Attachment]) -> tuple[str, ...]:
    """The endings of all names, those inside archives too, in lower case; RUNS for a program, whatever its name. Sorted, MAX_EXTENSIONS at
    most: UNTOLD stands for the rest, and for an archive that was not read to its end.
    """
    found: set[str] = set()
    members = 0
    for attachment in attachments:
        names = (attachment.filename, attachment.inner, *attachment.inside)
        found.update(filter(None, map(_ending, names)))
        members += len(attachment.inside)
        if attachment.kind in _PROGRAMS or "program" in attachment.marks:
            found.add(RUNS)
        if attachment.marks & {"bomb", "deep"} or ("encrypted" in attachment.marks and not attachment.inside):
            found.add(UNTOLD)
    if members >= MAX_MEMBERS:
        found.add(UNTOLD)
    kept = sorted(found)  # UNTOLD sorts first
    return (
        tuple(kept)
        if len(kept) <= MAX_EXTENSIONS
        else (UNTOLD, *kept[kept[0] == UNTOLD :][: MAX_EXTENSIONS - 1])
    )


def _ending(name: str) -> str:
    """As a mail client on Windows takes it: dots and spaces at the end do not count."""
    stem, dot, ending = name.lower().rstrip(". ").rpartition(".")
    return _ENDING.sub("", ending)[:_LONGEST] if dot and stem else ""
