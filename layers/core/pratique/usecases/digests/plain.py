"""Strangers' text made fit to show: one line, bounded, without anything that controls how the rest is shown."""

from __future__ import annotations

import re
import unicodedata

_LINK = re.compile(r"(?<=\w)([.:@/])(?=\w)")
_NO_JOIN = "\u200c"
_MOST_MARKS = 2


def one_line(text: str, most: int) -> str:
    """The text on one line of at most `most` characters. Controls, line and paragraph separators become spaces; characters that are not seen,
    turn the direction of writing, or pile up on one letter are left out (Unicode categories Cc, Zl, Zp, Cf, Co, Cs, Cn; more than two Mn or Me).
    """
    shown: list[str] = []
    marks = 0
    for char in text[: most * 8]:
        category = unicodedata.category(char)
        if category in ("Cc", "Zl", "Zp"):
            shown.append(" ")
        elif category in ("Mn", "Me"):
            marks += 1
            if marks <= _MOST_MARKS:
                shown.append(char)
            continue
        elif category[0] != "C":
            shown.append(char)
        marks = 0
    line = " ".join("".join(shown).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def unlinked(line: str) -> str:
    """The same to the eye, but no program makes a link of a name or an address in it: for a part that is shown as HTML."""
    return _LINK.sub(rf"{_NO_JOIN}\1{_NO_JOIN}", line)
