"""What was decided about mail like this one: the same recipient's newest copies that somebody let go, took out or reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pratique.domain.address import try_address
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy
from pratique.domain.scope import recipient_scope
from pratique.filtering.fingerprint import BITS, NEAR, distance
from pratique.ports.services import Services

LOOKED_AT = 100
"""Newest copies that were let go or taken out, and as many of the others, which may have been reported."""
SHOWN = 5
MOVED = (State.RELEASING, State.RELEASED, State.REMOVED)
RESTING = (State.HELD, State.DELIVERED)
_DECISIONS = {
    "ham": "reported as not spam",
    "spam": "reported as spam",
    State.RELEASING.value: "released",
    State.RELEASED.value: "released",
    State.REMOVED.value: "removed",
}


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A copy that was decided about. `likeness` is `text` (nearly the same), `sender` or `domain`; `distance` is how many of the 64 bits of
    the near-duplicate keys differ.
    """

    copy: Copy
    likeness: str
    distance: int
    decision: str


@dataclass(frozen=True, slots=True)
class PastDecisions:
    """The nearest ones, and how many of each likeness were decided how: {"text": {"released": 3}}."""

    nearest: tuple[Neighbour, ...]
    counts: dict[str, dict[str, int]]

    def sentences(self) -> list[str]:
        """`Nearly the same: 3 released, 1 removed.`"""
        titles = {"text": "Nearly the same text", "sender": "The same sender", "domain": "The same domain"}
        return [
            f"{title}: "
            + ", ".join(f"{many} {decision}" for decision, many in self.counts[likeness].items())
            + "."
            for likeness, title in titles.items()
            if likeness in self.counts
        ]


def past_decisions(services: Services, copy: Copy, *, shown: int = SHOWN) -> PastDecisions:
    """Look through two pages of the recipient's own list, however much mail there is."""
    found = sorted(_alike(copy, _decided(services, copy)), key=_order)
    counts: dict[str, Counter[str]] = {}
    for each in found:
        counts.setdefault(each.likeness, Counter())[each.decision] += 1
    return PastDecisions(
        tuple(found[:shown]), {likeness: dict(of.most_common()) for likeness, of in counts.items()}
    )


def decision_of(copy: Copy) -> str:
    """What a person said of a copy, '' for nothing: a report counts more than a move."""
    return _DECISIONS.get(copy.lesson) or _DECISIONS.get(copy.state.value, "")


def _decided(services: Services, copy: Copy) -> Iterator[Copy]:
    scope, now = recipient_scope(copy.id.owner), services.clock.now_ms() // 1000
    for states in (MOVED, RESTING):
        page = services.index.list_copies(
            scope, states=states, limit=LOOKED_AT, now=now, direction=copy.id.direction
        )
        yield from (each for each in page.copies if each.id != copy.id and decision_of(each))


def _alike(copy: Copy, decided: Iterator[Copy]) -> Iterator[Neighbour]:
    sender = try_address(copy.sender)
    for each in decided:
        bits = distance(copy.fingerprint, each.fingerprint)
        other = try_address(each.sender)
        if bits <= NEAR:
            likeness = "text"
        elif sender is not None and sender == other:
            likeness = "sender"
        elif sender is not None and other is not None and sender.domain == other.domain:
            likeness = "domain"
        else:
            continue
        yield Neighbour(each, likeness, min(bits, BITS), decision_of(each))


def _order(each: Neighbour) -> tuple[Sequence[str], int, int]:
    """The likest first, then the newest."""
    rank = ("text", "sender", "domain").index(each.likeness)
    return str(rank), each.distance if rank == 0 else 0, -each.copy.received_ms
