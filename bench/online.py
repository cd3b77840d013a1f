"""What the filter is meant to reach, and what it reaches. `python -m bench.online [--trec06p INDEX] [--phishing INDEX]`

The SpamAssassin corpus (found as in the tests) on-line from an empty model, for the seed has learnt it; TREC 2006 on-line with the seed, without
it, and with 5 % of the lessons wrong, in one pass, with the seed alone (cold) and after 500 and 2,000 lessons; phishing cold. Each is
`pratique evaluate` with the options that stand in its line, so any of them can be looked at more closely there.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

from bench.measures import on_one_core
from cli.evaluate.configure import Given, configurations
from cli.evaluate.mail import read_index
from cli.evaluate.protocol import Kind, Protocol
from cli.evaluate.report import Report, report
from cli.evaluate.run import Configuration, run
from tests.corpora import find_corpus

GOALS: dict[tuple[str, str], tuple[str, float]] = {
    ("spamassassin, no seed", "one_minus_roca_percent"): ("at most", 0.10),
    ("trec06p", "one_minus_roca_percent"): ("at most", 0.018),
    ("trec06p", "ham_misclassified_percent_at_1_percent_spam_missed"): ("at most", 0.10),
    ("trec06p", "messages_per_second"): ("at least", 500),
    ("trec06p", "p99"): ("at most", 20),
    ("trec06p, 5% wrong labels", "one_minus_roca_percent"): ("at most", 0.035),
    ("trec06p, after 0 lessons", "one_minus_roca_percent"): ("at most", 1.5),
    ("trec06p, after 0 lessons", "ham_misclassified_percent"): ("at most", 1.0),
    ("trec06p, after 0 lessons", "spam_misclassified_percent"): ("at most", 25),
    ("trec06p, after 500 lessons", "one_minus_roca_percent"): ("at most", 0.2),
    ("trec06p, after 2000 lessons", "one_minus_roca_percent"): ("at most", 0.03),
    ("phishing, cold", "spam_misclassified_percent"): ("at most", 25),
}
"""(run, figure) -> what it should be."""
SHOWN = (
    "one_minus_roca_percent",
    "lam_percent",
    "ham_misclassified_percent",
    "spam_misclassified_percent",
    "ham_misclassified_percent_at_1_percent_spam_missed",
    "messages_per_second",
    "p99",
    "model_bytes",
)


def measured(index: Path, protocol: Protocol, chosen: list[Configuration], first: int | None) -> list[Report]:
    """The figures of each configuration."""
    collection = read_index(index)
    made = report(
        collection, protocol, run(collection.mail[:first], protocol, chosen), thresholds=[], others={}
    )
    return [{**part, **(part["milliseconds"] or {})} for part in made.get("configurations", [made])]


def runs(given: argparse.Namespace) -> Iterator[tuple[str, Report]]:
    """Name and figures of each run."""
    online, cold = Protocol(Kind.ONLINE), Protocol(Kind.COLD)
    spamassassin = find_corpus("spamassassin")
    if spamassassin is not None:
        no_seed = configurations(Given(no_seed=True), None)
        yield "spamassassin, no seed", measured(spamassassin / "index.tsv", online, no_seed, given.first)[0]
    if given.trec06p:
        several = [
            *configurations(Given(), "--no-seed"),
            *configurations(Given(wrong_labels="5%"), None),
        ]
        after = Protocol(Kind.ONLINE, after=(0, 500, 2_000))
        with_seed, without, wrong = measured(given.trec06p, after, several, given.first)
        yield from (
            ("trec06p", with_seed),
            ("trec06p, no seed", without),
            ("trec06p, 5% wrong labels", wrong),
        )
        for name, part in (("trec06p", with_seed), ("trec06p, no seed", without)):
            for row in part["after"]:
                yield f"{name}, after {row['lessons']} lessons", row
    if given.phishing:
        yield "phishing, cold", measured(given.phishing, cold, configurations(Given(), None), given.first)[0]


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--trec06p", type=Path, help="index of the TREC 2006 public corpus")
    options.add_argument("--phishing", type=Path, help="index of a collection of phishing mail")
    options.add_argument("--first", type=int, default=None, help="only the first so many messages of each")
    given = options.parse_args()
    on_one_core()
    started = time.process_time()
    for name, part in runs(given):
        print(f"\n{name}: {part['messages']} messages")
        for figure in SHOWN:
            if part.get(figure) is not None:
                print(f"  {figure:52s} {part[figure]:>12g}{_goal(name, figure, part[figure])}", flush=True)
    print(f"\n{time.process_time() - started:.0f} s of CPU")


def _goal(name: str, figure: str, value: float) -> str:
    if (name, figure) not in GOALS:
        return ""
    kind, bound = GOALS[name, figure]
    reached = value <= bound if kind == "at most" else value >= bound
    return f"   {'reached' if reached else 'NOT REACHED'}: {kind} {bound:g}"


if __name__ == "__main__":
    main()
