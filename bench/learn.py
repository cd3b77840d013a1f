"""The learner: lessons/s, model size, load and dump, import. `python -m bench.learn`"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from pratique.domain.envelope import Envelope, Receipt
from pratique.filtering.classifier.features import VIEWS, Features, features
from pratique.filtering.classifier.model import Model
from pratique.filtering.examine import examine

from bench.measures import on_one_core
from tests.corpora import find_corpus, labelled

CORE = Path(__file__).parents[1] / "layers/core"
FLOOR = "import json, os, re, zlib, dataclasses, enum"


def _milliseconds(work: Callable[[], object], times: int = 7) -> float:
    best = float("inf")
    for _ in range(times):
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return best * 1000


def _import_milliseconds(line: str) -> float:
    script = f"import time; t = time.process_time(); {line}; print((time.process_time() - t) * 1000)"
    runs = [
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONPATH": str(CORE)},
            capture_output=True,
            text=True,
            check=True,
        )
        for _ in range(5)
    ]
    return min(float(run.stdout) for run in runs)


def main() -> None:
    folder = find_corpus("spamassassin")
    if folder is None:
        raise SystemExit("the SpamAssassin corpus is not here (PRATIQUE_CORPORA)")
    on_one_core()
    entries = labelled(folder)[1_000:4_000]
    samples: list[tuple[bytes, bool]] = []
    for entry in entries:
        receipt = Receipt("bench", max(entry.date, 0) * 1000, Envelope("", ()))
        samples.append((examine(entry.read(), receipt).sample, entry.is_spam))
    model = Model.empty()
    print(
        f"SpamAssassin corpus by date, messages 1,001 to 4,000; a sample is {sum(len(s) for s, _ in samples) / len(samples):.0f} octets on average"
    )
    changed = 0
    started = time.process_time()
    for number, (sample, is_spam) in enumerate(samples, 1):
        seen: Features = features(sample)
        changed += model.learn(seen, is_spam=is_spam)
        if number in (1, 10, 100, len(samples)):
            so_far = time.process_time() - started
            print(f"after {number:5d} lessons: model {len(model.dumps()) / 1000:7.1f} kB")
            started += time.process_time() - started - so_far
    seconds = time.process_time() - started
    print(
        f"{len(samples) / seconds:.0f} lessons/s from stored samples (CPU, one core); {changed} of {len(samples)} changed weights"
    )
    data = model.dumps()
    print(
        f"dumps {_milliseconds(model.dumps):.1f} ms, loads {_milliseconds(lambda: Model.loads(data)):.1f} ms, the full model"
    )
    seen = features(samples[0][0])
    print(
        f"features {_milliseconds(lambda: features(samples[0][0])):.2f} ms, {len(VIEWS)} views scored {_milliseconds(lambda: model.log_odds(seen)):.2f} ms"
    )
    floor = _import_milliseconds(FLOOR)
    whole = _import_milliseconds(FLOOR + "; import pratique.filtering.classifier.model")
    print(f"import of the classifier: {whole - floor:.1f} ms CPU beyond the standard library's {floor:.1f}")


if __name__ == "__main__":
    main()
