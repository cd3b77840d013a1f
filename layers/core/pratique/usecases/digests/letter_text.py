"""A letter as plain text: everything that the HTML says, in lines that no program need break."""

from __future__ import annotations

import textwrap
import unicodedata

from pratique.usecases.digests.letter import Letter, Row

WIDTH = 72
"""Columns; East Asian wide characters take two (Unicode TR 11)."""


def as_text(letter: Letter) -> str:
    """The whole text, lines ended by LF."""
    blocks = [_heading(letter.title, "="), _wrapped(letter.intro)]
    if letter.phrase:
        blocks.append(letter.phrase)
    for part in letter.parts:
        blocks.append(_heading(part.heading, "-"))
        blocks += [_row(letter, row) for row in part.rows]
    blocks += [_wrapped(text) for text in (letter.unlisted, *letter.closing) if text]
    if letter.stop_url:
        blocks.append(f"{letter.words('stop')}:\n{letter.stop_url}")
    return "\n\n".join(blocks) + "\n"


def _heading(text: str, line: str) -> str:
    return f"{text}\n{line * min(_columns(text), WIDTH)}"


def _row(letter: Letter, row: Row) -> str:
    words = letter.words
    who = f"{row.name} <{row.sender}>" if row.name else row.sender
    lines = [f"* {row.subject}", f"  {words('from')}: {who}"]
    if row.mailbox:
        lines.append(f"  {words('to')}: {row.mailbox}")
    lines.append(f"  {row.received} · {row.kept}")
    lines += [_wrapped(text, "  ") for text in (row.alike, row.why, row.but) if text]
    for button in row.buttons:
        lines += [f"  - {button.label}:"] + [f"    {each}" for each in (button.url, button.address) if each]
    return "\n".join(lines)


def _wrapped(text: str, indent: str = "") -> str:
    """Broken at spaces; text without spaces at the width."""
    if " " in text.strip() and _columns(text) < len(text) * 1.5:
        return textwrap.fill(
            text,
            WIDTH,
            initial_indent=indent,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
    lines, current = [], ""
    for char in text:
        if _columns(current + char) > WIDTH - len(indent):
            lines.append(indent + current)
            current = ""
        current += char
    return "\n".join([*lines, indent + current])


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
