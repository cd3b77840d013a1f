"""What is asked about a message's content."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from .asked import Asked


class PreviewQuery(Asked, frozen=True):
    """How to look at it."""

    remote: Annotated[bool, Meta(description="Let its page load pictures from other places, by https")] = (
        False
    )
