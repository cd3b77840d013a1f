"""Calibration: each domain's scores are shifted so that its own good mail stays below its quarantine threshold.

What mail was, people said, or said nothing against. No recipient alone can move another's verdicts by that: reports of as many recipients
as fall one short of a quorum are left out, the most extreme first.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pratique.domain.address import Address, parse_address
from pratique.domain.calibration import Calibration
from pratique.domain.lesson import Label, LessonState
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy
from pratique.domain.policy import DAY, resolve
from pratique.domain.route import OUTGOING_ROUTE
from pratique.domain.scope import GLOBAL, Level, Scope, domain_scope
from pratique.domain.verdict import Verdict
from pratique.filtering.classifier.calibration import shift_for
from pratique.observability import log_event
from pratique.ports.queue import QueueName
from pratique.ports.services import Services
from pratique.usecases.judge_message import DECISIONS

PAGE = 200
MOST_HAM = 2_000
"""Confirmed good messages that a shift rests on at most, the newest."""
MOST_READ = 5_000
"""Copies looked at for one domain, and for finding domains."""
SETTLED_MS = DAY * 1000
"""Age from which saying nothing counts as agreeing."""
EVERY_MS = 20 * 3_600 * 1000
"""A domain's turn comes again after this."""
MISSED = 0.2
"""Part of what the present shift freed that may be reported as spam before silence about it counts for nothing."""
SURE = 36.0
"""Log-odds of a score that is 1 as far as numbers go."""


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What one run did: domains calibrated, scopes whose old lessons the learner was told of, and whether time ran out before the work did."""

    domains: int
    folding: int
    more: bool


def calibrate_scopes(services: Services, *, until_ms: int) -> Calibrated:
    """Calibrate the domains whose turn it is, the longest ago first, until the clock reaches `until_ms`: the next run goes on with the
    others. Tells the learner of lessons that are old enough for their base. Repeatable.
    """
    due = services.journal.due(now_ms=services.clock.now_ms(), limit=PAGE)
    services.queue.send(QueueName.LEARN, [{"scope": scope.key} for scope in due])
    done = 0
    for scope in _whose_turn(services):
        if services.clock.now_ms() >= until_ms:
            return Calibrated(done, len(due), more=True)
        calibrate_scope(services, scope)
        done += 1
    return Calibrated(done, len(due), more=False)


def calibrate_scope(services: Services, scope: Scope) -> Calibration:
    """Choose a domain's shift from its own mail, and store it."""
    view = services.directory.look_up([_any_address(scope)], [])
    policy = resolve([view.policies.get(scope), view.policies.get(GLOBAL)])
    held_at = log_odds(min(max(policy.spam_at, 0.001), 0.999))
    found = _gather(services, scope, held_at)
    ham, spam = found.ham(held_at, services.options.quorum), found.spam
    chosen = Calibration(shift_for(ham, spam, held_at=held_at), len(ham), len(spam), services.clock.now_ms())
    services.directory.set_calibration(scope, chosen)
    log_event("calibrated", shift=round(chosen.shift, 3), ham=chosen.ham, spam=chosen.spam)
    return chosen


def log_odds(score: float) -> float:
    """The sum of the evidence behind a score."""
    if score >= 1.0:
        return SURE
    return math.log(score / (1.0 - score)) if score > 0.0 else -700.0


@dataclass(slots=True)
class _Confirmed:
    """Log-odds of a domain's mail, without its calibration: what passed silently, what was said of the rest, by whom."""

    passed: list[float] = field(default_factory=list)
    freed: list[float] = field(default_factory=list)
    trusted: list[float] = field(default_factory=list)
    reported: dict[Address, list[float]] = field(default_factory=dict)
    spam: list[float] = field(default_factory=list)
    missed: set[Address] = field(default_factory=set)
    missed_count: int = 0

    @property
    def count(self) -> int:
        """Good messages so far."""
        return len(self.passed) + len(self.freed) + len(self.trusted) + len(self.reported)

    def ham(self, held_at: float, quorum: int) -> list[float]:
        """What counts as good. Silence about mail that only the present shift let through counts unless a quorum of recipients, and a part
        of it that matters, says otherwise: a shift must not keep itself alive.
        """
        extreme_first = sorted(self.reported, key=lambda who: (-max(self.reported[who]), str(who)))
        reports = [each for who in extreme_first[quorum - 1 :] for each in self.reported[who]]
        mild = [e for who in extreme_first[: quorum - 1] for e in self.reported[who] if e < held_at]
        doubted = len(self.missed) >= quorum and self.missed_count > MISSED * (
            len(self.freed) + self.missed_count
        )
        return self.passed + self.trusted + reports + mild + ([] if doubted else self.freed)


