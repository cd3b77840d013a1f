"""Saved searches on the table: a row under its owner."""

from __future__ import annotations

from collections.abc import Callable

from pratique.domain.saved_search import SavedSearch
from pratique.domain.scope import Scope

from .table import PRESENT, Row, Table, number, text, whole, words


class DynamoSearches:
    """Rows `SV#<owner>` / `<id>`."""

    def __init__(self, table: Callable[[], Table]) -> None:
        self._open = table

    def put(self, owner: Scope, search: SavedSearch) -> None:
        """See Searches."""
        self._open().put(
            {
                "pk": text(_partition(owner)),
                "sk": text(search.id),
                "name": text(search.name),
                "query": text(search.query),
                "created": number(search.created_ms),
                "changed": number(search.changed_ms),
            }
        )

    def of_owner(self, owner: Scope) -> list[SavedSearch]:
        """See Searches."""
        return [_search(row) for row in self._open().query_all(_partition(owner), consistent=True)]

    def delete(self, owner: Scope, search_id: str) -> bool:
        """See Searches."""
        return self._open().delete((_partition(owner), search_id), PRESENT)


def _partition(owner: Scope) -> str:
    return f"SV#{owner.key}"


def _search(row: Row) -> SavedSearch:
    return SavedSearch(
        id=words(row, "sk"),
        name=words(row, "name"),
        query=words(row, "query"),
        created_ms=whole(row, "created"),
        changed_ms=whole(row, "changed"),
    )
