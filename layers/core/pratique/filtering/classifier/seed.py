"""The seed model: what an installation knows before its first lesson, learnt from public corpora, from what is the same at every site.

It reads the portable view only, and is the lowest of the layers: those above it learn what it does not know.
"""

from __future__ import annotations

import hashlib
import math
from array import array
from functools import lru_cache
from pathlib import Path

from pratique.domain.errors import PermanentFailure

from .features import BUCKETS, VIEWS, Features
from .model import STEP, weigh
from .weights import join, split

READS = ("portable",)
"""The views it reads."""
ARTEFACT = Path(__file__).parents[1] / "seed" / "seed.bin"

_MAGIC = b"PQS1"
_DIGEST = 32


class Seed:
    """Weights of the views in READS, in STEPs of log-odds, in that order. Never changed."""

    __slots__ = ("_by_view", "weights")

    def __init__(self, weights: tuple[array[int], ...]) -> None:
        self.weights = weights
        by_name = dict(zip(READS, weights, strict=True))
        self._by_view = tuple(by_name.get(view) for view in VIEWS)

    def log_odds(self, features: Features) -> tuple[float, ...]:
        """Log-odds of spam per view of VIEWS; 0 for those it does not read."""
        return tuple(
            0.0 if weights is None else weigh(weights, row) * STEP / math.sqrt(len(row) or 1)
            for weights, row in zip(self._by_view, features.rows, strict=True)
        )

    def by_view(self) -> tuple[array[int] | None, ...]:
        """The weights of each view of VIEWS, None for those it does not read."""
        return self._by_view

    def dumps(self) -> bytes:
        """The seed as octets; the same weights give the same octets. Not packed: packers differ from machine to machine."""
        plain = b"".join(map(split, self.weights))
        return _MAGIC + hashlib.sha256(plain).digest() + plain

    @classmethod
    def loads(cls, data: bytes) -> Seed:
        """The seed of `dumps`. Raises PermanentFailure for anything else."""
        start = len(_MAGIC) + _DIGEST
        digest, plain = data[len(_MAGIC) : start], data[start:]
        size = 2 * BUCKETS
        if (
            not data.startswith(_MAGIC)
            or len(plain) != size * len(READS)
            or hashlib.sha256(plain).digest() != digest
        ):
            raise PermanentFailure("not a seed model: cut, or of another make")
        return cls(tuple(join(plain[at : at + size]) for at in range(0, len(plain), size)))


@lru_cache(maxsize=1)
def seed_model() -> Seed:
    """The shipped seed, read once by each process, at the first message. Raises PermanentFailure where the file is damaged."""
    return Seed.loads(ARTEFACT.read_bytes())
