"""What-if: a change of policy, lists or weights, played on the evidence that is stored with the newest mail. Nothing is changed.

Each copy is decided twice by today's settings, once without the change and once with it, from what was known when it came: the mail
itself is not read again. What happened to it later says whether the change would have been right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pratique.domain.actor import Actor
from pratique.domain.errors import InvalidInput
from pratique.domain.lifecycle import State
from pratique.domain.listentry import ListEntry, normalise_pattern
from pratique.domain.message import Copy
from pratique.domain.policy import DAY, MAX_RETENTION_DAYS, check_policy
from pratique.domain.scope import Scope
from pratique.ports.services import Services
from pratique.usecases.replay import Change, Replay, Replayed

PAGE, PAGE_OF_MODELS = 500, 100
"""Copies read at a time: a page costs a few reads of each state's list, so small ones cost more. Where models are asked, smaller ones, so
that SECONDS are kept.
"""
MOST = 5_000
SECONDS = 20.0
"""After this long no further page is begun: an HTTP API gives up after 30."""
EXAMPLES = 10
MAX_ENTRIES, MAX_FACTORS = 50, 100
LARGEST_FACTOR = 100.0


@dataclass(slots=True)
class Group:
    """Copies that the change would have treated differently, by what became of them; `examples` are the newest."""

    copies: int = 0
    released: int = 0
    """Let go by a person."""
    removed: int = 0
    reported_ham: int = 0
    reported_spam: int = 0
    examples: list[Replayed] = field(default_factory=list)

    def add(self, each: Replayed) -> None:
        """Count it."""
        copy = each.copy
        self.copies += 1
        self.released += copy.state in (State.RELEASING, State.RELEASED)
        self.removed += copy.state is State.REMOVED
        self.reported_ham += copy.lesson == "ham"
        self.reported_spam += copy.lesson == "spam"
        if len(self.examples) < EXAMPLES:
            self.examples.append(each)


@dataclass(slots=True)
class Preview:
    """What the change would have done to the copies that were looked at, which are those received from `oldest_ms` to `newest_ms`.

    `held_then` is how many were held when they came, `held_now` how many today's settings would hold, `held_changed` how many with the
    change. `held` and `freed` are the difference between the last two. `cursor` goes on with older mail; None where all of the days
    asked for were looked at. Mail whose record has expired is not there: the further back, the less there is.
    """

    looked_at: int = 0
    newest_ms: int = 0
    oldest_ms: int = 0
    held_then: int = 0
    held_now: int = 0
    held_changed: int = 0
    held: Group = field(default_factory=Group)
    freed: Group = field(default_factory=Group)
    cursor: str | None = None


def preview_change(
    services: Services,
    actor: Actor,
    scope: Scope,
    change: Change,
    *,
    days: int = 7,
    limit: int = MOST,
    cursor: str | None = None,
) -> Preview:
    """Play the change of `scope`'s settings on the newest copies of the last `days` days in that scope.

    Stops after `limit` copies or SECONDS, with a cursor. Raises NotFound, InvalidInput.
    """
    actor.must_see(scope)
    _check(change, days, limit)
    started_ms = services.clock.now_ms()
    replay, made = Replay(services, scope, _normal(change, scope)), Preview(cursor=cursor)
    since_ms, size = started_ms - days * DAY * 1000, PAGE_OF_MODELS if change.rejudge else PAGE
    for page in _pages(services, scope, made, limit=limit, since_ms=since_ms, size=size):
        for each in replay.page(page):
            _count(made, each)
        if services.clock.now_ms() - started_ms >= SECONDS * 1000:
            break
    return made


def _pages(
    services: Services, scope: Scope, made: Preview, *, limit: int, since_ms: int, size: int
) -> Iterator[Sequence[Copy]]:
    """Pages of copies, newest first, until there are no more, or none so young, or enough."""
    while made.looked_at < limit:
        page = services.index.list_copies(
            scope,
            states=tuple(State),
            limit=min(size, limit - made.looked_at),
            now=services.clock.now_ms() // 1000,
            cursor=made.cursor,
        )
        young = [copy for copy in page.copies if copy.received_ms >= since_ms]
        made.cursor = page.cursor if len(young) == len(page.copies) else None
        yield young
        if made.cursor is None:
            return


def _count(made: Preview, each: Replayed) -> None:
    received = each.copy.received_ms
    made.newest_ms = max(made.newest_ms, received)
    made.oldest_ms = min(made.oldest_ms or received, received)
    made.looked_at += 1
    made.held_then += each.held_then
    made.held_now += each.held_now
    made.held_changed += each.held_changed
    if each.held_changed and not each.held_now:
        made.held.add(each)
    elif each.held_now and not each.held_changed:
        made.freed.add(each)


def _check(change: Change, days: int, limit: int) -> None:
    check_policy(change.policy)
    if not 1 <= days <= MAX_RETENTION_DAYS:
        raise InvalidInput(f"days is a number from 1 to {MAX_RETENTION_DAYS}")
    if not 1 <= limit <= MOST:
        raise InvalidInput(f"limit is a number from 1 to {MOST}")
    if len(change.entries) + len(change.forget) > MAX_ENTRIES or len(change.factors) > MAX_FACTORS:
        raise InvalidInput(f"at most {MAX_ENTRIES} list entries and {MAX_FACTORS} weights at once")
    if not all(0.0 <= factor <= LARGEST_FACTOR for factor in change.factors.values()):
        raise InvalidInput(f"a weight's factor is a number from 0 to {LARGEST_FACTOR:g}")


def _normal(change: Change, scope: Scope) -> Change:
    """Patterns in their one stored form, of this scope. Raises InvalidInput."""
    entries = tuple(
        ListEntry(
            scope,
            each.kind,
            normalise_pattern(each.pattern),
            needs_dmarc=each.needs_dmarc,
            match=each.match,
        )
        for each in change.entries
    )
    return Change(
        change.policy, entries, tuple(map(normalise_pattern, change.forget)), change.factors, change.rejudge
    )
