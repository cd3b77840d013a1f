"""Learned weights: the model of a scope, and what it can be made from again."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Protocol

from pratique.domain.scope import Scope


@dataclass(frozen=True, slots=True)
class StoredModel:
    """The bytes of a model and the tag (ETag) that a conditional write compares."""

    data: bytes
    tag: str


class Part(enum.StrEnum):
    """The objects of a scope."""

    MODEL = "model"
    """What mail is judged by."""
    BASE = "base"
    """The lessons that can no longer be taken back, and nothing else."""
    REBUILD = "rebuild"
    """A model under way from the base to the present, between two runs of the learner."""


class ModelStore(Protocol):
    """Conditional writes only, so that two learners cannot lose each other's lessons."""

    def load(self, scope: Scope, part: Part = Part.MODEL) -> StoredModel | None:
        """The current bytes, None where the scope has no such object yet."""

    def save(self, scope: Scope, data: bytes, *, expected_tag: str | None, part: Part = Part.MODEL) -> str:
        """Write if the stored tag is still `expected_tag` (None: if there is nothing). Returns the new tag.

        Raises ConcurrentChange when another writer was first.
        """
