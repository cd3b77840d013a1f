"""Text and links out of HTML, in linear time: plain searches, no parser that a page can drive into a quadratic corner."""

from __future__ import annotations

import re
from collections.abc import Iterable

MAX_URLS = 200
MAX_URL = 500
"""Characters of one URL."""

# What is never shown. An end that never comes takes the rest, as in a browser, so each octet is looked at once.
_UNSHOWN = re.compile(r"(?is)<!--.*?(?:-->|\Z)|<(script|style|title|head)\b.*?(?:</\1\s*>|\Z)")
_BREAK = re.compile(r"(?i)<(?:br|/?p|/?div|/?tr|/?li|/?h[1-6]|/?table|/td|hr)\b[^<>]*>")
_TAG = re.compile(r"<[!/?a-zA-Z][^<>]*>?")
_SPACE = re.compile(r"[ \t\xa0]+")
_LINES = re.compile(r"\s*\n\s*")

_REST = re.compile(r"[^\s<>\"'\\{}|^`\x00-\x1f]{1,490}")
_SCHEMES = ("http", "https", "ftp")
_LINK = re.compile(
    r"\b(?:href|src|action|background)\s{0,5}=\s{0,5}(?:\"([^\"<>]{1,500})\"|'([^'<>]{1,500})'|([^\s\"'<>]{1,500}))"
)
_ANCHOR = re.compile(r"<a\s([^<>]{1,2000})>")
_TRAILING = ".,;:!?)]}>*'\""


def unescape(text: str) -> str:
    """Character references decoded. The table of their names is loaded with the first one that comes: it is a tenth of the floor of a
    cold start.
    """
    if "&" not in text:
        return text
    import html  # noqa: PLC0415 - see above

    return html.unescape(text)


def visible_text(page: str) -> str:
    """What a reader would see of an HTML page, roughly: no markup, entities decoded, space folded."""
    text = _UNSHOWN.sub(" ", page)
    text = _TAG.sub("", _BREAK.sub("\n", text))
    text = unescape(text)
    return _LINES.sub("\n", _SPACE.sub(" ", text)).strip()


def find_urls(text: str, page: str) -> tuple[str, ...]:
    """Distinct URLs of the plain text and of the page (links, images, forms), in order of appearance, at most MAX_URLS."""
    found: dict[str, None] = {}
    for url in _candidates(text, page):
        found.setdefault(url)
        if len(found) >= MAX_URLS:
            break
    return tuple(found)


def _candidates(text: str, page: str) -> Iterable[str]:
    yield from _written(text)
    for match in _LINK.finditer(lower(page)):
        target = unescape(_target(page, match)).strip()
        if ":" in target[:12] and not target[:5].lower().startswith(("cid:", "data:", "about")):
            yield "".join(target.split())[:MAX_URL]
        elif target.startswith("//"):
            yield "http:" + target[:MAX_URL]
    for url in _written(page):
        yield unescape(url)


def _written(text: str) -> Iterable[str]:
    """URLs as they stand in text: found by plain search, which is many times faster than a pattern tried at every letter."""
    place = 0
    mark, host = text.find("://"), text.find("www.")
    while mark >= 0 or host >= 0:
        if host >= 0 and (mark < 0 or host + 4 <= mark) and (rest := _REST.match(text, host)) is not None:
            place = rest.end()
            if host == 0 or not text[host - 1].isalnum():
                yield rest[0].rstrip(_TRAILING)
        elif mark >= 0:
            place = mark + 3
            scheme = re.split(r"[^a-z]", text[max(0, mark - 8) : mark].lower())[-1]
            if scheme in _SCHEMES and (rest := _REST.match(text, place)) is not None:
                place = rest.end()
                yield text[mark - len(scheme) : mark + 3] + rest[0].rstrip(_TRAILING)
        else:
            return
        # Each is looked for anew only when it was passed, so that the text is gone through once.
        if 0 <= mark < place:
            mark = text.find("://", place)
        if 0 <= host < place:
            host = text.find("www.", place)


def lower(page: str) -> str:
    """The page in lower case with every character at its place (patterns that need not ignore case are far quicker)."""
    low = page.lower()
    return low if len(low) == len(page) else page


def _target(page: str, link: re.Match[str]) -> str:
    start, end = max(link.span(1), link.span(2), link.span(3))
    return page[start:end]


def anchors(page: str, most: int = 100) -> list[tuple[str, str]]:
    """(target, shown text) of the first links of a page."""
    found: list[tuple[str, str]] = []
    low = lower(page)
    for match in _ANCHOR.finditer(low):
        link = _LINK.search(low, match.start(1), match.end(1))
        if link is None:
            continue
        end = page.find("</", match.end(), match.end() + 2_000)
        shown = _TAG.sub("", page[match.end() : end]) if end >= 0 else ""
        found.append((unescape(_target(page, link)).strip(), unescape(shown).strip()))
        if len(found) >= most:
            break
    return found


_HOST = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]{0,10}:/{1,3}(?:[^/?#]{0,300}@)?(\[[0-9A-Fa-f:.]{2,45}\]|[^/:?#@]{1,255})"
)
_PICTURES = (".gif", ".jpg", ".jpeg", ".png", ".css", ".webp", ".ico")


def url_host(url: str) -> str:
    """The host of a URL in lower case ('' if it has none); what stands before an @ is no part of it."""
    if url[:4].lower() == "www.":
        url = "http://" + url
    found = _HOST.match(url)
    return found[1].lower().strip(".") if found else ""


def is_picture(url: str) -> bool:
    """Whether a URL is of a picture or a style, by its ending."""
    return url[-5:].lower().endswith(_PICTURES)
