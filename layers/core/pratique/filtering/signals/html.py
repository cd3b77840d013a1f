"""Pages that ask or run something, or are put together as no mail program does it."""

from __future__ import annotations

from pratique.domain.envelope import Receipt
from pratique.domain.verdict import Contribution

from ..contributions import found
from ..parsed import ParsedMessage
from ..patterns import pattern

MEANINGS = {
    "html:script": "a script",
    "html:frame": "a frame, an object or a refresh to another page",
    "html:form": "a form",
    "html:password": "a field for a password",
    "html:base": "a base address for all links",
    "html:only": "a page without a plain text part",
    "html:image-only": "a picture instead of text",
    "html:image-link": "hardly any text, a picture and a link",
    "html:letter-entities": "letters written as character numbers",
    "html:broken": "tags that are opened and never closed",
    "html:twice": "two pages in one",
    "html:unframed": "a page without <html> or <body>",
    "html:garbage-tags": "tags that are no tags",
    "html:split-words": "something unseen inside words",
    "html:loud": "text in very large letters or many colours",
    "html:tag-heavy": "far more markup than text",
    "html:frontpage": "a page of a program for web sites",
    "html:tracking": "a picture of one point",
    "html:map": "a picture with areas to click",
    "html:center": "all centred",
    "html:no-break": "a page in a single line",
    "html:upper-tags": "tags in capital letters",
    "html:title": "a page title, which mail does not have",
}
_EVENTS = ("onload", "onclick", "onmouse", "onerror")
_EVENT = pattern(r"on(?:load|click|mouseover|error)\s{0,5}=")
_FRAME = pattern(r"<(?:iframe|object|embed|applet)\b|http-equiv\s{0,5}=\s{0,5}[\"']?refresh")
_PASSWORD = pattern(r"<input\b[^<>]{0,300}\btype\s{0,5}=\s{0,5}[\"']?password")
_SPLIT_WORD = pattern(r"<(?:!--[^<>]{0,200}-->|/?[a-z]{11,20}>|[a-z]{1,3}\d{2,}>|!?[a-z]{1,20}>)(?=[a-z])")
_GARBAGE = pattern(
    r"</?(?!blockquote|figcaption|autocorrect|webversion|basefont|textarea|colgroup|fieldset|noscript"
    r"|optgroup)(?:[bcdfghjklmnpqrstvwxz]{5,12}|[a-z]{9,20})[ >]"
)
_LETTER = pattern(r"&#(?:9[789]|1[01]\d|12[012]|[67]\d|8[0-9]|x[4-7][0-9a-f]);")
_POINT = pattern(r"<img\b[^<>]{0,600}\b(?:width|height)\s{0,3}[=:]\s{0,3}[\"']?[01](?:px)?[\"' ;>]")
_TITLE = pattern(r"<title>\s{0,20}[^<\s]")
_LOOKED_AT = 65_536
_FEW_LETTERS = 60
_SOME_LETTERS = 250


def evidence(parsed: ParsedMessage, receipt: Receipt) -> list[Contribution]:  # noqa: ARG001 - one form for all signals
    """Only what is there or not: counting on a hostile page can be driven by its author."""
    if not parsed.html:
        return []
    page = parsed.low_html[:_LOOKED_AT]
    names = _asks(parsed.low_html)
    names |= _made(parsed, page)
    return [found(name) for name in sorted(names)]


def _asks(page: str) -> set[str]:
    names = set()
    if (
        "<script" in page
        or "javascript:" in page
        or (any(word in page for word in _EVENTS) and _EVENT.search(page))
    ):
        names.add("html:script")
    if (
        "frame" in page or "<object" in page or "<embed" in page or "refresh" in page or "<applet" in page
    ) and _FRAME.search(page):
        names.add("html:frame")
    if "<input" in page and _PASSWORD.search(page):
        names.add("html:password")
    elif "<form" in page:
        names.add("html:form")
    if "<base " in page:
        names.add("html:base")
    if "<map" in page or "usemap" in page:
        names.add("html:map")
    return names


def _made(parsed: ParsedMessage, page: str) -> set[str]:
    names = set()
    text = parsed.page_text
    images = page.count("<img")
    if not parsed.text.strip():
        names.add("html:only")
    if images and len(text) < _FEW_LETTERS:
        names.add("html:image-only")
    elif images and len(text) < _SOME_LETTERS and "href" in page:
        names.add("html:image-link")
    if images and _POINT.search(page):
        names.add("html:tracking")
    if len(parsed.html) > 25 * (len(text) + 40) and len(page) > 1_500:  # noqa: PLR2004 - shares of markup
        names.add("html:tag-heavy")
    if "\n" not in page[:4_000].strip() and len(page) > 1_000:  # noqa: PLR2004 - a page of some length
        names.add("html:no-break")
    if parsed.style.loud or len(parsed.style.colours) > 8:  # noqa: PLR2004 - colours of a text
        names.add("html:loud")
    names |= _frame(parsed, page)
    names |= _letters(page)
    return names


def _frame(parsed: ParsedMessage, page: str) -> set[str]:
    names = set()
    if "<html" not in page and "<body" not in page:
        names.add("html:unframed")
    elif len(page) < _LOOKED_AT and page.count("<html") != page.count("</html"):
        names.add("html:broken")
    if page.count("<html") > 1 and not parsed.defects:
        names.add("html:twice")
    if "<title" in page and _TITLE.search(page):
        names.add("html:title")
    if "frontpage" in page or ('name="generator"' in page and "mshtml" not in page):
        names.add("html:frontpage")
    if page.count("<center") + page.count('align="center"') + page.count("align=center") > 3:  # noqa: PLR2004 - one headline may be
        names.add("html:center")
    if any(tag in parsed.html[:4_000] for tag in ("<HTML", "<BODY", "<TABLE", "<CENTER")):
        names.add("html:upper-tags")
    return names


def _letters(page: str) -> set[str]:
    """One of each is an accident of some program; more are meant."""
    names = set()
    if page.count("&#") > _REFERENCES and sum(1 for _ in _LETTER.finditer(page)) > _REFERENCES:
        names.add("html:letter-entities")
    splits = (tag for tag in _SPLIT_WORD.finditer(page) if not _PLAIN_TAG.match(tag[0]))
    if sum(tag.start() > 0 and page[tag.start() - 1].isalpha() for tag in splits) > _ACCIDENTS:
        names.add("html:split-words")
    if len(_GARBAGE.findall(page)) > _ACCIDENTS:
        names.add("html:garbage-tags")
    return names


_ACCIDENTS, _REFERENCES = 2, 10
_PLAIN_TAG = pattern(
    r"<(?:br|b|i|u|p|em|strong|span|font|a|hr|div|td|tr|li|ul|ol|wbr|sup|sub|big|small|center|table|tbody|html|body|head|meta|title"
    r"|style|nobr|blockquote|h[1-6])>"
)
