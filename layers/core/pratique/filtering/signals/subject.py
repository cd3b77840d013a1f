"""How the subject is written."""

from __future__ import annotations

import re

from pratique.domain.envelope import Receipt
from pratique.domain.verdict import Contribution

from ..contributions import found
from ..parsed import ParsedMessage
from ..patterns import pattern
from .text import DISGUISED, LEET

MEANINGS = {
    "subject:capitals": "a subject in capital letters",
    "subject:gaps": "letters set apart",
    "subject:tail": "a random word or number at the end, behind a gap",
    "subject:id": "ends with a number or a code",
    "subject:money": "money or per cent in the subject",
    "subject:exclaims": "an exclamation mark",
    "subject:asks": "a question mark",
    "subject:fake-reply": "says Re: or Fwd: and answers nothing",
    "subject:disguised": "a well-known spam word in disguise",
    "subject:names-recipient": "the recipient's address or its local part in the subject",
    "subject:emoji": "pictures in the subject",
    "subject:urgent": "urgent, important, action required",
    "subject:advertisement": "marked as an advertisement",
    "subject:empty": "an empty subject",
    "subject:long": "a very long subject",
    "subject:list-tag": "a list's tag in brackets",
    "subject:lower-case": "a subject without a capital letter",
    "subject:brackets": "begins with a bracket or a mark",
}
_GAPPY = pattern(r"\b(?:[A-Za-z0-9$][ ._*-]){5,}[A-Za-z0-9$]\b")
_TAIL = pattern(r"\s{5,}\S{1,20}$")
_ID = pattern(
    r"(?:[#\[(]?\b(?=[a-z0-9-]*\d)[a-z0-9-]{6,}[\])]?|\b[bcdfghjklmnpqrstvwxz]{5,12})$", re.IGNORECASE
)
_MONEY = pattern(r"[$€£]\s?\d|\d\s?[$€£]|\b\d{1,3}\s?%|\b100%|\b(?:million|usd|eur)\b", re.IGNORECASE)
_REPLY = pattern(r"(?:re|fwd?|aw|wg|sv|rv|tr|antwort)\s?(?:\[\d+\])?:", re.IGNORECASE)
_URGENT = pattern(
    r"\b(?:urgent|important|attention|alert|warning|immediate|action required|final notice|last (?:chance|warning)|reminder|security"
    r"|suspended|verify|wichtig|dringend|importante|urgente)\b",
    re.IGNORECASE,
)
_ADVERTISEMENT = pattern(r"\badv\b|^\W?ad\W|\(광고\)|광고|广告", re.IGNORECASE)
_EMOJI = pattern("[\U0001f300-\U0001faff\u2600-\u27bf\u2b50\u2b06\u23e9-\u23fa]")
_TAG = pattern(r"^(?:re: ?|fwd?: ?)?\[[^\]]{2,40}\]", re.IGNORECASE)
_ODD = pattern(r"[a-z]+(?:[0-9@$|!*_~`^.-]{1,2}[a-z]+){1,6}|[a-z]*[0-9@$|!]{1,2}[a-z]{3,}")
_DOUBLED = pattern(r"(.)\1")
_SINGLE = frozenset(_DOUBLED.sub(r"\1", word) for word in DISGUISED)
SHORT = 8
LONG = 120


def evidence(parsed: ParsedMessage, receipt: Receipt) -> list[Contribution]:
    """Shouting, letters set apart, random tails, money, words in disguise, and replies to nothing."""
    subject = parsed.subject
    if not subject:
        return [found("subject:empty")] if parsed.header_count("subject") else []
    names = {mark for mark, test in _PATTERNS if test.search(subject)}
    names |= _letters(subject)
    if "tail" in names or " " not in subject:
        names.discard("id")
    if len(subject) > LONG:
        names.add("long")
    if _REPLY.match(subject) and not parsed.header("in-reply-to") and not parsed.header("references"):
        names.add("fake-reply")
    if _disguised(subject.lower()):
        names.add("disguised")
    if _names(parsed, receipt, subject.lower()):
        names.add("names-recipient")
    return [found(f"subject:{name}") for name in sorted(names)]


def _letters(subject: str) -> set[str]:
    names = set()
    letters = [c for c in subject if c.isalpha()]
    if len(letters) >= SHORT and all(c.isupper() for c in letters) and letters[0] != letters[0].lower():
        names.add("capitals")
    elif len(letters) >= SHORT and all(c.islower() for c in letters) and subject.isascii():
        names.add("lower-case")
    if "!" in subject:
        names.add("exclaims")
    if subject.endswith("?"):
        names.add("asks")
    if subject[0] in "[(*#<":
        names.add("brackets")
    return names


_PATTERNS = (
    ("gaps", _GAPPY),
    ("tail", _TAIL),
    ("id", _ID),
    ("money", _MONEY),
    ("urgent", _URGENT),
    ("advertisement", _ADVERTISEMENT),
    ("emoji", _EMOJI),
    ("list-tag", _TAG),
)


def _disguised(low: str) -> bool:
    for odd in _ODD.findall(low)[:20]:
        if odd.translate(LEET) in DISGUISED:
            return True
    for word in low.split()[:30]:
        if (
            word.isalpha()
            and word not in DISGUISED
            and _DOUBLED.search(word)
            and _DOUBLED.sub(r"\1", word) in _SINGLE
        ):
            return True
    return False


def _names(parsed: ParsedMessage, receipt: Receipt, low: str) -> bool:
    for address in (receipt.envelope.recipients or parsed.to)[:3]:
        greeted = (f"{address.local},", f"{address.local} -", f"{address.local}:")
        if str(address) in low or (len(address.local) >= _NAME and low.startswith(greeted)):
            return True
    return False


_NAME = 3
"""Letters of a local part that is no initial."""
