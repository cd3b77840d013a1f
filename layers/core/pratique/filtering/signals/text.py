"""How the text is written, whatever it is about; and marks of mail between people who know one another."""

from __future__ import annotations

from pratique.domain.envelope import Receipt
from pratique.domain.verdict import Contribution

from ..contributions import found
from ..parsed import TEXT_READ, ParsedMessage
from ..patterns import pattern
from ..wordlist import words

MEANINGS = {
    "text:none": "no text at all",
    "text:short-link": "a few words and a link",
    "text:disagrees": "the plain part and the page say different things",
    "text:gappy": "words with gaps between the letters",
    "text:disguised": "a well-known spam word in disguise",
    "text:gibberish": "words that nobody can say",
    "text:capitals": "much of it in capital letters",
    "text:exclaims": "many exclamation marks",
    "text:dollars": "sums of money",
    "text:generic-greeting": "greets nobody by name",
    "text:address-greeting": "speaks to the recipient by mail address",
    "text:placeholder": "a template's placeholder was left in",
    "text:quotes": "quotes an earlier message",
    "text:signature": "a signature behind two dashes",
    "text:code": "a patch, a program or its output",
    "text:pgp": "a PGP signature",
    "text:short-lines": "many lines of one or two words",
    "text:long-lines": "paragraphs without line ends",
}
LEET = str.maketrans(
    {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "@": "a", "$": "s", "|": "i", "!": "i", "7": "t", "8": "b", "+": "t"}
    | dict.fromkeys("*_~`^-.", None)
)  # fmt: skip
"""What stands for letters in words that are disguised; the marks between them go."""
DISGUISED = words(
    "viagra cialis levitra xanax valium ambien soma vicodin phentermine meds pharmacy drugs pills rolex replica mortgage refinance penis "
    "porn sex sexy pussy casino poker lottery winner free money cash loan loans debt credit bonus investment stock software windows adobe "
    "photoshop microsoft office prescription doctor erection enlargement enhancement paypal bitcoin password account verify bank"
)
_CONSONANTS = pattern(r"[bcdfghjklmnpqrstvwxz]{6,}")
_PLACEHOLDER = pattern(
    r"%(?:rnd|rand|random|txt|from|to|name|newbond|email|date|link|url)\w{0,20}(?![\w%])|\[%[a-z_]{3,20}%\]|##[a-z_]{3,20}##|\{%[a-z_ "
    r"]{3,30}%\}|\{\{[a-z_. ]{3,30}\}\}|\[(?:first_?name|email|recipient|victim)[a-z_-]{0,12}\]"
)
_GREETING = pattern(
    r"(?:dear|hello|attention|attn)[,:]? (?:friend|sir|madam|customer|client|user|member|account holder|valued|beneficiary|beloved|winner|owner"
    r"|e-?mail|web ?mail|business|partner|homeowner|investor\b)|sehr geehrte(?:r)? (?:kund|nutzer)|lieber kunde|cher(?:e)? client"
    r"|estimad[oa] cliente|gentile cliente|prezado cliente|caro cliente|geachte klant|beste klant"
)
_GREETS = (
    "dear",
    "hello",
    "attention",
    "attn",
    "sehr geehrte",
    "lieber",
    "cher",
    "estimad",
    "gentile",
    "prezado",
    "caro",
    "geachte",
    "beste",
)
_MONEY = pattern(r"[$€£] ?\d[\d.,]*")
_CURRENCIES = frozenset({"million", "usd", "eur", "euro", "euros", "dollars", "billion", "gbp", "btc"})
_WROTE = (
    "wrote:",
    "writes:",
    "schrieb:",
    "a écrit",
    "escribió:",
    "ha scritto:",
    "original message",
    "said:\n",
)
_CODE = (
    "\ndiff --git",
    "\n@@ -",
    "\n+++ ",
    "\n--- a/",
    "\n#include",
    "\nindex: ",
    "traceback (most",
    "\n$ ",
    "\n# ",
    ") {\n",
    ");\n",
)
_FEW, _SHORT = 25, 16
"""Words."""
_MANNER, _SALUTATION = 2_000, 600
"""Characters that are read for the manner of a text, and for whom it greets."""
_CALLS = ("dear", "hello", "hi", "hallo")
_SHOUTED = 0.35
"""Share of words in capitals, far beyond any language's."""


