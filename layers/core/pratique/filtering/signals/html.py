"""Pages that hide, ask or run something."""

from __future__ import annotations

import re

from pratique.domain.envelope import Receipt
from pratique.domain.verdict import Contribution

from ..contributions import contribution
from ..html_text import visible_text
from ..parsed import ParsedMessage

_SCRIPT = re.compile(r"(?i)<script\b|\bon(?:load|click|mouseover|error)\s{0,5}=|javascript:")
_FRAME = re.compile(r"(?i)<(?:iframe|object|embed|applet)\b|http-equiv\s{0,5}=\s{0,5}[\"']?refresh")
_FORM = re.compile(r"(?i)<form\b")
_PASSWORD = re.compile(r"(?i)<input\b[^<>]{0,300}\btype\s{0,5}=\s{0,5}[\"']?password")
_TINY = re.compile(
    r"(?i)font-size\s{0,3}:\s{0,3}[01](?:px|pt|em|;|\"|')|font\s[^<>]{0,100}\bsize\s{0,3}=\s{0,3}[\"']?-?[67]\b"
)
_HIDDEN = re.compile(r"(?i)visibility\s{0,3}:\s{0,3}hidden|text-indent\s{0,3}:\s{0,3}-\d{3,}")
_IMAGE = re.compile(r"(?i)<img\b")
_SPLIT_WORD = re.compile(
    r"[A-Za-z]<!--[^<>]{0,200}-->(?=[A-Za-z])|[a-z]<(?:/?[a-z]{11,20}|[a-z]{1,3}\d{2,})>(?=[a-z])"
)
_FEW_LETTERS = 60


def evidence(parsed: ParsedMessage, receipt: Receipt) -> list[Contribution]:  # noqa: ARG001 - one form for all signals
    """Only what is there or not: counting on a hostile page can be driven by its author."""
    page = parsed.html
    if not page:
        return []
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
    elif _FORM.search(page):
        found.append(contribution("html:form", 0.5))
    if len(_SPLIT_WORD.findall(page[:65536])) > 2:  # noqa: PLR2004 - one is an accident of some editors
        found.append(contribution("html:split-words", 1.5))
    if not parsed.text.strip():
        found.append(contribution("html:only", 0.6, "no plain text part"))
        if _IMAGE.search(page) and len(visible_text(page[:65536])) < _FEW_LETTERS:
            found.append(contribution("html:image-only", 0.8, "a picture instead of text"))
    return found
