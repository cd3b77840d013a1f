"""Characters that do not fit: labels that lie, raw 8-bit headers, look-alike letters, scripts mixed, invisible text."""

from __future__ import annotations

import re

from pratique.domain.envelope import Receipt
from pratique.domain.verdict import Contribution

from ..charsets import codec_of
from ..contributions import found
from ..parsed import ParsedMessage
from ..patterns import pattern
from ..wordlist import words

MEANINGS = {
    "charset:wrong": "text does not fit its declared charset",
    "charset:unknown": "a charset that does not exist",
    "charset:raw-subject": "8-bit subject without encoding",
    "charset:raw-from": "8-bit octets in From without encoding",
    "charset:needless": "a plain subject in base64",
    "charset:needless-from": "a plain display name in base64",
    "charset:mixed": "look-alike letters of two alphabets in one word of the subject or name",
    "charset:mixed-text": "look-alike letters of two alphabets in words of the text",
    "charset:fancy": "mathematical or full-width letters in subject or name",
    "charset:fancy-text": "mathematical or full-width letters in the text",
    "charset:invisible": "many invisible characters in the text",
    "charset:direction": "characters that turn the direction of writing around",
    "charset:combining": "letters under piles of marks",
    "charset:cyrillic": "written in Cyrillic to a recipient whose domain is not of such a country",
    "charset:cjk": "written in Chinese, Japanese or Korean to a recipient whose domain is not of such a country",
    "charset:other-script": "written in another script than Latin to a recipient whose domain is not of such a country",
    "charset:old-cyrillic": "a Cyrillic charset",
    "charset:old-cjk": "a Chinese, Japanese or Korean charset",
}
# One word of Latin letters with Cyrillic or Greek among them: nobody writes so.
_MIXED = pattern(r"[A-Za-z]+[\u0370-\u03ff\u0400-\u04ff]+[A-Za-z]|[\u0400-\u04ff]+[A-Za-z]+[\u0400-\u04ff]")
_BEYOND_LATIN = pattern("[^\x00-\u02ff]")
_BEYOND_LETTERS = pattern("[^\x00-\u00ac\u00ae-\u034e\u0350-\u200a]")
_INVISIBLE = pattern("[\u00ad\u034f\u200b-\u200d\u2060-\u2064\ufeff\U000e0000-\U000e007f]")
_DIRECTION = pattern("[\u202a-\u202e\u2066-\u2069]")
_FANCY = pattern("[\U0001d400-\U0001d7ff\uff21-\uff5a\u2460-\u24ff\U0001f110-\U0001f189]")
_COMBINING = pattern("[\u0300-\u036f\u0489]{3,}")
_NEEDLESS = pattern(r"=\?[^?\s]{1,40}\?b\?([A-Za-z0-9+/=]{8,2000})\?=", re.IGNORECASE)
_SCRIPTS = (
    ("cyrillic", pattern("[\u0400-\u04ff]+"), words("ru ua by bg rs mk kz kg mn su me ba md")),
    ("cjk", pattern("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+"), words("cn jp kr tw hk mo sg")),
    (
        "other-script",
        pattern("[\u0370-\u03ff\u0590-\u0dff\u0e00-\u10ff]+"),
        words("gr cy il ir in th sa ae eg ma dz tn jo kw qa lb sy iq ye am ge bd lk np pk mm kh la et"),
    ),
)
"""Signal, letters of the script, endings of the countries that write in it."""
_MANY = 20
_LOOKED_AT, _SHORT = 3_000, 1_000
_SHARE = 0.3


def evidence(parsed: ParsedMessage, receipt: Receipt) -> list[Contribution]:
    """Looks at the subject, the sender's name and the beginning of the text. What the recipient is used to read is taken from the
    country of his domain only; a domain of no country (com, org ...) is taken for Latin.
    """
    names: set[str] = set()
    if "charset" in parsed.defects and any(leaf.charset and not leaf.is_ascii for leaf in parsed.leaves):
        names.add("wrong")
    _declared(parsed, names)
    short = f"{parsed.subject} {parsed.from_name}"
    if not short.isascii():
        if _MIXED.search(short):
            names.add("mixed")
        if _FANCY.search(short):
            names.add("fancy")
    text = parsed.shown[:_LOOKED_AT]
    if not text.isascii() and _BEYOND_LATIN.search(text):
        if len(_MIXED.findall(text[:_SHORT])) >= 3:  # noqa: PLR2004 - one or two are slips of a keyboard layout
            names.add("mixed-text")
        if _COMBINING.search(text):
            names.add("combining")
        _script(parsed, receipt, text, names)
    if not text.isascii() and _BEYOND_LETTERS.search(text):
        if len(_FANCY.findall(text)) >= _MANY:
            names.add("fancy-text")
        if len(_INVISIBLE.findall(text)) >= _MANY:
            names.add("invisible")
        if _DIRECTION.search(text):
            names.add("direction")
    return [found(f"charset:{name}") for name in sorted(names)]


def _declared(parsed: ParsedMessage, names: set[str]) -> None:
    for leaf in parsed.leaves[:5]:
        if not leaf.charset:
            continue
        codec = codec_of(leaf.charset)
        if not codec:
            names.add("unknown")
        elif codec in _CYRILLIC:
            names.add("old-cyrillic")
        elif codec in _CJK:
            names.add("old-cjk")
    subject = parsed.header("subject")
    if not subject.isascii():
        names.add("raw-subject")
    elif "=?" in subject and parsed.subject.isascii() and _NEEDLESS.search(subject):
        names.add("needless")
    if not parsed.from_header.isascii():
        names.add("raw-from")
    elif "=?" in parsed.from_header and parsed.from_name.isascii() and _NEEDLESS.search(parsed.from_header):
        names.add("needless-from")


_CYRILLIC = words("koi8-r koi8-u cp1251 iso8859-5 cp866 mac-cyrillic")
_CJK = words("gb18030 hz big5hkscs cp932 euc_jp cp949 iso2022_jp_ext iso2022_kr johab gbk gb2312 iso2022_jp")


def _script(parsed: ParsedMessage, receipt: Receipt, text: str, names: set[str]) -> None:
    text = text[:_SHORT]
    recipients = receipt.envelope.recipients or parsed.to[:1]
    endings = {recipient.domain.rpartition(".")[2] for recipient in recipients[:20]}
    for name, letters, countries in _SCRIPTS:
        if endings & countries:
            continue
        if sum(map(len, letters.findall(text))) > len(text) * _SHARE:
            names.add(name)