def evidence(parsed: ParsedMessage, receipt: Receipt) -> list[Contribution]:
    """Looks at the text a reader sees, at most its first 16,000 characters."""
    low = parsed.low_shown
    own = parsed.words
    names: dict[str, str] = {}
    if not low.strip():
        if not parsed.attachments:
            names["none"] = ""
    elif len(own) < _SHORT and parsed.targets and not parsed.is_list:
        names["short-link"] = ""
    if parsed.html and parsed.text.strip() and _disagree(parsed):
        names["disagrees"] = ""
    _letters(low, own, names)
    _manner(parsed, receipt, names)
    _people(parsed, low, names)
    return [found(f"text:{name}", detail) for name, detail in names.items()]


def _disagree(parsed: ParsedMessage) -> bool:
    plain = {word for word in parsed.text[:3_000].lower().split() if word.isalpha() and len(word) > 3}  # noqa: PLR2004 - words with a sense
    page = {word for word in parsed.page_text[:12_000].lower().split() if word.isalpha() and len(word) > 3}  # noqa: PLR2004 - as above
    fewer = min(len(plain), len(page))
    return len(plain) >= 8 and (fewer < 8 or len(plain & page) < fewer * 0.4)  # noqa: PLR2004 - enough to compare


def _letters(low: str, own: list[str], names: dict[str, str]) -> None:
    lengths = bytes([len(word) & 127 for word in own[:400]])
    gap = lengths.find(_FIVE_SINGLES)
    if gap >= 0 and all(word.isalpha() for word in own[gap : gap + 5]):
        names["gappy"] = " ".join(own[gap : gap + 8])
    for odd in {word for word in own if not word.isalpha()}:
        if len(odd) < _LONGEST_DISGUISE and odd.translate(LEET) in DISGUISED and odd not in DISGUISED:
            names["disguised"] = odd
            break
    if len(_CONSONANTS.findall(low[:_MANNER])) > 2:  # noqa: PLR2004 - a name may be one
        odd_words = {word for word in own[:400] if _CONSONANTS.search(word) and word.isalpha()}
        if len(odd_words) > 2:  # noqa: PLR2004 - as above
            names["gibberish"] = " ".join(sorted(odd_words)[:3])
    if "%" in low or "{" in low or "##" in low or "[" in low:
        left = _PLACEHOLDER.search(low)
        if left:
            names["placeholder"] = left[0]


_FIVE_SINGLES = b"\x01" * 5
_LONGEST_DISGUISE = 24


def _manner(parsed: ParsedMessage, receipt: Receipt, names: dict[str, str]) -> None:
    shown = parsed.shown[:_MANNER]
    low = parsed.low_shown[:_MANNER]
    tokens = shown.split()
    if len(tokens) > _FEW and sum(map(str.isupper, tokens)) > len(tokens) * _SHOUTED:
        names["capitals"] = ""
    if low.count("!") > 4 and low.count("!") * 60 > len(low):  # noqa: PLR2004 - an ordinary letter has one or two
        names["exclaims"] = ""
    money = _MONEY.findall(low) if "$" in low or "€" in low or "£" in low else []
    if len(money) > 1 or (_CURRENCIES.intersection(parsed.words) and any(map(str.isdigit, low))):
        names["dollars"] = money[0] if money else ""
    start = low[:_SALUTATION]
    for word in _GREETS:
        at = start.find(word)
        greeting = _GREETING.match(start, at) if at >= 0 else None
        if greeting:
            names["generic-greeting"] = greeting[0]
    for address in (receipt.envelope.recipients or parsed.to)[:1]:
        called = (
            [str(address)]
            if address.local.isalpha()
            else [str(address), *(f"{word} {address.local}" for word in _CALLS)]
        )
        if any(call in low[:400] for call in called):
            names["address-greeting"] = ""
    lines = [line for line in shown.splitlines() if line.strip()]
    if len(lines) > 5 and sum(len(line) < 14 for line in lines) > len(lines) * 0.6:  # noqa: PLR2004 - most lines
        names["short-lines"] = ""
    if not parsed.html and lines and max(map(len, lines)) > 300:  # noqa: PLR2004 - longer than any window
        names["long-lines"] = ""


def _people(parsed: ParsedMessage, low: str, names: dict[str, str]) -> None:
    text = "\n" + parsed.text[:TEXT_READ].replace("\r\n", "\n")
    if "\n-- \n" in text or "\n--\n" in text:
        names["signature"] = ""
    if "\n>" in text or "\n >" in text or "\n|" in text or any(said in low for said in _WROTE):
        names["quotes"] = ""
    if any(mark in text for mark in _CODE):
        names["code"] = ""
    if "-----begin pgp" in low or "application/pgp" in parsed.header("content-type").lower():
        names["pgp"] = ""
