"""Names that look alike: what a reader takes a domain for, and whether one name imitates another.

The idea of a skeleton is that of Unicode's security mechanisms (UTS #39, 4): two names with the same skeleton cannot be told apart at a
glance. The table here is small and made for the names of domains: lower case, Latin as read by people who trust Latin names.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from .organisation import organisation

MAX_NAME = 253
MAX_LABEL = 63

# Letters that are drawn like a Latin one in common fonts. Each line: what they are taken for, then the letters.
_DRAWN_ALIKE = """
a аαɑạӑӓ  b ьЬƅ  c сϲсᴄ  d ԁժɗ  e еєҽɛ℮  f ƒғ  g ɡցġ  h һհнħ  i іιıɩӏ  j јϳ  k κкқ  l ӏǀ∣|ɫłľ  m мṃ  n ոռпη  o оοօөσø
p рρҏ  q ԛգ  r гᴦ  s ѕʂ  t тτţ  u υսμ  v νѵ  w ԝѡωш  x хχ×  y уүγʏ  z ᴢʐ
"""
_DIGITS = {"0": "o", "1": "l", "i": "l", "5": "s", "8": "b", "3": "e", "4": "a", "6": "b", "7": "t", "9": "g"}
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("nn", "m"), ("ij", "y"))
_ALIKE: dict[int, str] = {}
_LATIN = ""
for _word in _DRAWN_ALIKE.split():
    if len(_word) == 1 and _word.isascii() and _word.isalpha():
        _LATIN = _word
    else:
        _ALIKE.update({ord(letter): _LATIN for letter in _word})
_FOLDED = _ALIKE | {ord(one): other for one, other in _DIGITS.items()}

NEAR = 6
"""Letters a name must have before one letter more, less, other or exchanged makes it an imitation."""
INSIDE = 5
"""... before it counts inside another name."""


def shown_domain(domain: str) -> str:
    """The domain as a mail reader may show it: A-labels (RFC 5890) decoded. Never raises; a broken label stays as it is."""
    if "xn--" not in domain.lower():
        return domain
    return ".".join(_shown_label(label) for label in domain[:MAX_NAME].split("."))


def _shown_label(label: str) -> str:
    if not label.lower().startswith("xn--") or len(label) > MAX_LABEL or not label.isascii():
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError, OverflowError):
        return label


def latin_look(text: str) -> str:
    """Text with look-alike letters of other scripts, accents and full-width forms as plain lower-case Latin; digits stay."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c)).translate(_ALIKE)


@lru_cache(maxsize=2_048)
def skeleton(domain: str) -> str:
    """What a domain looks like: equal for names that a reader takes for one another, by letters of other scripts (also as `xn--`),
    accents, digits for letters (`paypa1`), pairs of letters (`rnicrosoft`) and i for l. Meant for comparing, not for showing: the
    skeleton of an ordinary name differs from the name too. Never raises.
    """
    name = latin_look(shown_domain(domain[:MAX_NAME].strip().rstrip("."))).translate(_FOLDED)
    for pair, letter in _PAIRS:
        name = name.replace(pair, letter)
    return name


@lru_cache(maxsize=4_096)
def imitation(domain: str, genuine: str) -> str:
    """How `domain` imitates `genuine`, '' if it does not (it is the same, belongs to it, or is just another name).

    `letters`: one looks like the other. `typing`: one letter more, less, other or two exchanged (names of NEAR letters at least).
    `inside`: the genuine name, or its whole domain, is a part of the other (`example-login.test`, `example.org.evil.test`).
    """
    one, other = organisation(domain), organisation(genuine)
    if one == other:
        return ""
    own, meant = one.partition(".")[0], other.partition(".")[0]
    if one.partition(".")[2] == other.partition(".")[2] or not own.isascii() or own.startswith("xn--"):
        if own != meant and skeleton(own) == skeleton(meant):
            return "letters"
        if len(meant) >= NEAR and one.partition(".")[2] == other.partition(".")[2] and near(own, meant):
            return "typing"
    within = f".{domain.lower()}.".find(f".{other}")
    if "." in other and within >= 0 and f".{domain.lower()}."[within + len(other) + 1] in ".-":
        return "inside"
    if len(meant) >= INSIDE and meant in own.split("-"):
        return "inside" if own != meant else ""
    return ""


def near(one: str, other: str) -> bool:
    """Whether one letter more, less, other, or two neighbours exchanged make the one of the other. Linear time."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    left, right = one[start:], other[start:]
    if len(left) == len(right):
        exchanged = len(left) > 1 and left[0] == right[1] and left[1] == right[0] and left[2:] == right[2:]
        return left[1:] == right[1:] or exchanged
    return left[1:] == right if len(left) > len(right) else left == right[1:]
