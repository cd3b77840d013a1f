"""Pratique beside other filters, on the same messages in the same run. `python -m bench.peers --protocol online|batch|cold --index INDEX`

Peers are measured where their programs are installed (Debian: bogofilter, spamprobe, spamd with sa-learn, rspamd), and scikit-learn's usual
pipeline where uv can fetch it; what is absent is named. None has a network: no block lists, no DNS, no shared fuzzy sums.

- online: judge each message, then learn it. Pratique (with `--no-seed`: from an empty model), bogofilter, spamprobe.
- batch: learn the first N, then judge every k-th of the rest, frozen. The same, SpamAssassin with Bayes, scikit-learn.
- cold: nothing learnt, every k-th message. Pratique with its seed, SpamAssassin, rspamd.

A peer's default threshold is its own: bogofilter 0.99, spamprobe 0.9, SpamAssassin 5, rspamd 6 (add header), scikit-learn 0. CPU time is that of
all its processes. With `--keep FOLDER` each filter's scores are kept there, for `pratique evaluate --beside` and for the plots (`--plots`).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from pratique.domain.policy import DEFAULTS
from pratique.filtering.explain import threshold_odds

from bench.measures import on_one_core
from bench.peers_common import Judged, Peer, Task, bare_files
from bench.peers_servers import rspamd, spamassassin, spamassassin_bayes
from bench.peers_words import bogofilter, scikit_learn, spamprobe
from cli.evaluate import measures
from cli.evaluate.configure import Given, configurations, read_scores
from cli.evaluate.mail import Labelled, read_index
from cli.evaluate.protocol import Kind, Protocol
from cli.evaluate.run import run

KEPT = "filters.json"
PEERS: dict[Kind, dict[str, Callable[[], Peer | None]]] = {
    Kind.ONLINE: {"bogofilter": bogofilter, "spamprobe": spamprobe},
    Kind.BATCH: {
        "bogofilter": bogofilter,
        "spamprobe": spamprobe,
        "spamassassin": spamassassin_bayes,
        "scikit-learn": scikit_learn,
    },
    Kind.COLD: {"spamassassin": spamassassin, "rspamd": rspamd},
}


def own(task: Task, *, seed: bool) -> Judged:
    """Pratique, by the machinery of `pratique evaluate`."""
    mail = [*task.lessons, *task.asked] if task.kind is Kind.BATCH else task.asked
    protocol = Protocol(task.kind, train_first=len(task.lessons))
    [outcome] = run(mail, protocol, configurations(Given(no_seed=not seed), None)).outcomes
    seconds = sum(outcome.judging)
    return Judged(
        "pratique" if seed else "pratique, no seed",
        outcome.scores.scored(),
        threshold_odds(DEFAULTS.spam_at),
        seconds,
        outcome.learning_seconds,
        outcome.lessons,
    )


def everybody(task: Task, *, seeds: list[bool], only: set[str]) -> Iterator[Judged]:
    """One after the other, so that none is slowed by another; pratique once for each of `seeds`."""
    if not only or "pratique" in only:
        for seed in seeds:
            yield own(task, seed=seed)
    for name, make in PEERS[task.kind].items():
        if only and name not in only:
            continue
        peer = make()
        if peer is None:
            print(f"{name}: not installed here, not measured", flush=True)
        else:
            yield from peer(task)


def table(done: list[Judged]) -> None:
    """Markdown, as the page about the filter shows it."""
    print(
        "| filter | 1-ROCA % (95 %) | LAM % | ham misclassified % | spam missed % | ham % at 1 % spam missed | messages/s CPU | lessons/s CPU |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for each in done:
        within = measures.roca_interval(each.scored)
        lam, ham, spam = measures.misses(each.scored, each.threshold)
        rate = _number(measures.roca(each.scored)) + (
            f" ({_number(within[0])} to {_number(within[1])})" if within else ""
        )
        speed = [
            f"{count / seconds:.0f}" if seconds else "–"
            for count, seconds in ((len(each.scored), each.seconds), (each.lessons, each.learning))
        ]
        cells = [rate, *map(_number, (lam, ham, spam, measures.ham_at_spam_missed(each.scored, 1.0))), *speed]
        print(f"| {each.name} | {' | '.join(cells)} |", flush=True)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}" if value >= 0.01 else f"{value:.4f}"


def keep(folder: Path, done: list[Judged], numbers: list[int]) -> None:
    """One file of scores for each filter, as `pratique evaluate --scores` writes them, and what else a table needs."""
    folder.mkdir(parents=True, exist_ok=True)
    facts = []
    for each in done:
        rows = zip(numbers, each.scored, strict=True)
        lines = [
            f"{number}\t{'spam' if is_spam else 'ham'}\t{score!r}\n" for number, (score, is_spam) in rows
        ]
        (folder / f"{each.name}.tsv").write_text("".join(lines), encoding="ascii")
        facts.append([each.name, each.threshold, each.seconds, each.learning, each.lessons])
    (folder / KEPT).write_text(json.dumps(facts, indent=1), encoding="ascii")


def kept(folder: Path, task: Task) -> Iterator[Judged]:
    """The other filters' results of an earlier run on the same messages."""
    for name, threshold, seconds, learning, lessons in json.loads(
        (folder / KEPT).read_text(encoding="ascii")
    ):
        if name.startswith("pratique"):
            continue
        scored = read_scores([f"{name}={folder / name}.tsv"])[name]
        if [is_spam for _, is_spam in scored] != [each.is_spam for each in task.asked]:
            raise SystemExit(f"{folder}: these are scores of other messages")
        yield Judged(name, scored, threshold, seconds, learning, lessons)