def _gather(services: Services, scope: Scope, held_at: float) -> _Confirmed:
    found = _Confirmed()
    trusted = _taught_by_administrators(services, scope)
    now_ms = services.clock.now_ms()
    for copy in _copies(services, scope):
        if found.count >= MOST_HAM:
            break
        _sort(found, copy, trusted, held_at, settled=copy.received_ms + SETTLED_MS <= now_ms)
    return found


def _sort(found: _Confirmed, copy: Copy, trusted: set[str], held_at: float, *, settled: bool) -> None:
    odds = _own_odds(copy)
    decided = any(c.signal in DECISIONS for c in copy.contributions)
    if odds is None:
        return
    if copy.lesson == Label.HAM:
        if str(copy.id) in trusted:
            found.trusted.append(odds)
        else:
            found.reported.setdefault(copy.id.owner, []).append(odds)
    elif copy.lesson == Label.SPAM:
        found.spam.append(odds)
        if copy.state is State.DELIVERED and odds >= held_at:
            found.missed.add(copy.id.owner)
            found.missed_count += 1
    elif decided or not settled:
        return
    elif copy.state is State.DELIVERED and copy.verdict is not Verdict.SPAM:
        (found.passed if odds < held_at else found.freed).append(odds)
    elif copy.state in (State.HELD, State.REMOVED):
        found.spam.append(odds)


def _own_odds(copy: Copy) -> float | None:
    """The filter's own word: without people's decisions, and without the shift of that time. None where a decision left no trace of it."""
    added = math.fsum(
        c.weight for c in copy.contributions if c.signal in DECISIONS or c.signal == "calibration"
    )
    total = log_odds(copy.score)
    return None if added > 0 and total >= SURE - 6 else total - added


def _copies(services: Services, scope: Scope) -> Iterator[Copy]:
    """A scope's copies that came to rest, newest first."""
    resting = (State.DELIVERED, State.RELEASED, State.HELD, State.REMOVED)
    states = resting if scope.level is Level.DOMAIN else (State.DELIVERED,)
    cursor = None
    for _ in range(MOST_READ // PAGE):
        now = services.clock.now_ms() // 1000
        page = services.index.list_copies(scope, states=states, limit=PAGE, now=now, cursor=cursor)
        yield from page.copies
        cursor = page.cursor
        if cursor is None:
            return


def _taught_by_administrators(services: Services, scope: Scope) -> set[str]:
    """Copies that the domain's administrators said are ham, of its newest lessons."""
    cursor = None
    origins: set[str] = set()
    for _ in range(MOST_HAM // PAGE):
        page = services.journal.list_lessons(scope, limit=PAGE, cursor=cursor)
        origins |= {
            r.lesson.origin
            for r in page.records
            if r.lesson.standing.trusted
            and r.lesson.label is Label.HAM
            and r.state not in (LessonState.UNDONE, LessonState.DROPPED, LessonState.PARKED)
        }
        cursor = page.cursor
        if cursor is None:
            break
    return origins


def _whose_turn(services: Services) -> list[Scope]:
    """Domains that were not calibrated for a while, the longest ago first: those with a route, and those with mail of late."""
    names = {
        route.domain
        for route in services.directory.list_routes()
        if route.domain != "*" and not route.domain.startswith(OUTGOING_ROUTE)
    }
    names |= {copy.id.owner.domain for copy in _copies(services, GLOBAL)}
    scopes = [domain_scope(name) for name in sorted(names)]
    made: dict[Scope, int] = {}
    for part in _parts(scopes):
        found = services.directory.look_up([_any_address(scope) for scope in part], []).calibrations
        made |= {scope: found[scope].made_ms if scope in found else 0 for scope in part}
    now_ms = services.clock.now_ms()
    waiting = [scope for scope in scopes if made[scope] + EVERY_MS <= now_ms]
    return sorted(waiting, key=lambda scope: (made[scope], scope.key))


def _parts(scopes: list[Scope]) -> Iterable[list[Scope]]:
    return (scopes[at : at + PAGE] for at in range(0, len(scopes), PAGE))


def _any_address(scope: Scope) -> Address:
    """Settings are looked up by recipient: any address of the domain will do."""
    return parse_address(f"postmaster@{scope.name}")
