"""What goes out over the wire about reasons: why a message was judged so, and what a change would have done."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from .given import Evidence, Given, Message


class Flip(msgspec.Struct, frozen=True):
    """A change after which it would have been held, or would not. `absent` names the signals that would have to be gone, `score` is what it
    would have scored then.
    """

    kind: Annotated[str, Meta(description="`evidence`, `threshold` or `entry`")]
    text: str
    absent: list[str]
    score: float | None


class Word(msgspec.Struct, frozen=True):
    """A word or fragment of the message that moves the classifier of today, and how far (log-odds; above zero towards spam)."""

    text: str
    weight: float


class Neighbour(msgspec.Struct, frozen=True):
    """A message like this one that somebody decided about."""

    message: Message
    likeness: Annotated[str, Meta(description="`text` (nearly the same), `sender` or `domain`")]
    distance: Annotated[int, Meta(description="Bits of 64 in which the near-duplicate keys differ")]
    decision: str


class Why(Given, frozen=True):
    """Why a message was judged so. The weights of `contributions` add up to `log_odds`; the score is sigmoid of that."""

    message: Message
    summary: str
    log_odds: float
    spam_at: Annotated[float, Meta(description="The quarantine threshold that holds for the recipient today")]
    held: Annotated[bool, Meta(description="Whether today's settings would hold it")]
    contributions: list[Evidence]
    words: list[Word]
    flips: list[Flip]
    past: list[str]
    neighbours: list[Neighbour]


class Changed(msgspec.Struct, frozen=True):
    """A message that the change would have treated differently, with the score it would have had."""

    message: Message
    score: float


class ChangedGroup(msgspec.Struct, frozen=True):
    """How many, what became of them, and the newest of them."""

    copies: int
    released: int
    removed: int
    reported_ham: int
    reported_spam: int
    examples: list[Changed]


class WhatIf(Given, frozen=True):
    """What a change would have done to the mail received from `oldest` to `newest`, `looked_at` copies. `held_then` is how many were held when
    they came, `held_now` how many today's settings would hold, `held_changed` how many with the change. `cursor` goes on with
    older mail; null at the end.
    """

    scope: str
    looked_at: int
    oldest: datetime | None
    newest: datetime | None
    held_then: int
    held_now: int
    held_changed: int
    held: ChangedGroup
    freed: ChangedGroup
    cursor: str | None
