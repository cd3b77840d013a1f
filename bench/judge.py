"""Parse and judge, in messages/s on one core, beside other filters on the same mail in the same run. `python -m bench.judge [--index INDEX]`

Every k-th message of the SpamAssassin corpus (found as in the tests), or of INDEX. Pratique is measured whole: bytes to verdict with all signals
that need no network, the seed, and a model that has learnt from messages in between; by CPU time of its one thread. Peers (Debian: bogofilter,
spamd, rspamd) are measured as in `bench.peers`: servers where they have one, by CPU time of all their processes.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.measures import on_one_core
from bench.peers_common import Judged, Peer, Task, bare_files
from bench.peers_servers import rspamd, spamassassin
from bench.peers_words import bogofilter
from cli.evaluate import measures
from cli.evaluate.mail import read_index
from cli.evaluate.protocol import Kind, Protocol
from cli.evaluate.run import Configuration, run
from tests.corpora import find_corpus

LESSONS = 500
GOAL_RATE, GOAL_P99, GOAL_TIMES = 500, 20.0, 20
"""Messages/s, milliseconds, and times as fast as SpamAssassin."""


def own(task: Task) -> Judged:
    """Pratique; also prints how long single messages took."""
    protocol = Protocol(Kind.BATCH, train_first=len(task.lessons))
    [outcome] = run([*task.lessons, *task.asked], protocol, [Configuration()]).outcomes
    times = sorted(1000 * each for each in outcome.judging)
    p50, p99 = (measures.percentile(times, percent) for percent in (50, 99))
    print(
        f"one message: half below {p50:.2f} ms, 99 % below {p99:.2f} (aim {GOAL_P99:g}), longest {times[-1]:.1f}"
    )
    return Judged("pratique", outcome.scores.scored(), 0.0, sum(outcome.judging))


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--index", type=Path, help="other mail than the SpamAssassin corpus")
    options.add_argument("--messages", type=int, default=300, help="how many to judge")
    given = options.parse_args()
    folder = find_corpus("spamassassin")
    if given.index is None and folder is None:
        raise SystemExit("the SpamAssassin corpus is not here (PRATIQUE_CORPORA)")
    on_one_core()
    collection = read_index(given.index or folder / "index.tsv")  # type: ignore[operator]  # one of the two is there
    every = max(2, len(collection.mail) // given.messages)
    with tempfile.TemporaryDirectory() as scratch:
        lessons = bare_files(collection.mail[::every][:LESSONS], Path(scratch) / "lessons")
        asked = bare_files(collection.mail[every - 1 :: every][: given.messages], Path(scratch) / "asked")
        octets = sum(Path(each.name).stat().st_size for each in asked)
        print(
            f"{collection.name}, {len(asked)} messages, {octets / len(asked) / 1000:.1f} kB on average, one core"
        )
        task = Task(Kind.BATCH, lessons, asked)
        done = [own(task)]
        for name, program, make in (
            ("bogofilter", "bogofilter", bogofilter),
            ("spamassassin", "spamd", spamassassin),
            ("rspamd", "rspamd", rspamd),
        ):
            done += _measured(name, program, make, task)
    _report(done)


def _measured(name: str, program: str, make: Callable[[], Peer | None], task: Task) -> list[Judged]:
    peer = make() if shutil.which(program) else None
    if peer is None:
        print(f"{name}: not installed, not measured")
        return []
    return list(peer(task))


def _report(done: list[Judged]) -> None:
    ours = done[0]
    print(f"{'':18s} messages/s of CPU   times as long as pratique")
    for each in done:
        rate = len(each.scored) / each.seconds
        print(f"{each.name:18s} {rate:17.1f}   {each.seconds / ours.seconds:10.1f}")
    reached = len(ours.scored) / ours.seconds >= GOAL_RATE
    print(
        f"aim: {GOAL_RATE} messages/s {'reached' if reached else 'NOT REACHED'}; SpamAssassin {GOAL_TIMES} times as long; rspamd longer"
    )


if __name__ == "__main__":
    main()
