"""A run: a storm while the mail comes, then calm until nothing moves, then the check; then time passes until all is over, and the check again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from pratique.domain.audit_chain import faults
from pratique.domain.ids import CopyId
from pratique.domain.lifecycle import LIVE, State
from pratique.domain.scope import GLOBAL, domain_scope
from pratique.domain.tally import day_of, total
from pratique.ports.queue import QueueName

from tests.faultrun.town import DOMAINS, Town

DAYS = 40
"""Over which the mail of a run comes: longer than most of it is kept."""
ARRIVED = (State.DELIVERED, State.RELEASED)


@dataclass
class Report:
    """What a run found: lines to print, and what is wrong (nothing, it is hoped)."""

    lines: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    tally: Counter[str] = field(default_factory=Counter)
    twice: int = 0
    """Copies that a next hop got more than once because its final answer was lost."""


def run(
    messages: int, seed: int, *, rate: float = 0.01, say: Callable[[str], None] = lambda _text: None
) -> Report:
    """`messages` messages, with faults at `rate` of all calls of ports."""
    town, report = Town(seed, rate=rate), Report()
    pause = DAYS * 86_400 / messages
    for number in range(messages):
        town.mail_comes()
        town.world.clock.advance(seconds=pause * town.chance.expovariate(1.0))
        _turn(town, number, every=max(2, messages // 200))
        if number % 1000 == 999:
            say(f"{number + 1} messages")
    town.storm.blowing = town.hop.moody = town.post.moody = False
    _settle(town)
    town.look_at_refused()
    _check(town, report)
    say("checked")
    town.world.clock.advance(days=60)
    for _ in range(3):
        _quiet(town)
    _check_the_end(town, report)
    _describe(town, report, messages, seed)
    return report


def _turn(town: Town, number: int, *, every: int) -> None:
    """What happens between two messages."""
    rough = town.rough
    if town.chance.random() < 0.9:
        town.events(rough)
    town.work(rough)
    if town.chance.random() < 0.5:
        town.somebody_acts(rough)
    if town.chance.random() < 0.3:
        town.count(rough)
    if town.chance.random() < 0.2:
        town.sweep(rough)
    if number % every == every - 1:
        town.reconcile(rough)
    if number % (every * 10) == every * 10 - 1:
        town.operator_looks()


def _settle(town: Town) -> None:
    """Calm: everything that is left to do is done, by the same functions as ever."""
    for _ in range(12):
        town.operator_looks()
        _quiet(town)
        town.world.clock.advance(seconds=8 * 3600)
    for _ in range(3):
        _quiet(town)
        town.world.clock.advance(seconds=2000)


def _quiet(town: Town) -> None:
    calm = town.calm
    for _ in range(3):
        town.events(calm)
    for _ in range(200):
        waiting = town.post.depths(QueueName.DELIVER)[0]
        for _ in range(60):
            town.work(calm)
        if town.post.depths(QueueName.DELIVER)[0] == 0:
            break
        if town.post.depths(QueueName.DELIVER)[0] == waiting:
            town.world.clock.advance(seconds=1000)
    town.sweep(calm)
    for _ in range(5):
        town.reconcile(calm)
    town.count(calm)
    town.sweep(calm)
    town.count(calm)


def _check(town: Town, report: Report) -> None:
    now = town.world.clock.now_ms() // 1000
    found: Counter[tuple[str, str, State]] = Counter()
    received: Counter[tuple[str, str]] = Counter()
    for copy_id in sorted(town.accepted, key=str):
        history = town.calm.index.history(_where(town, copy_id), now=now)
        if history is None:
            report.faults.append(f"lost: {copy_id}")
            continue
        at = town.calm.ledger.counted([history.id]).get(history.id)
        if at is None:
            report.faults.append(f"not counted: {copy_id}")
            continue
        if history.state in LIVE:
            report.faults.append(f"still {history.state.value}: {copy_id}")
        # What is over its time and waits for the sweep is counted as what it is until then.
        found[copy_id.owner.domain, day_of(history.received_ms), at.state] += 1
        received[copy_id.owner.domain, day_of(history.received_ms)] += 1
        report.tally[at.state.value] += 1
        _check_arrival(town, report, history.id, history.state)
    _check_counts(town, report, found, received)
    _check_audit(town, report)


def _where(town: Town, copy_id: CopyId) -> CopyId:
    """The copy under the id that it was taken in by: a message that reconcile had to date itself has another time in its id."""
    if town.world.index.history(copy_id, now=0) is not None:
        return copy_id
    name = town.names[copy_id.message]
    others = [message for message in town.world.index.taken_in.get(name, ()) if message != copy_id.message]
    return CopyId(others[0], copy_id.recipient) if others else copy_id


def _check_arrival(town: Town, report: Report, copy_id: CopyId, state: State) -> None:
    taken, lost = town.hop.taken[str(copy_id)], town.unnoted[str(copy_id)]
    if state in ARRIVED and taken == 0:
        report.faults.append(f"{state.value} and never handed over: {copy_id}")
    allowed = lost + (state in ARRIVED)
    if taken > allowed:
        report.faults.append(
            f"handed over {taken} times, {allowed} can be explained ({state.value}): {copy_id}"
        )
    if taken > 1:
        report.twice += 1


def _check_counts(
    town: Town,
    report: Report,
    found: Counter[tuple[str, str, State]],
    received: Counter[tuple[str, str]],
) -> None:
    everything: Counter[str] = Counter()
    for domain in DOMAINS:
        for day, tally in town.calm.ledger.tallies(domain_scope(domain)).items():
            if not tally.adds_up:
                report.faults.append(f"{domain} {day} does not add up")
            if tally.received != received[domain, day]:
                report.faults.append(
                    f"{domain} {day}: {tally.received} are counted, {received[domain, day]} were accepted"
                )
            for state in State:
                number = tally.states.get(state, 0)
                everything[state.value] += number
                if number != found[domain, day, state]:
                    report.faults.append(
                        f"{domain} {day}: {number} {state.value}, but {found[domain, day, state]} are"
                    )
    whole = total(town.calm.ledger.tallies(GLOBAL).values())
    if whole.received != len(town.accepted) or not whole.adds_up:
        report.faults.append(f"{whole.received} are counted altogether, {len(town.accepted)} were accepted")


def _check_audit(town: Town, report: Report) -> None:
    keys = (town.calm.secrets.signing_key(),)
    for scope in town.calm.audit.scopes(limit=10_000):
        links = town.calm.audit.links(scope, after=0, limit=1_000_000)
        report.faults += faults(links, keys=keys, now_ms=town.world.clock.now_ms())
    told = {entry.action_id for entry in town.world.audit.log}
    for history in town.world.index.all_histories():
        report.faults += [
            f"an action that no audit tells of: {event.action} on {history.id}"
            for event in history.events
            if event.action and event.action not in told
        ]


def _check_the_end(town: Town, report: Report) -> None:
    """After all retention: no copy, no bytes, no facts; and it still adds up."""
    if town.world.index.all_copies():
        report.faults.append(f"{len(town.world.index.all_copies())} copies outlived their time")
    left = [key for key in town.world.store.objects if not key.startswith("models/")]
    if left:
        report.faults.append(f"{len(left)} objects outlived their messages, such as {left[:3]}")
    whole = total(town.calm.ledger.tallies(GLOBAL).values())
    if whole.received != len(town.accepted) or not whole.adds_up or whole.in_flight:
        report.faults.append("at the end the counts do not add up")
    if whole.states.get(State.HELD, 0):
        report.faults.append(f"{whole.states[State.HELD]} are held for ever")


def _describe(town: Town, report: Report, messages: int, seed: int) -> None:
    faults_done = sum(town.storm.hits.values())
    report.lines += [
        f"messages {messages}, seed {seed}: {len(town.accepted)} copies accepted",
        f"received {len(town.accepted)} = {' + '.join(f'{n} {s}' for s, n in sorted(report.tally.items()))}",
        f"faults injected: {faults_done} ({'  '.join(f'{k} {n}' for k, n in sorted(town.storm.hits.items()))})",
        f"queue items lost {town.post.lost}, doubled {town.post.doubled}",
        f"next hop: {'  '.join(f'{k} {n}' for k, n in sorted(town.hop.answers.items()))}",
        f"the rest: {'  '.join(f'{k} {n}' for k, n in sorted(town.done.items()))}",
        f"audit entries {len(town.world.audit.log)} in {len(town.world.audit.chains)} chains",
        f"handed over more than once, the next hop's final answer having been lost: {report.twice}",
        f"wrong: {len(report.faults)}",
        *report.faults[:20],
    ]
