"""Filters that learn words: bogofilter, spamprobe, and the pipeline that everybody builds with scikit-learn."""

from __future__ import annotations

import math
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.peers_common import Judged, Peer, Task, children_cpu, output
from cli.evaluate.mail import Labelled
from cli.evaluate.protocol import Kind

ROOT = Path(__file__).parents[1]
EMPTY = 0.5


def bogofilter() -> Peer | None:
    """bogofilter with its defaults, learning every message; its ham-or-spam threshold is 0.99."""
    if not shutil.which("bogofilter"):
        return None

    def peer(task: Task) -> Iterator[Judged]:
        with tempfile.TemporaryDirectory() as words:
            run = ["bogofilter", "-d", words]

            def judge(each: Labelled) -> float:
                return float(
                    output([*run, "-TT", "-I", each.name]) or EMPTY
                )  # without a word list it says nothing

            def learn(each: Labelled) -> None:
                output([*run, "-s" if each.is_spam else "-n", "-I", each.name])

            yield followed("bogofilter", 0.99, task, judge, learn)

    return peer


def spamprobe() -> Peer | None:
    """spamprobe with its defaults, learning every message."""
    if not shutil.which("spamprobe"):
        return None

    def peer(task: Task) -> Iterator[Judged]:
        with tempfile.TemporaryDirectory() as words:
            run = ["spamprobe", "-c", "-d", words]

            def judge(each: Labelled) -> float:
                said = output([*run, "score", each.name]).split()
                return float(said[1]) if len(said) > 1 else EMPTY

            def learn(each: Labelled) -> None:
                output([*run, "spam" if each.is_spam else "good", each.name])

            yield followed("spamprobe", 0.9, task, judge, learn)

    return peer


def followed(
    name: str,
    threshold: float,
    task: Task,
    judge: Callable[[Labelled], float],
    learn: Callable[[Labelled], None],
) -> Judged:
    """The protocols, with a process for each step: what is learnt must be there for the next message."""
    learning = judging = 0.0
    for each in task.lessons:
        before = children_cpu()
        learn(each)
        learning += children_cpu() - before
    scored = []
    for each in task.asked:
        before = children_cpu()
        scored.append((judge(each), each.is_spam))
        judging += children_cpu() - before
        if task.kind is Kind.ONLINE:
            before = children_cpu()
            learn(each)
            learning += children_cpu() - before
    lessons = len(task.lessons) + (len(task.asked) if task.kind is Kind.ONLINE else 0)
    return Judged(name, scored, threshold, judging, learning, lessons)


def scikit_learn() -> Peer | None:
    """TF-IDF of words and word pairs of subject, sender and text, into LinearSVC and into LogisticRegression (bench/peers_sklearn.py), in an
    environment that uv makes for the occasion.
    """
    uv = shutil.which("uv") or str(Path(sys.executable).parent / "uv")
    ready = [uv, "run", "--no-project", "--quiet", "--with", "scikit-learn", "python"]
    if subprocess.run([*ready, "-c", "import sklearn"], capture_output=True, check=False).returncode:
        return None

    def peer(task: Task) -> Iterator[Judged]:
        rows = [("learn", each) for each in task.lessons] + [("judge", each) for each in task.asked]
        lines = "".join(f"{what}\t{'spam' if each.is_spam else 'ham'}\t{each.name}\n" for what, each in rows)
        said = output([*ready, str(ROOT / "bench/peers_sklearn.py")], given=lines).splitlines()
        for line in said:
            name, learning, judging, *scores = line.split("\t")
            scored = [(float(score), each.is_spam) for score, each in zip(scores, task.asked, strict=True)]
            assert all(math.isfinite(score) for score, _ in scored)
            yield Judged(name, scored, 0.0, float(judging), float(learning), len(task.lessons))

    return peer
