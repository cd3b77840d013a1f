"""The measures of `pratique evaluate`, and CPU time of processes."""

from __future__ import annotations

import os
from pathlib import Path

from cli.evaluate.measures import Scored, misses, roca

__all__ = ["Scored", "cpu_of_family", "misses", "on_one_core", "roca"]


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
