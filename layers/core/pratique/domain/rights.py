"""Why a message is held, in one word, and what its recipient may do with it because of that."""

from __future__ import annotations

import enum
from collections.abc import Collection


class Reason(enum.StrEnum):
    """Why a copy is held: the gravest thing about it. In this order, the first that fits counts (filtering/reasons.py)."""

    VIRUS = "virus"
    """A virus was found in it."""
    LOOP = "loop"
    """It came through here too often."""
    ATTACHMENT = "attachment"
    """A file in it runs, hides a program, or keeps a scanner out."""
    PHISHING = "phishing"
    """It pretends to be from somebody else, or asks for a password."""
    BLOCKED = "blocked"
    """A block entry names its sender."""
    POLICY = "policy"
    """Nothing but a threshold stricter than the built-in one holds it."""
    SPAM = "spam"
    """It looks like spam."""


class Right(enum.StrEnum):
    """What a recipient may do with a held copy. Removing and reporting are always allowed."""

    RELEASE = "release"
    REQUEST = "request"
    """Ask an administrator to let it go."""
    NONE = "none"


RUNS = "exe"
"""The extension noted for a program whose name has another one."""
UNTOLD = "*"
"""Stands among a copy's extensions where it has more than are kept: it may have any."""
MAX_EXTENSIONS = 40
"""Kept of one message."""


def lessened(right: Right, extensions: Collection[str], disallowed: Collection[str]) -> Right:
    """The right to release a copy with files of these extensions, where recipients may not release `disallowed` ones: they may ask."""
    if right is not Right.RELEASE or not disallowed:
        return right
    found = UNTOLD in extensions or not set(disallowed).isdisjoint(extensions)
    return Right.REQUEST if found else right
