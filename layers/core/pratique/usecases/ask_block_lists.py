"""Ask the configured block lists about a message: all at once, for a bounded time, and never twice within minutes.

Loaded only where lists are configured. What is not answered in time says nothing; when nothing at all is, nobody is asked for a while.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from pratique.domain.envelope import Receipt
from pratique.domain.verdict import Contribution
from pratique.filtering.parsed import ParsedMessage
from pratique.filtering.signals.blocklists import Asking, Reading, evidence, questions, read_answer
from pratique.observability import warn_event
from pratique.ports.resolver import Answer, RecordKind
from pratique.ports.services import Services

SECONDS = 1.5
"""For all questions of a message together."""
THREADS = 16
MOST_KEPT = 5_000
SHORTEST, LONGEST = 60, 3_600
"""Seconds that an answer is kept."""
PAUSE_MS = 60_000
"""Nobody is asked for this long after a message's questions all went unanswered."""
WARN_MS = 3_600_000
_KEY = ("block lists",)


@dataclass(slots=True)
class _Memory:
    """What a warm process knows: answers by name, lists that refused lately, and until when nobody is asked."""

    threads: ThreadPoolExecutor
    answers: OrderedDict[str, tuple[int, Reading]] = field(default_factory=OrderedDict)
    warned: dict[str, int] = field(default_factory=dict)
    paused_until: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


def ask_block_lists(services: Services, parsed: ParsedMessage, receipt: Receipt) -> tuple[Contribution, ...]:
    """The evidence of the lists. Never raises a failure of ours."""
    asked = questions(services.options.block_lists, parsed, receipt)
    if not asked:
        return ()
    memory = services.memory.get(_KEY)
    if not isinstance(memory, _Memory):
        memory = services.memory[_KEY] = _Memory(ThreadPoolExecutor(THREADS, "block-lists"))
    now = services.clock.now_ms()
    known = {each.name: _recall(memory, each.name, now) for each in asked}
    new = [each for each in asked if known[each.name] is None]
    if new and memory.paused_until <= now:
        known.update(_ask(services, memory, new, now))
    return tuple(evidence([each for each in asked if known[each.name] is Reading.LISTED]))


def _ask(services: Services, memory: _Memory, new: list[Asking], now: int) -> dict[str, Reading]:
    """The answers that came in time."""

    def resolve(asked: Asking) -> Answer:
        return services.resolver.resolve(asked.name, RecordKind.A, seconds=SECONDS)

    waiting: dict[Future[Answer], Asking] = {memory.threads.submit(resolve, each): each for each in new}
    done, late = wait(waiting, timeout=SECONDS)
    for future in late:
        future.cancel()
    found: dict[str, Reading] = {}
    for future in done:
        asked = waiting[future]
        if future.exception() is not None:
            continue
        answer = future.result()
        found[asked.name] = read_answer(asked.list, answer.values)
        _keep(memory, asked.name, found[asked.name], now + min(max(answer.seconds, SHORTEST), LONGEST) * 1000)
        if found[asked.name] is Reading.REFUSED:
            _warn(memory, asked.list.name, now)
    if not found:
        memory.paused_until = now + PAUSE_MS
        warn_event("block_lists_silent", questions=len(new))
    return found


def _recall(memory: _Memory, name: str, now: int) -> Reading | None:
    with memory.lock:
        until, reading = memory.answers.get(name, (0, Reading.CLEAN))
    return reading if until > now else None


def _keep(memory: _Memory, name: str, reading: Reading, until: int) -> None:
    with memory.lock:
        memory.answers[name] = (until, reading)
        memory.answers.move_to_end(name)
        while len(memory.answers) > MOST_KEPT:
            memory.answers.popitem(last=False)


def _warn(memory: _Memory, name: str, now: int) -> None:
    """Once an hour: the list does not answer questions from here, and its silence would be taken for a clean bill."""
    if memory.warned.get(name, 0) <= now:
        memory.warned[name] = now + WARN_MS
        warn_event("block_list_refused", list=name)
