"""Text and links out of HTML, in linear time: plain searches, no parser that a page can drive into a quadratic corner."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from .parsed import MAX_URL, MAX_URLS

# What is never shown. An end that never comes takes the rest, as in a browser, so each octet is looked at once.
_UNSHOWN = re.compile(r"(?is)<!--.*?(?:-->|\Z)|<(script|style|title|head)\b.*?(?:</\1\s*>|\Z)")
_BREAK = re.compile(r"(?i)<(?:br|/?p|/?div|/?tr|/?li|/?h[1-6]|/?table|/td|hr)\b[^<>]*>")
_TAG = re.compile(r"<[!/?a-zA-Z][^<>]*>?")
_SPACE = re.compile(r"[ \t\xa0]+")
_LINES = re.compile(r"\s*\n\s*")

_URL = re.compile(r"(?i)\b(?:https?://|ftp://|www\.)[^\s<>\"'\\{}|^`\x00-\x1f]{1,500}")
_LINK = re.compile(
    r"(?i)\b(?:href|src|action|background)\s{0,5}=\s{0,5}(?:\"([^\"<>]{1,500})\"|'([^'<>]{1,500})'|([^\s\"'<>]{1,500}))"
)
_ANCHOR = re.compile(r"(?i)<a\s([^<>]{1,2000})>")
_TRAILING = ".,;:!?)]}>*'\""


def visible_text(page: str) -> str:
    """What a reader would see of an HTML page, roughly: no markup, entities decoded, space folded."""
    text = _UNSHOWN.sub(" ", page)
    text = _TAG.sub("", _BREAK.sub("\n", text))
    if "&" in text:
        text = html.unescape(text)
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
    for match in _URL.finditer(text):
        yield match[0].rstrip(_TRAILING)[:MAX_URL]
    for match in _LINK.finditer(page):
        target = html.unescape(match[1] or match[2] or match[3]).strip()
        if ":" in target[:12] and not target[:5].lower().startswith(("cid:", "data:", "about")):
            yield "".join(target.split())[:MAX_URL]
        elif target.startswith("//"):
            yield "http:" + target[:MAX_URL]
    for match in _URL.finditer(page):
        yield html.unescape(match[0]).rstrip(_TRAILING)[:MAX_URL]


def anchors(page: str, most: int = 100) -> list[tuple[str, str]]:
    """(target, shown text) of the first links of a page."""
    found: list[tuple[str, str]] = []
    for match in _ANCHOR.finditer(page):
        link = _LINK.search(match[1])
        if link is None:
            continue
        end = page.find("</", match.end(), match.end() + 2_000)
        shown = _TAG.sub("", page[match.end() : end]) if end >= 0 else ""
        found.append((html.unescape(link[1] or link[2] or link[3]).strip(), html.unescape(shown).strip()))
        if len(found) >= most:
            break
    return found
