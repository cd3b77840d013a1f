"""Learned weights, one object per scope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pratique.domain.scope import Scope


@dataclass(frozen=True, slots=True)
class StoredModel:
    """The bytes of a model and the tag (ETag) that a conditional write compares."""

    data: bytes
    tag: str


class ModelStore(Protocol):
    """Conditional writes only, so that two learners cannot lose each other's lessons."""

    def load(self, scope: Scope) -> StoredModel | None:
        """The current bytes, None where the scope has no model yet."""

    def save(self, scope: Scope, data: bytes, *, expected_tag: str | None) -> str:
        """Write if the stored tag is still `expected_tag` (None: if there is nothing). Returns the new tag.

        Raises ConcurrentChange when another writer was first.
        """
