"""Sizes and colours that a page gives its text: read in one pass for all signals that ask."""

from __future__ import annotations

from dataclasses import dataclass, field

from .patterns import pattern

MOST = 400
"""Sizes, and colours, that are read of a page."""

# Patterns that begin with plain letters: the search for those is many times faster than any other.
_SIZE = pattern(r"font-size\s{0,3}:\s{0,3}([\d.]{1,6}|xx-large)(px|pt|em|%)?")
_FONT = pattern(r"<font\b[^<>]{0,100}?\bsize\s{0,3}=\s{0,3}[\"']?([+-]?\d)")
_COLOUR = pattern(r"color\s{0,3}[=:]\s{0,3}[\"']?(#[0-9a-f]{3,6}|[a-z]{3,12})")
_NEAR_WHITE = pattern(r"#f[0-9a-f]f[0-9a-f]f[0-9a-f]$")
WHITE = frozenset({"#fff", "#ffffff", "white"})
_POINT = {"px": 1.0, "pt": 1.3, "em": 16.0, "%": 0.16, None: 1.0}
_READABLE_PX = 4.0
_LOUD_PX = 30.0


@dataclass(slots=True)
class PageStyle:
    """What was found. `same` says that some element has text in the colour of its own background."""

    zero: bool = False
    tiny: bool = False
    loud: bool = False
    same: bool = False
    backgrounds: set[str] = field(default_factory=set)
    colours: set[str] = field(default_factory=set)

    @property
    def near_white(self) -> bool:
        """Whether some text is nearly white, but not white."""
        return any(_NEAR_WHITE.match(colour) for colour in self.colours - WHITE)


def read_style(page: str) -> PageStyle:
    """Read a page that is in lower case already."""
    style = PageStyle()
    if "font-size" in page:
        for number, size in enumerate(_SIZE.finditer(page)):
            _take_size(style, size[1], size[2])
            if number > MOST:
                break
    if "<font" in page:
        for font in _FONT.findall(page)[:MOST]:
            style.loud |= font.lstrip("+") in ("5", "6", "7") or font in ("+3", "+4")
            style.tiny |= font in ("-4", "-5", "-6", "-7", "-8", "-9", "0")
    if "color" in page:
        _take_colours(style, page)
    return style


def _take_size(style: PageStyle, number: str, unit: str | None) -> None:
    if number == "xx-large":
        style.loud = True
        return
    try:
        pixels = float(number) * _POINT[unit]
    except ValueError:
        return
    if pixels == 0:
        style.zero = True
    elif pixels < _READABLE_PX:
        style.tiny = True
    elif pixels > _LOUD_PX:
        style.loud = True


def _take_colours(style: PageStyle, page: str) -> None:
    last_end, last, last_is_ground = 0, "", False
    for number, found in enumerate(_COLOUR.finditer(page)):
        start, colour = found.start(), found[1]
        before = page[start - 1 : start]
        is_ground = before == "-" or before.isalpha()  # background-color, bgcolor
        (style.backgrounds if is_ground else style.colours).add(colour)
        if colour == last and is_ground != last_is_ground and page.find("<", last_end, start) < 0:
            style.same = True
        last_end, last, last_is_ground = found.end(), colour, is_ground
        if number > MOST:
            break
