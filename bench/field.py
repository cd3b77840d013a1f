"""The field: every table and plot of docs/filter.md's "Beside other filters", one after the other. `make peers TREC06P=... PHISHING=...`

Runs `bench.peers` on the SpamAssassin corpus (found as in the tests) and on what else is named; prints each command before its table, and
puts plots into docs/img. One filter runs at a time, on one core; all of it takes some hours where the slow ones are installed.
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.corpora import find_corpus

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs/img"


def runs(trec06p: Path | None, phishing: Path | None) -> Iterator[list[str]]:
    """The options of each run: those that go on longest come last."""
    spamassassin = find_corpus("spamassassin")
    if phishing is not None:
        yield ["--protocol", "cold", "--index", str(phishing), "--every", "20"]
    if trec06p is not None:
        whole = ["--index", str(trec06p)]
        yield ["--protocol", "cold", *whole, "--every", "20", "--plots", str(IMAGES)]
        yield [
            "--protocol",
            "batch",
            *whole,
            "--train-first",
            "4000",
            "--every",
            "20",
            "--plots",
            str(IMAGES),
        ]
    if spamassassin is not None:  # the seed has learnt it, and SpamAssassin's rules were made on it
        own = ["--index", str(spamassassin / "index.tsv"), "--no-seed"]
        yield ["--protocol", "batch", *own, "--train-first", "3000", "--every", "2"]
        yield ["--protocol", "online", *own, "--plots", str(IMAGES)]
    if trec06p is not None:
        yield ["--protocol", "online", *whole, "--first", "10000"]
        yield [
            "--protocol",
            "online",
            *whole,
            "--only",
            "pratique",
            "--only",
            "bogofilter",
            "--both",
            "--plots",
            str(IMAGES),
        ]


def main() -> int:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--trec06p", type=Path, help="index of the TREC 2006 public corpus")
    options.add_argument("--phishing", type=Path, help="index of a collection of phishing mail")
    options.add_argument("--keep", type=Path, help="folder for everybody's scores")
    options.add_argument("--only", type=int, action="append", help="this run (from 1; again for more)")
    given = options.parse_args()
    failed = 0
    for number, words in enumerate(runs(given.trec06p, given.phishing), 1):
        if given.only and number not in given.only:
            continue
        kept = ["--keep", str(given.keep / str(number))] if given.keep else []
        print(f"\n## {number}: python -m bench.peers {shlex.join(words)}\n", flush=True)
        command = [sys.executable, "-m", "bench.peers", *words, *kept]
        failed += subprocess.run(command, cwd=ROOT, check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
