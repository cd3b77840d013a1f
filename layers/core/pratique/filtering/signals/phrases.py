"""Phrases of the letters that everybody knows: short lists in a few languages, to be read.

A phrase is looked for only where its key word stands in the text, so a message pays for the phrases it could hold and no others. One phrase
says little; the weight comes with the second of a family.
"""

from __future__ import annotations

from pratique.domain.envelope import Receipt
from pratique.domain.verdict import Contribution

from ..contributions import found
from ..parsed import ParsedMessage
from ..phrase_lists import FAMILIES, phrases_by_key

MEANINGS = {
    name: meaning
    for family, subject in FAMILIES.items()
    for name, meaning in (
        (f"phrase:{family}", f"two phrases or more of {subject}"),
        (f"phrase:{family}-one", f"a phrase of {subject}"),
    )
}
LONG = 600
"""Words after which a family needs another phrase: a long text has something of everything."""


def evidence(parsed: ParsedMessage, receipt: Receipt) -> list[Contribution]:  # noqa: ARG001 - one form for all signals
    """Looks at the subject and the first 16,000 characters of the text."""
    words = set(parsed.words)
    words.update(parsed.subject.lower().split())
    known = phrases_by_key()
    keys = known.keys() & words
    if not keys:
        return []
    text = " ".join(parsed.words) + " " + " ".join(parsed.subject.lower().split())
    hits: dict[str, list[str]] = {}
    for key in keys:
        for phrase, family in known[key]:
            if phrase in text:
                hits.setdefault(family, []).append(phrase)
    enough = 2 + len(parsed.words) // LONG
    return [
        found(
            f"phrase:{family}" if len(phrases) >= enough else f"phrase:{family}-one",
            ", ".join(sorted(phrases)[:3]),
        )
        for family, phrases in sorted(hits.items())
    ]
