"""A recipient asks for the release of a held copy, an administrator answers. Named tuples: ingest loads this module."""

from __future__ import annotations

import enum
from typing import NamedTuple

from .errors import InvalidInput

MAX_TEXT = 200
"""Characters of what either side says."""


class RequestState(enum.StrEnum):
    """How far a request is."""

    OPEN = "open"
    APPROVED = "approved"
    DENIED = "denied"


class ReleaseRequest(NamedTuple):
    """At most one of each copy. Who asked, when (Unix ms), in which words; who answered, when (0: nobody yet), with which note."""

    state: RequestState
    by: str
    at_ms: int
    text: str = ""
    answered_by: str = ""
    answered_ms: int = 0
    note: str = ""


def check_words(text: str, what: str) -> str:
    """The text without space at its ends. Raises InvalidInput for one that is too long or could write elsewhere than on its line."""
    words = text.strip()
    if len(words) > MAX_TEXT or not (words == "" or words.isprintable()):
        raise InvalidInput(f"{what} is at most {MAX_TEXT} printable characters, on one line")
    return words
