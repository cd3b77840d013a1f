"""What a model says of the lessons in it: kept with the weights, in one object, so that one conditional write changes both or neither."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pratique.usecases.weigh_lessons import Harm

MILLION = 1_000_000
BASE_STEP = 1 / 64
"""What the layers above said of a lesson is rounded to this (log-odds), so that it is short and the same when it is learnt again."""
MOST_BASE = 500.0


def rounded(base: Sequence[float]) -> tuple[float, ...]:
    """The layers' word on a lesson as it is remembered."""
    return tuple(
        round(max(-MOST_BASE, min(MOST_BASE, each)) / BASE_STEP) * BASE_STEP if each == each else 0.0  # noqa: PLR0124 - not a number
        for each in base
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """A lesson that the model has and the journal may not know of yet: its place in the order, where it waited, the layers' word."""

    seq: int
    place: str
    base: tuple[float, ...]


@dataclass(slots=True)
class Ledger:
    """`last`: the place of the last lesson. `rebuilds`: how often the model was made anew. `applied` and `undone`: what the last save did,
    by lesson id. `harm`: by giver, what their lessons did to the verdicts on what is held out. `distrust`: by author, how many were parked, harmless
    ones since taken off.
    """

    last: int = 0
    rebuilds: int = 0
    applied: dict[str, Entry] = field(default_factory=dict)
    undone: frozenset[str] = frozenset()
    harm: dict[str, Harm] = field(default_factory=dict)
    distrust: dict[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, names: frozenset[str]) -> Ledger:
        """The ledger of `names`, as a model keeps them. What is of another form is left aside."""
        ledger = cls()
        undone = set()
        for name in names:
            kind, *parts = name.split(" ")
            match kind, parts:
                case "=", [last, rebuilds]:
                    ledger.last, ledger.rebuilds = int(last), int(rebuilds)
                case "+", [lesson_id, seq, place, *base]:
                    steps = tuple(int(step) * BASE_STEP for step in base)
                    ledger.applied[lesson_id] = Entry(int(seq), place, steps)
                case "-", [lesson_id]:
                    undone.add(lesson_id)
                case "!", [giver, ham, spam, mixed]:
                    ledger.harm[giver] = Harm(int(ham) / MILLION, int(spam) / MILLION, int(mixed) / MILLION)
                case "?", [author, parked]:
                    ledger.distrust[author] = int(parked)
        ledger.undone = frozenset(undone)
        return ledger

    def names(self) -> frozenset[str]:
        """The ledger as a model keeps it: one word list each, no line breaks."""
        found = {f"= {self.last} {self.rebuilds}"}
        for lesson_id, entry in self.applied.items():
            steps = [str(round(each / BASE_STEP)) for each in entry.base]
            found.add(" ".join(("+", lesson_id, str(entry.seq), entry.place, *steps)))
        found |= {f"- {lesson_id}" for lesson_id in self.undone}
        found |= {f"? {author} {parked}" for author, parked in self.distrust.items() if parked}
        for giver, harm in self.harm.items():
            parts = [round(each * MILLION) for each in harm]
            if any(parts):
                found.add(" ".join(("!", giver, *map(str, parts))))
        return frozenset(found)