def plots(folder: Path, name: str, done: list[Judged]) -> None:
    """A ROC curve of all, and pratique's calibration."""
    from cli.evaluate import plots as drawing

    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"roc-{name}.png").write_bytes(drawing.roc([(each.name, each.scored) for each in done]))
    ours = [
        (each.name, drawing.probabilities(each.scored)) for each in done if each.name.startswith("pratique")
    ]
    (folder / f"calibration-{name}.png").write_bytes(drawing.reliability(ours))


def task_of(given: argparse.Namespace, mail: list[Labelled], scratch: Path) -> tuple[Task, list[int]]:
    """What is learnt and asked, as files of bare messages; and the places of the asked ones in the collection."""
    kind = Kind(given.protocol)
    cut = given.train_first if kind is Kind.BATCH else 0
    places = list(range(cut, len(mail)))[given.every - 1 :: given.every]
    lessons, asked = (
        bare_files(mail[:cut], scratch / "lessons"),
        bare_files([mail[p] for p in places], scratch / "asked"),
    )
    return Task(kind, lessons, asked), [place + 1 for place in places]


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--protocol", choices=[kind.value for kind in Kind], required=True)
    options.add_argument("--index", type=Path, required=True)
    options.add_argument("--first", type=int, default=None, help="only the first so many messages")
    options.add_argument("--train-first", type=int, default=8_000, help="with batch: lessons")
    options.add_argument("--every", type=int, default=1, help="judge every k-th message only")
    options.add_argument("--no-seed", action="store_true", help="where the seed has learnt this very mail")
    options.add_argument("--both", action="store_true", help="with the seed and without it")
    options.add_argument("--only", action="append", default=[], help="these filters (again for more)")
    options.add_argument("--keep", type=Path, help="folder for everybody's scores")
    options.add_argument(
        "--refresh",
        action="store_true",
        help="run pratique alone; take the others from --keep, where they do not change",
    )
    options.add_argument("--plots", type=Path, help="folder for PNG plots")
    given = options.parse_args()
    on_one_core()
    import tempfile

    collection = read_index(given.index)
    mail = collection.mail[: given.first]
    with tempfile.TemporaryDirectory() as scratch:
        task, numbers = task_of(given, mail, Path(scratch))
        spam = sum(each.is_spam for each in task.asked)
        print(
            f"{collection.name}, {given.protocol}: {len(task.lessons)} learnt before, {len(task.asked)} judged ({len(task.asked) - spam} ham, {spam} spam)",
            flush=True,
        )
        done = []
        seeds = [True, False] if given.both else [not given.no_seed]
        only = {"pratique"} if given.refresh else set(given.only)
        for each in everybody(task, seeds=seeds, only=only):
            print(f"{each.name}: done in {each.seconds + each.learning:.0f} CPU s", flush=True)
            done.append(each)
        if given.refresh:
            done += kept(given.keep, task)
    table(done)
    if given.keep:
        keep(given.keep, done, numbers)
    if given.plots:
        plots(given.plots, f"{collection.name}-{given.protocol}", done)


if __name__ == "__main__":
    main()
