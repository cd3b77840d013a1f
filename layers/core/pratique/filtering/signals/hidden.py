"""Text that is there for filters and not for readers."""

from __future__ import annotations

from pratique.domain.envelope import Receipt
from pratique.domain.verdict import Contribution

from ..contributions import found
from ..page_style import WHITE
from ..parsed import ParsedMessage
from ..patterns import pattern

MEANINGS = {
    "hidden:style": "text that is not displayed",
    "hidden:zero-size": "text in letters of no size",
    "hidden:tiny": "text in letters too small to read",
    "hidden:off-screen": "text outside of the window",
    "hidden:same-colour": "text in the colour of its background",
    "hidden:near-white": "text that is nearly white",
    "hidden:transparent": "text that is transparent",
    "hidden:much": "more than a preview line is hidden",
}
_NONE = pattern(
    r"<(?!img|br|style|input|meta|link|o:|table|tr|td|center)[a-z]{1,12}\b[^<>]{0,800}(?:display\s{0,3}:\s{0,3}none"
    r"|visibility\s{0,3}:\s{0,3}hidden|mso-hide\s{0,3}:\s{0,3}all)[^<>]{0,800}>([^<>]{0,3000})"
)
_OFF = pattern(r":\s{0,3}-\d{3,}")
_PLACES = ("indent", "left", "top", "right")
_OPACITY = pattern(r"opacity\s{0,3}:\s{0,3}0(?:\.0\d?)?[;\"' ]")
_LOOKED_AT = 65_536
_PREVIEW = 250


def evidence(parsed: ParsedMessage, receipt: Receipt) -> list[Contribution]:  # noqa: ARG001 - one form for all signals
    """Newsletters hide a preview line, so a little hidden text means little."""
    if not parsed.html:
        return []
    page = parsed.low_html[:_LOOKED_AT]
    names = set()
    if "none" in page or "hidden" in page or "mso-hide" in page:
        texts = [match[1].strip() for match in _NONE.finditer(page)]
        shown = [text for text in texts if any(c.isalpha() for c in text)]
        if shown:
            names.add("hidden:style")
        if sum(map(len, shown)) > _PREVIEW:
            names.add("hidden:much")
    style = parsed.style
    if style.zero:
        names.add("hidden:zero-size")
    if style.tiny:
        names.add("hidden:tiny")
    if style.near_white:
        names.add("hidden:near-white")
    if style.same or (style.backgrounds <= WHITE and not WHITE.isdisjoint(style.colours)):
        names.add("hidden:same-colour")
    if "transparent" in style.colours or ("opacity" in page and _OPACITY.search(page)):
        names.add("hidden:transparent")
    if (":-" in page or ": -" in page) and _is_off_screen(page):
        names.add("hidden:off-screen")
    return [found(name) for name in sorted(names)]


def _is_off_screen(page: str) -> bool:
    starts = (match.start() for match in _OFF.finditer(page))
    return any(page[max(0, start - 10) : start].rstrip().endswith(_PLACES) for start in starts)
