"""TREC on-line protocol: judge each message in the order of the index, then learn it. `python -m bench.online [FOLDER]`

FOLDER holds an index.tsv (number, label, path, original id, unix date, octets), or TREC's own `index` of lines such as `spam ../data/000/000`;
without one, the SpamAssassin corpus by date. Prints 1-ROCA %, LAM %, hm % and sm % of the learners' mean log-odds (what published figures
are of), of the classifier as it contributes (drawn towards 0 while it is young; both at threshold 0), and of all evidence (at the default
threshold, 0.9), and the speed on one core.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path

from pratique.domain.envelope import Envelope, Receipt
from pratique.filtering.classifier.features import features
from pratique.filtering.classifier.model import Model, combine
from pratique.filtering.classifier.sample import make_sample
from pratique.filtering.evidence import message_evidence
from pratique.filtering.parse import parse

from bench.measures import misses, on_one_core, roca
from tests.corpora import Labelled, find_corpus, labelled

HELD = math.log(0.9 / 0.1)


def read_index(folder: Path) -> list[Labelled]:
    """The messages of an index.tsv, or of TREC's index beside or below the folder."""
    if (folder / "index.tsv").is_file():
        return labelled(folder)
    index = next(p for p in (folder / "index", folder / "full/index", folder / "label/index") if p.is_file())
    rows = [line.split() for line in index.read_text(encoding="utf-8").splitlines()]
    found = [Labelled(index.parent / row[1], row[0].lower() == "spam", 0) for row in rows]
    return [entry for entry in found if entry.path.is_file()]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    options.add_argument("folder", nargs="?", type=Path)
    options.add_argument("--first", type=int, default=None, help="only the first so many messages")
    given = options.parse_args()
    folder = given.folder or find_corpus("spamassassin")
    if folder is None:
        raise SystemExit("the SpamAssassin corpus is not here: name a folder, or set PRATIQUE_CORPORA")
    on_one_core()
    model = Model.empty()
    plain: list[tuple[float, bool]] = []
    alone: list[tuple[float, bool]] = []
    whole: list[tuple[float, bool]] = []
    changed = 0
    started = time.process_time()
    for entry in read_index(folder)[: given.first]:
        raw = entry.read()
        parsed = parse(raw)
        receipt = Receipt("bench", max(entry.date, 0) * 1000, Envelope("", ()))
        evidence = math.fsum(item.weight for item in message_evidence(parsed, receipt))
        seen = features(make_sample(raw, parsed))
        odds = combine(model.log_odds(seen))[0]
        plain.append((math.fsum(model.plain_log_odds(seen)), entry.is_spam))
        alone.append((odds, entry.is_spam))
        whole.append((odds + evidence, entry.is_spam))
        changed += model.learn(seen, is_spam=entry.is_spam)
    seconds = time.process_time() - started
    print(
        f"{folder.name}: {len(alone)} messages, {sum(spam for _, spam in alone)} spam; {changed} lessons changed weights"
    )
    for name, scored, threshold in (
        ("learners", plain, 0.0),
        ("classifier", alone, 0.0),
        ("all evidence", whole, HELD),
    ):
        lam, hm, sm = misses(scored, threshold)
        print(f"{name:14s} 1-ROCA % {roca(scored) or 0:.4f}  LAM % {lam or 0:.3f}  hm % {hm or 0:.3f}  sm % {sm or 0:.3f}")
    print(
        f"{len(alone) / seconds:.0f} messages/s judged and learnt (CPU, one core); model {len(model.dumps()) / 1000:.0f} kB"
    )


if __name__ == "__main__":
    main()
