"""What goes out about siblings."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from .given import Given, Message


class Sibling(Given, frozen=True):
    """A copy like the one asked about."""

    message: Message
    likeness: Annotated[
        Literal["text", "sender", "rescored"],
        Meta(
            description="Nearly the same text; the same sender; or only that the filter of today decides otherwise"
        ),
    ]
    distance: Annotated[int, Meta(description="Bits of 64 in which the near-duplicate keys differ")]
    offered: Annotated[
        bool, Meta(description="Whether it may be acted on with the others without a closer look")
    ]
    score_now: Annotated[
        float | None, Meta(description="By the filter of today; null where that was not asked")
    ]
    held_now: Annotated[bool | None, Meta(description="Whether it would be held today")]


class SiblingList(Given, frozen=True):
    """Siblings among the copies that were looked at. With a `cursor` there are older ones to look through."""

    aim: Annotated[
        Literal["release", "recall"],
        Meta(description="Held mail to let go, or delivered mail whose people may have to be warned"),
    ]
    siblings: list[Sibling]
    looked_at: int
    cursor: str | None
