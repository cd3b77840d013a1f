"""What a person (or an operator's corpus) taught the filter."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from .scope import Scope


class Label(enum.StrEnum):
    """The two answers a lesson can give."""

    HAM = "ham"
    SPAM = "spam"


@dataclass(frozen=True, slots=True)
class Lesson:
    """One report: this sample is ham, or spam, says `author`. `id` is unique, and the same for the same report made twice.

    `scope` is the model layer it teaches. `sample` is the classifier's compact form of the message.
    """

    id: str
    scope: Scope
    label: Label
    author: str
    created_ms: int
    sample: bytes
    origin: str = ""
    """What it came from: a copy's id, or the name of an upload."""
