"""How the subject is written, and whether the message is part of a conversation."""

from __future__ import annotations

import re

from pratique.domain.envelope import Receipt
from pratique.domain.verdict import Contribution

from ..contributions import contribution
from ..parsed import ParsedMessage

_GAPPY = re.compile(r"\b(?:[A-Za-z0-9$][ ._*-]){5,}[A-Za-z0-9$]\b")
_TAIL = re.compile(r"\s{5,}\S{1,20}$")
_MONEY = re.compile(r"[$€£]\s?\d|\b\d{1,3}\s?%|\b100%|!!")
SHORT = 8


def evidence(parsed: ParsedMessage, receipt: Receipt) -> list[Contribution]:  # noqa: ARG001 - one form for all signals
    """Shouting, letters set apart, a random tail, money; and whether it answers an earlier message."""
    subject = parsed.subject
    found = []
    letters = [c for c in subject if c.isalpha()]
    if len(letters) >= SHORT and all(c.isupper() for c in letters) and letters[0] != letters[0].lower():
        found.append(contribution("subject:capitals", 1.0))
    if _GAPPY.search(subject):
        found.append(contribution("subject:gaps", 1.0))
    if _TAIL.search(subject):
        found.append(contribution("subject:tail", 1.5))
    if _MONEY.search(subject):
        found.append(contribution("subject:money", 0.8))
    if parsed.header("in-reply-to") or parsed.header("references"):
        found.append(contribution("conversation", -0.8, "answers an earlier message"))
    return found
