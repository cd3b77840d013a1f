"""Characters that do not fit: labels that lie, raw 8-bit subjects, look-alike letters, invisible text."""

from __future__ import annotations

import re

from pratique.domain.envelope import Receipt
from pratique.domain.verdict import Contribution

from ..contributions import contribution
from ..parsed import ParsedMessage

# One word of Latin letters with Cyrillic or Greek among them: nobody writes so.
_MIXED = re.compile(
    r"[A-Za-z]+[\u0370-\u03ff\u0400-\u04ff]+[A-Za-z]|[\u0400-\u04ff]+[A-Za-z]+[\u0400-\u04ff]"
)
_INVISIBLE = re.compile("[\u00ad\u200b\u2060-\u2064\ufeff\U000e0000-\U000e007f]")
_MATHEMATICAL = re.compile("[\U0001d400-\U0001d7ff\uff21-\uff5a]")
_NEEDLESS = re.compile(r"(?i)=\?[^?\s]{1,40}\?b\?([A-Za-z0-9+/=]{8,2000})\?=")
_MANY = 20
_LOOKED_AT = 20_000


def evidence(parsed: ParsedMessage, receipt: Receipt) -> list[Contribution]:  # noqa: ARG001 - one form for all signals
    """Looks at the subject, the sender's name and the beginning of the text."""
    found = []
    if "charset" in parsed.defects:
        found.append(contribution("charset:wrong", 0.3, "text does not fit its declared charset"))
    raw_subject = parsed.header("subject")
    if not raw_subject.isascii():
        found.append(contribution("charset:raw-subject", 0.9, "8-bit subject without encoding"))
    if parsed.subject.isascii() and parsed.subject and _NEEDLESS.search(raw_subject):
        found.append(contribution("charset:needless", 0.6, "plain subject in base64"))
    short = f"{parsed.subject} {parsed.from_name}"
    if not short.isascii():
        if _MIXED.search(short):
            found.append(
                contribution("charset:mixed", 1.5, "look-alike letters of two alphabets in one word")
            )
        if _MATHEMATICAL.search(short):
            found.append(contribution("charset:fancy", 0.8, "mathematical or full-width letters"))
    text = parsed.text[:_LOOKED_AT]
    if not text.isascii():
        if len(_MIXED.findall(text)) >= 3:  # noqa: PLR2004 - one or two are slips of a keyboard layout
            found.append(contribution("charset:mixed-text", 1.0))
        if len(_INVISIBLE.findall(text)) >= _MANY:
            found.append(contribution("charset:invisible", 0.8))
    return found
