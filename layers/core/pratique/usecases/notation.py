"""Marks that the destination can filter on: text before the subject, and fields of their own on top.

Text that is not ASCII is written as encoded words (RFC 2047), the only form that every server carries. Fields on top touch nothing that is
signed. A sender may have written fields of the same names, signed or not: one that says something else than ours would lie to whoever
looks for them, and goes, with its signature if it was in one; one that says the same stays, and so does its signature.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable

from pratique.domain.message import Copy
from pratique.domain.policy import NotationPlace
from pratique.domain.verdict import Verdict
from pratique.usecases.byte_edits import (
    MAX_LINE,
    Field,
    cut_where,
    fields,
    insert,
    line_end,
    rest_of_line,
    value_start,
)

FLAG, LEVEL, TEXT = "X-Spam-Flag", "X-Spam-Level", "X-Pratique-Notation"
MOST_STARS = 10
WORD_OCTETS = 39
"""Octets of text in one encoded word: with `Subject: ` before it, its line has 73 octets at most (RFC 2047, 2: 76)."""
_SUBJECT = b"subject"
_WORD_AHEAD = re.compile(rb"(?:[ \t]|\r?\n(?=[ \t])|\r(?=[ \t]))*+=\?")


def printable(text: str) -> str:
    """The text without anything that could end a line or turn its direction."""
    return "".join(char for char in text if char.isprintable())


def in_subject(copy: Copy) -> bool:
    """Whether the copy's mark goes before its subject."""
    return copy.notation_in in (NotationPlace.SUBJECT, NotationPlace.BOTH)


def mark_fields(copy: Copy) -> list[tuple[str, str]]:
    """Names and values of the fields on top, none where the policy wants none: X-Spam-Flag (YES or NO), X-Spam-Level (a star for each tenth of
    the score), and the text of the mark, if there is one.
    """
    if copy.notation_in is NotationPlace.SUBJECT:
        return []
    found = [(FLAG, "YES" if copy.verdict is Verdict.SPAM else "NO")]
    stars = max(0, min(MOST_STARS, int(copy.score * MOST_STARS)))
    if stars:
        found.append((LEVEL, "*" * stars))
    text = printable(copy.notation).strip()
    return [*found, (TEXT, text)] if text else found


def mark_lines(marks: Iterable[tuple[str, str]]) -> list[str]:
    """The lines of these fields, without line ends."""
    return [line for name, text in marks for line in _lines(name, text)]


def without_lies(raw: bytes, marks: Iterable[tuple[str, str]]) -> bytes:
    """The message without fields of these names that say anything else, in either view of lines; the very same object where there are none."""
    told = {name.lower(): text.lower() for name, text in marks}
    for name in (FLAG, LEVEL):
        truth = told.get(name.lower(), "").encode()
        raw = cut_where(raw, name.encode(), lambda value, truth=truth: value.lower() != truth)  # type: ignore[misc]  # bound at once
    return raw


def notate_subject(raw: bytes, notation: str) -> tuple[bytes, bool]:
    """Put `notation` (printable text) before the text of the subject; (message, False) unchanged where there is no Subject field.

    A message should have one. Of several some readers show the first, others the last: every one is marked.
    """
    edits = [_edit(raw, field, notation) for field in fields(raw) if field.name == _SUBJECT]
    return (insert(raw, edits), True) if edits else (raw, False)


def subject_lines(notation: str) -> list[str]:
    """A subject that is nothing but the mark."""
    return _lines("Subject", notation.rstrip())


def encoded_words(text: str) -> list[str]:
    """The text as encoded words of UTF-8, whole characters in each (RFC 2047, 5 (3))."""
    words, part = [], b""
    for char in text:
        octets = char.encode()
        if len(part) + len(octets) > WORD_OCTETS:
            words.append(part)
            part = b""
        part += octets
    return [f"=?utf-8?B?{base64.b64encode(each).decode()}?=" for each in [*words, part] if each]


def _is_plain(text: str) -> bool:
    """Whether a header field can carry the text as it is, and nobody takes it for an encoded word."""
    return text.isascii() and "=?" not in text


def _lines(name: str, text: str) -> list[str]:
    if _is_plain(text):
        return [f"{name}: {text}"]
    first, *others = encoded_words(text)
    return [f"{name}: {first}", *(f" {word}" for word in others)]


def _edit(raw: bytes, field: Field, notation: str) -> tuple[int, bytes]:
    position = value_start(raw, field)
    eol = line_end(raw)
    line = rest_of_line(raw, field)
    word_ahead = _WORD_AHEAD.match(raw, position, field.end) is not None
    if not _is_plain(notation):
        # Space between two encoded words is not shown (RFC 2047, 6.2), between one and plain text it is: it goes where it counts.
        text = notation.rstrip(" ") + " " * word_ahead
        words = (eol + b" ").join(word.encode() for word in encoded_words(text))
        return position, words + (eol + b" " if line.strip(b" \t") else b"")
    plain = notation.encode()
    if position - field.start + len(line) + len(plain) > MAX_LINE:
        return position, plain + eol + b" "
    if word_ahead and not plain.endswith(b" "):
        plain += b" "  # an encoded word stands alone (RFC 2047, section 5)
    return position, plain
