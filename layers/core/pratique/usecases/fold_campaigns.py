"""Fold copies of one campaign into one line: by the near-duplicate key that each copy's row carries, without any read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pratique.domain.message import Copy
from pratique.domain.triage import PROVEN, Mistake, judge_mistake, of_many
from pratique.filtering.fingerprint import NEAR


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list. `copy` stands for all (the most likely mistake of them, the first given where they are equal), `others` are the rest
    in the order given, `mistake` is that of the line as a whole.
    """

    copy: Copy
    others: tuple[Copy, ...]
    mistake: Mistake

    @property
    def count(self) -> int:
        """How many copies the line stands for."""
        return 1 + len(self.others)


def mistake_of(copy: Copy) -> Mistake:
    """How likely it is that holding this one copy is a mistake, and at what cost."""
    return judge_mistake(copy.triage, score=copy.score, contributions=copy.contributions)


def single_lines(copies: Sequence[Copy]) -> list[Line]:
    """A line for each."""
    return [Line(copy, (), mistake_of(copy)) for copy in copies]


def fold_campaigns(copies: Sequence[Copy]) -> list[Line]:
    """Lines in the order of their first copies. Copies of one message, and messages whose keys differ in a few bits from the first one's, share
    a line; what has no key stands alone. Work grows with copies times campaigns: give it a page, or a window of some thousand.
    """
    groups: list[list[Copy]] = []
    by_message: dict[str, list[Copy]] = {}
    keys: list[tuple[int, list[Copy]]] = []
    for copy in copies:
        group = by_message.get(copy.id.message)
        if group is None and copy.fingerprint:
            key = int(copy.fingerprint, 16)
            group = next((group for other, group in keys if (key ^ other).bit_count() <= NEAR), None)
        if group is None:
            group = []
            groups.append(group)
            if copy.fingerprint:
                keys.append((int(copy.fingerprint, 16), group))
        group.append(copy)
        by_message[copy.id.message] = group
    return [_line(group) for group in groups]


def _line(group: list[Copy]) -> Line:
    judged = [(mistake_of(copy), copy) for copy in group]
    best, first = max(judged, key=lambda each: each[0].value)
    proven = all(PROVEN in copy.triage.partition(" ")[2] for copy in group)
    one_sender = len({copy.sender for copy in group}) == 1
    whole = of_many(best, copies=len(group), one_proven_sender=proven and one_sender)
    return Line(first, tuple(copy for copy in group if copy is not first), whole)
