"""A search that somebody keeps under a name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import InvalidInput
from .search import fold

MOST = 50
"""Of one owner."""
MAX_NAME = 80
_ID = re.compile(r"^[A-Za-z0-9_-]{1,64}$")


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """`id` is its owner's choice, `query` what GET /v1/messages/search takes, as JSON without what is left open. Times are Unix ms."""

    id: str
    name: str
    query: str
    created_ms: int
    changed_ms: int

    @property
    def place(self) -> tuple[str, str]:
        """Where it stands in a list: by name, as people read it."""
        return fold(self.name), self.id

    def says_same(self, other: SavedSearch) -> bool:
        """Whether nothing but times differs."""
        return (self.id, self.name, self.query) == (other.id, other.name, other.query)


def check_search_id(text: str) -> str:
    """The id. Raises InvalidInput."""
    if _ID.fullmatch(text) is None:
        raise InvalidInput("the id of a saved search is 1 to 64 letters, digits, - or _")
    return text


def check_search_name(text: str) -> str:
    """The name without white space around it. Raises InvalidInput."""
    name = text.strip()
    if not 1 <= len(name) <= MAX_NAME or not name.isprintable():
        raise InvalidInput(f"a search's name is 1 to {MAX_NAME} printable characters")
    return name
