"""What goes out over the wire about searches."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from .given import Given, Message


class SearchResult(Given, frozen=True):
    """What was found, newest first. `cursor` goes on with older mail, null at the end: a search that looked long enough stops with few or none."""

    messages: list[Message]
    cursor: str | None
    looked_at: Annotated[int, Meta(description="Messages that this call looked at")]
    back_to: Annotated[datetime | None, Meta(description="The oldest of them; null where there was none")]
