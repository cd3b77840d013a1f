"""The measures of the TREC spam track, and CPU time of processes."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path

Scored = Sequence[tuple[float, bool]]
"""(score, is spam) of each message."""


def roca(scored: Scored) -> float:
    """1-ROCA %: the chance that a random ham scores above a random spam (ties count half), in per cent."""
    order = sorted(scored, key=lambda item: item[0])
    spam_total = sum(is_spam for _, is_spam in order)
    wrong = 0.0
    spam_below = 0
    at = 0
    while at < len(order):
        end = at
        while end < len(order) and order[end][0] == order[at][0]:
            end += 1
        spam = sum(is_spam for _, is_spam in order[at:end])
        wrong += (end - at - spam) * (spam_below + spam / 2)
        spam_below += spam
        at = end
    return 100 * wrong / (spam_total * (len(order) - spam_total))


def misses(scored: Scored, threshold: float = 0.0) -> tuple[float, float, float]:
    """(LAM %, hm %, sm %) at a threshold: logistic average, ham misclassified, spam missed."""
    ham = [score for score, is_spam in scored if not is_spam]
    spam = [score for score, is_spam in scored if is_spam]
    ham_wrong = sum(score >= threshold for score in ham)
    spam_wrong = sum(score < threshold for score in spam)
    odds = [
        math.log((wrong + 0.5) / (total - wrong + 0.5))
        for wrong, total in ((ham_wrong, len(ham)), (spam_wrong, len(spam)))
    ]
    lam = 100 / (1 + math.exp(-sum(odds) / 2))
    return lam, 100 * ham_wrong / len(ham), 100 * spam_wrong / len(spam)


def on_one_core() -> None:
    """Keep this process and what it starts on one core, so that messages/s means per core."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def cpu_of_family(pid: int) -> float:
    """CPU seconds of a process, its living children and those it has waited for (Linux)."""
    tick = os.sysconf("SC_CLK_TCK")
    total = 0
    waiting = [pid]
    while waiting:
        current = waiting.pop()
        try:
            fields = Path(f"/proc/{current}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
            children = Path(f"/proc/{current}/task/{current}/children").read_text(encoding="ascii")
        except OSError:
            continue
        total += sum(map(int, fields[11:15]))
        waiting += map(int, children.split())
    return total / tick
