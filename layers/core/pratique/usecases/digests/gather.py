"""What a digest is about: the held copies of a scope, folded into lines, the likeliest mistakes first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pratique.domain.digest import Plan
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy, Facts
from pratique.domain.policy import DAY
from pratique.domain.scope import Scope
from pratique.ports.services import Services
from pratique.usecases.fold_campaigns import Line, fold_campaigns

PAGE = 200
WINDOW = 1_000
"""Copies looked at for one digest, the newest."""
MOST_ALIKE = 20
"""Copies that one line stands for; the rest of a campaign is counted."""
OWN_DIGEST = "digest"
"""The signal of a digest of ours that came back: it is never listed."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """Lines in order, what is known of their messages, and how many copies are held beside them."""

    lines: tuple[Line, ...]
    facts: dict[str, Facts]
    unlisted: int

    @property
    def count(self) -> int:
        """Copies that the lines stand for."""
        return sum(line.count for line in self.lines)


def gather(services: Services, scope: Scope, plan: Plan, *, since_ms: int = 0) -> Gathered:
    """What was held after `since_ms` (0: everything that is held) and is to be listed by the plan."""
    copies = [copy for copy in _held(services, scope, since_ms) if is_listed(copy, plan)]
    return put_in_order(services, copies, most=plan.most)


def put_in_order(services: Services, copies: list[Copy], *, most: int) -> Gathered:
    """Those copies as lines, at most `most`."""
    ordered = sorted(fold_campaigns(copies), key=lambda line: -round(line.mistake.value, 9))
    lines = tuple(replace(line, others=line.others[: MOST_ALIKE - 1]) for line in ordered[:most])
    facts = services.index.get_many_facts([line.copy.id.message for line in lines])
    return Gathered(lines, facts, len(copies) - sum(line.count for line in lines))


def is_listed(copy: Copy, plan: Plan) -> bool:
    """Whether the plan wants to see this copy."""
    signals = {item.signal for item in copy.contributions}
    if OWN_DIGEST in signals or copy.score > plan.ceiling:
        return False
    return not (plan.skip_blocked and "list:block" in signals)


def held_at(copy: Copy) -> int:
    """When it was stored (Unix ms): later than it was received where an event was late."""
    return copy.events[0].at_ms if copy.events else copy.received_ms


def _held(services: Services, scope: Scope, since_ms: int) -> Iterator[Copy]:
    """Newest first, as far back as what was stored late can lie."""
    cursor = None
    for _ in range(WINDOW // PAGE):
        now = services.clock.now_ms() // 1000
        page = services.index.list_copies(scope, states=(State.HELD,), limit=PAGE, now=now, cursor=cursor)
        yield from (copy for copy in page.copies if held_at(copy) > since_ms)
        cursor = page.cursor
        if cursor is None or (page.copies and page.copies[-1].received_ms < since_ms - DAY * 1000):
            return
