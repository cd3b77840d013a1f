"""How often every signal fires on wanted mail and on spam, and what it weighs. `python -m bench.signals [--index INDEX.tsv ...] [--markdown]`

The corpora that may be learnt from (found as in the tests), and further labelled ones by their index. Beside the weight stands the bound
that the first ones set: the log-likelihood ratio of the signal in spam against the corpus of wanted mail that shows it most. With
--campaigns: how near the keys of near-duplicates lie (`filtering/fingerprint.py`).
"""

from __future__ import annotations

import argparse
import itertools
import math
import random
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from pratique.domain.envelope import Envelope, Receipt
from pratique.filtering.evidence import SIGNALS, message_evidence
from pratique.filtering.fingerprint import NEAR, distance, fingerprint
from pratique.filtering.parse import parse
from pratique.filtering.signals import direct
from pratique.filtering.weights import BIAS, CAP, LOOK_CAP, WEIGHTS

from tests.corpora import Labelled, find_corpus, labelled

OWN = ("spamassassin", "linux-raid-ham", "modern-spam-2023-2025")
SHORT = {
    "spamassassin": "SA",
    "linux-raid-ham": "list",
    "modern-spam-2023-2025": "modern",
    "trec06p": "T06",
    "phishing_pot": "phish",
}
LEARNABLE = tuple(SHORT[name] + " " for name in OWN)
LEAST = 15
"""Sightings without which a corpus sets no bound."""
PAIRS = 200_000


@dataclass
class Column:
    """One label of one corpus: messages, how many show each signal, and how many are at or above the threshold."""

    name: str
    is_spam: bool
    total: int = 0
    shown: Counter[str] = field(default_factory=Counter)
    held: int = 0
    even: int = 0


def meanings() -> dict[str, str]:
    """Every signal of the table, with what it means."""
    found: dict[str, str] = {}
    for module in (*(sys.modules[signal.__module__] for signal in SIGNALS), direct):
        found |= getattr(module, "MEANINGS", {})
    return found


def count(name: str, mail: Iterable[Labelled]) -> list[Column]:
    name = SHORT.get(name, name)
    columns = [Column(f"{name} ham", False), Column(f"{name} spam", True)]
    for entry in mail:
        column = columns[entry.is_spam]
        receipt = Receipt("bench", max(entry.date, 0) * 1000, Envelope("", ()))
        found = message_evidence(parse(entry.read()), receipt)
        column.total += 1
        column.shown.update({item.signal for item in found})
        odds = math.fsum(item.weight for item in found)
        column.held += odds >= math.log(9)
        column.even += odds >= 0
    return [column for column in columns if column.total]


def bound(signal: str, columns: list[Column]) -> float | None:
    """The log-likelihood ratio that the corpora we may learn from allow, None where they show too little."""
    spam = [c for c in columns if c.is_spam and c.name.startswith(LEARNABLE)]
    shown, total = sum(c.shown[signal] for c in spam), sum(c.total for c in spam)
    ratios = [
        math.log((shown + 1) / (total + 2)) - math.log((c.shown[signal] + 1) / (c.total + 2))
        for c in columns
        if not c.is_spam
        and c.name.startswith(LEARNABLE)
        and c.shown[signal] + shown >= LEAST
        and c.shown[signal]
    ]
    return min(ratios, default=None)


def report(columns: list[Column], *, markdown: bool) -> None:
    said = meanings()
    heads = [column.name for column in columns]
    if markdown:
        print("| signal | what it means | weight | " + " | ".join(heads) + " |")
        print("|---|---|---|" + "---|" * len(heads))
    else:
        print(f"{'':28s} weight  bound " + " ".join(f"{head[-22:]:>22s}" for head in heads))
    for signal, weight in WEIGHTS.items():
        shares = [100 * column.shown[signal] / column.total for column in columns]
        if markdown:
            cells = " | ".join(
                "–" if share == 0 else f"{share:.2g}" if share < 1 else f"{share:.1f}" for share in shares
            )
            print(f"| `{signal}` | {said[signal]} | {weight:+.2f} | {cells} |")
        else:
            allowed = bound(signal, columns)
            limit = "     –" if allowed is None else f"{allowed:+6.2f}"
            print(f"{signal:28s} {weight:+6.2f} {limit} " + " ".join(f"{share:22.2f}" for share in shares))
    print()
    print(
        f"bias {BIAS}; a family weighs {CAP} at most, what looks like an advertisement {LOOK_CAP}. By signals alone:"
    )
    for column in columns:
        print(
            f"{column.name:36s} {column.total:6d} messages, {100 * column.held / column.total:6.2f} % at 0.9 or above, "
            f"{100 * column.even / column.total:6.2f} % at 0.5"
        )


def campaigns(name: str, mail: Iterable[Labelled], *, is_spam: bool) -> None:
    """Keys of messages with the same subject (numbers and marks apart), against keys of any two messages."""
    parsed = [parse(entry.read()) for entry in mail if entry.is_spam is is_spam]
    for each in parsed:
        _ = each.shown  # worked out for signals and sample anyway
    started = time.process_time()
    keys = [fingerprint(each) for each in parsed]
    cost = (time.process_time() - started) / max(1, len(keys)) * 1000
    by_subject: dict[str, list[str]] = defaultdict(list)
    for each, key in zip(parsed, keys, strict=True):
        subject = re.sub(r"[\d\W_]+", " ", each.subject.lower()).strip()
        if key and len(subject) > 12 and not subject.startswith(("re ", "fwd ")):
            by_subject[subject].append(key)
    chance = random.Random(1)
    same = [
        distance(*chance.sample(group, 2))
        for group in by_subject.values()
        for _ in range(min(5, len(group) - 1))
    ]
    known = [key for key in keys if key]
    if len(known) < 2:
        return
    any_two = [distance(*chance.sample(known, 2)) for _ in range(PAIRS)]
    print(
        f"{name} {'spam' if is_spam else 'ham'}: {len(keys)} messages, {100 * len(known) / len(keys):.1f} % with a key, {cost:.3f} ms each; "
        f"of {len(same)} pairs with one subject {100 * sum(d <= NEAR for d in same) / max(1, len(same)):.1f} % within {NEAR} bits, "
        f"of {PAIRS} pairs at random {100 * sum(d <= NEAR for d in any_two) / PAIRS:.4f} %"
    )


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--index", type=Path, action="append", default=[], help="a further labelled corpus")
    options.add_argument("--every", type=int, default=1, help="every n-th message only")
    options.add_argument("--markdown", action="store_true", help="as a table for a page")
    options.add_argument("--campaigns", action="store_true", help="near-duplicate keys instead of signals")
    given = options.parse_args()
    places = [(name, folder) for name in OWN if (folder := find_corpus(name)) is not None]
    places += [(index.parent.name, index.parent) for index in given.index]
    if given.campaigns:
        for (name, folder), is_spam in itertools.product(places, (False, True)):
            campaigns(name, labelled(folder)[:: given.every], is_spam=is_spam)
        return
    columns = [column for name, folder in places for column in count(name, labelled(folder)[:: given.every])]
    report(columns, markdown=given.markdown)


if __name__ == "__main__":
    main()
