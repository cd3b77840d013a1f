"""`pratique evaluate`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pratique.domain.policy import DEFAULTS

from cli import render
from cli.evaluate.mail import Collection, open_labelled, pair, read_index
from cli.evaluate.protocol import Kind, Protocol
from cli.failure import Failure
from cli.setup import JsonOption

if TYPE_CHECKING:
    from cli.evaluate.configure import Others
    from cli.evaluate.report import Report
    from cli.evaluate.run import Run

_INTERRUPTED = 130
_SHARE = re.compile(r"^(\d{1,3}(?:\.\d+)?)%$|^(0?\.\d+|1\.0*)$")
STEP = 25
"""Messages between two movements of the progress bar."""


def evaluate(
    path: Annotated[
        Path | None,
        typer.Argument(
            help="A folder with an index.tsv, an index, or ham and spam folders; or an index itself."
        ),
    ] = None,
    index: Annotated[
        Path | None, typer.Option(help="An index: number, label, path; or TREC's `spam ../data/000/000`.")
    ] = None,
    ham: Annotated[
        list[Path] | None, typer.Option(help="Maildir, mbox or folder of ham; with --spam; again for more.")
    ] = None,
    spam: Annotated[list[Path] | None, typer.Option(help="Maildir, mbox or folder of spam.")] = None,
    protocol: Annotated[
        Kind,
        typer.Option(
            help="online: judge, then learn. batch: learn a part, judge the rest. cold: learn nothing."
        ),
    ] = Kind.ONLINE,
    train_first: Annotated[str, typer.Option(help="With batch: what is learnt, 4000, 80% or 0.8.")] = "50%",
    first: Annotated[int | None, typer.Option(min=1, help="Only the first so many messages.")] = None,
    delay: Annotated[int, typer.Option(min=0, help="With online: lessons come so many messages later.")] = 0,
    after: Annotated[
        str,
        typer.Option(
            metavar="N,N,...", help="Also: stop learning after so many lessons, judge all the rest."
        ),
    ] = "",
    seed: Annotated[Path | None, typer.Option(help="Another seed model than the shipped one.")] = None,
    no_seed: Annotated[bool, typer.Option("--no-seed", help="Start from an empty model.")] = False,
    no_calibration: Annotated[
        bool,
        typer.Option(
            "--no-calibration", help="Without the shift that keeps the site's ham below the threshold."
        ),
    ] = False,
    wrong_labels: Annotated[
        str, typer.Option(help="Share of wrong lessons: 5% (always the same ones).")
    ] = "0",
    weight: Annotated[
        list[str] | None,
        typer.Option(metavar="SIGNAL=FACTOR", help="Multiply a signal's weight; again for more."),
    ] = None,
    threshold: Annotated[
        list[float] | None,
        typer.Option(min=0.0, max=1.0, help="Another threshold to report; again for more."),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(help="A second configuration on the same mail, as options: '--no-seed --weight url=0'."),
    ] = None,
    beside: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=FILE", help="Scores of another run or filter (see --scores)."),
    ] = None,
    scores: Annotated[
        Path | None, typer.Option(help="Write number, label and log-odds of each message.")
    ] = None,
    plots: Annotated[Path | None, typer.Option(help="Write PNG plots into this folder.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write one self-contained page.")] = None,
    json: JsonOption = False,
) -> None:
    """Measure the filter on mail whose labels are known. Needs no server and no network; no mail leaves this machine."""
    from cli.evaluate import configure, show  # noqa: PLC0415 - the filter takes half a second, and other commands do without it
    from cli.evaluate.report import report  # noqa: PLC0415 - as above
    from cli.evaluate.run import run  # noqa: PLC0415 - as above

    if plots is not None or html is not None:
        show.need_plots()
    for file in (scores, html):
        if file is not None and not file.absolute().parent.is_dir():
            raise Failure(f"there is no folder {file.parent}")
    collection = _collection(path, index, ham or [], spam or [])
    mail = collection.mail[:first]
    given = configure.Given(
        no_seed=no_seed,
        seed=seed,
        no_calibration=no_calibration,
        weight=weight or [],
        wrong_labels=wrong_labels,
    )
    configurations = configure.configurations(given, against)
    chosen = Protocol(
        kind=protocol,
        train_first=_part(train_first, len(mail)) if protocol is Kind.BATCH else 0,
        delay=delay,
        after=_numbers(after),
    )
    others = configure.read_scores(beside or [])
    with _progress(len(mail)) as progress:
        done = run(mail, chosen, configurations, progress=progress)
    made = report(collection, chosen, done, thresholds=[DEFAULTS.spam_at, *(threshold or [])], others=others)
    if not made["messages"]:
        raise Failure(_nothing(made))
    _write(made, done, others, scores=scores, plots=plots, html=html)
    if json:
        render.emit(made)
    else:
        show.as_text(made)
    if done.stopped:
        raise typer.Exit(_INTERRUPTED)


def _collection(path: Path | None, index: Path | None, ham: list[Path], spam: list[Path]) -> Collection:
    ways = [path is not None, index is not None, bool(ham or spam)]
    if sum(ways) != 1:
        raise typer.BadParameter("name a folder, or --index FILE, or --ham and --spam: one of the three")
    if index is not None:
        return read_index(index)
    return open_labelled(path) if path is not None else pair(ham, spam)


def _part(text: str, total: int) -> int:
    found = _SHARE.match(text)
    if found:
        share = float(found.group(1)) / 100 if found.group(1) else float(found.group(2))
        return min(total, round(total * share))
    if text.isascii() and text.isdecimal():
        return min(total, int(text))
    raise typer.BadParameter(f"{text!r} is neither a number (4000) nor a share (80% or 0.8)")


def _numbers(text: str) -> tuple[int, ...]:
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not all(word.isascii() and word.isdecimal() for word in words):
        raise typer.BadParameter("--after takes numbers of lessons: 0,500,2000")
    return tuple(sorted({int(word) for word in words}))


def _nothing(made: Report) -> str:
    reasons = ", ".join(f"{reason}: {number}" for reason, number in made["skipped"].items())
    return "no message was judged" + (f" ({reasons})" if reasons else "")


def _write(
    made: Report,
    done: Run,
    others: Others,
    *,
    scores: Path | None,
    plots: Path | None,
    html: Path | None,
) -> None:
    from cli.evaluate import configure, show  # noqa: PLC0415 - as above

    try:
        if scores is not None:
            configure.write_scores(scores, done.outcomes[0])
        if plots is not None or html is not None:
            show.pictures(made, done, others, plots=plots, html=html)
    except OSError as error:
        raise Failure(f"{error.filename}: {error.strerror}") from None


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error, where that is a terminal. It is drawn between messages, never while one is measured."""
    screen = render.console(error=True)
    if not screen.is_terminal:
        yield lambda _done: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415 - a tenth of a second

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
    with Progress(*columns, console=screen, auto_refresh=False, transient=True) as bar:
        task = bar.add_task("", total=total, rate="")

        def advance(done: int) -> None:
            if done % STEP == 0:
                speed = bar.tasks[0].speed
                bar.update(task, completed=done, rate=f"{speed:.0f}/s" if speed else "", refresh=True)

        yield advance
