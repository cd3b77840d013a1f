"""Pages that hide, ask or run something."""

from __future__ import annotations

import re

from pratique.domain.envelope import Receipt
from pratique.domain.verdict import Contribution

from ..contributions import contribution
from ..html_text import lower, visible_text
from ..parsed import ParsedMessage

_SCRIPT = re.compile(r"<script\b|\bon(?:load|click|mouseover|error)\s{0,5}=|javascript:")
_FRAME = re.compile(r"<(?:iframe|object|embed|applet)\b|http-equiv\s{0,5}=\s{0,5}[\"']?refresh")
_PASSWORD = re.compile(r"<input\b[^<>]{0,300}\btype\s{0,5}=\s{0,5}[\"']?password")
_TINY = re.compile(
    r"font-size\s{0,3}:\s{0,3}[01](?:px|pt|em|;|\"|')|font\s[^<>]{0,100}\bsize\s{0,3}=\s{0,3}[\"']?-?[67]\b"
)
_HIDDEN = re.compile(r"visibility\s{0,3}:\s{0,3}hidden|text-indent\s{0,3}:\s{0,3}-\d{3,}")
_SPLIT_WORD = re.compile(r"<(?:!--[^<>]{0,200}-->|/?[a-z]{11,20}>|[a-z]{1,3}\d{2,}>)(?=[a-z])")
_LOOKED_AT = 65_536
_FEW_LETTERS = 60


def evidence(parsed: ParsedMessage, receipt: Receipt) -> list[Contribution]:  # noqa: ARG001 - one form for all signals
    """Only what is there or not: counting on a hostile page can be driven by its author."""
    if not parsed.html:
        return []
    page = lower(parsed.html)
    found = []
    for signal, pattern, weight in (
        ("html:script", _SCRIPT, 0.5),
        ("html:frame", _FRAME, 0.4),
        ("html:tiny", _TINY, 0.7),
        ("html:hidden", _HIDDEN, 0.4),
    ):
        if pattern.search(page):
            found.append(contribution(signal, weight))
    if _PASSWORD.search(page):
        found.append(contribution("html:password", 2.0, "asks for a password"))
    elif "<form" in page:
        found.append(contribution("html:form", 0.5))
    if _split_words(page[:_LOOKED_AT]) > 2:  # noqa: PLR2004 - one is an accident of some editors
        found.append(contribution("html:split-words", 1.5))
    if not parsed.text.strip():
        found.append(contribution("html:only", 0.6, "no plain text part"))
        if "<img" in page and len(visible_text(parsed.html[:_LOOKED_AT])) < _FEW_LETTERS:
            found.append(contribution("html:image-only", 0.8, "a picture instead of text"))
    return found


def _split_words(page: str) -> int:
    """How often something that is not shown stands inside a word."""
    return sum(
        found.start() > 0 and page[found.start() - 1].isalpha() for found in _SPLIT_WORD.finditer(page)
    )
