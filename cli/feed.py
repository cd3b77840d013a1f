"""feed: a whole collection of mail, as mail through SMTP or as lessons through the API."""

from __future__ import annotations

import base64
import enum
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer
from pratique.domain.lesson import Label

from cli import render
from cli.client import Api
from cli.corpus import Item, choose, open_corpus
from cli.failure import Failure
from cli.mail import Mailer, sender_of
from cli.setup import JsonOption, SmtpOption, setup_of

BATCH_MESSAGES = 100
BATCH_OCTETS = 2_000_000
"""Of raw mail in one call: base64 makes it a third more, and a call takes 6 MB and 30 seconds."""
LESSON_OCTETS = 1_000_000
"""What is sent of a larger message: the classifier looks at the beginning only."""
OUTCOMES = ("accepted", "spam", "refused", "later", "error")
_TITLES = {
    "accepted": "accepted",
    "spam": "refused as spam",
    "refused": "refused",
    "later": "try later",
    "error": "error",
}
_INTERRUPTED = 130


class As(enum.StrEnum):
    """What the messages are fed as."""

    MAIL = "mail"
    HAM = "ham"
    SPAM = "spam"
    LABELS = "labels"


@dataclass
class Tally:
    """What became of the messages so far: by (label, outcome)."""

    planned: int
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    stopped: bool = False

    def add(self, label: str, outcome: str, number: int = 1) -> None:
        """Count."""
        self.counts[label, outcome] += number

    @property
    def done(self) -> int:
        """Messages dealt with."""
        return sum(self.counts.values())

    def outcomes(self) -> dict[str, int]:
        """By outcome, whatever the label."""
        found: Counter[str] = Counter()
        for (_, outcome), number in self.counts.items():
            found[outcome] += number
        return dict(found)

    def confusion(self) -> dict[str, dict[str, int]]:
        """By label, then by outcome; empty where no labels are known."""
        labels = sorted({label for label, _ in self.counts if label})
        return {
            label: {
                o: self.counts[label, o] for o in OUTCOMES if any(self.counts[each, o] for each in labels)
            }
            for label in labels
        }


def feed(
    ctx: typer.Context,
    path: Annotated[
        Path,
        typer.Argument(help="Maildir, mbox, folder of files, folder with index.tsv, or a file.", exists=True),
    ],
    as_: Annotated[
        As,
        typer.Option(
            "--as", help="As mail through SMTP, or as lessons: all ham, all spam, or by the index's labels."
        ),
    ],
    to: Annotated[str | None, typer.Option(help="Envelope recipient (with --as mail).")] = None,
    sender: Annotated[
        str | None, typer.Option("--from", help="Envelope sender; each message's own when left out.")
    ] = None,
    scope: Annotated[str | None, typer.Option(help="Whose model learns; your own when left out.")] = None,
    first: Annotated[str | None, typer.Option(help="Only the first 80% or 500.")] = None,
    rest: Annotated[str | None, typer.Option(help="All but the first 80% or 500.")] = None,
    only: Annotated[Label | None, typer.Option(help="Only one label (needs an index).")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many.")] = None,
    smtp: SmtpOption = None,
    json: JsonOption = False,
) -> None:
    """Feed a collection of mail: as mail, or as ham or spam to learn from. Ctrl-C stops cleanly and still sums up."""
    items = choose(open_corpus(path), first=first, rest=rest, only=only.value if only else None, limit=limit)
    if not items:
        raise Failure(f"no messages in {path}")
    setup, tally = setup_of(ctx), Tally(len(items))
    if as_ is As.MAIL:
        if not to:
            raise typer.BadParameter("--as mail needs --to")
        with Mailer(setup.smtp(smtp)) as mailer:
            _run(tally, _mail(mailer, items, tally, to=to, sender=sender), quiet=json)
    else:
        if as_ is As.LABELS and any(not item.label for item in items):
            raise Failure("--as labels needs a folder with an index.tsv")
        with setup.api() as api:
            _run(tally, _lessons(api, items, tally, as_=as_, scope=scope), quiet=json)
    _sum_up(tally, as_, json=json)
    if tally.stopped:
        raise typer.Exit(_INTERRUPTED)
    if tally.errors:
        raise typer.Exit(1)


def _mail(
    mailer: Mailer, items: Sequence[Item], tally: Tally, *, to: str, sender: str | None
) -> Iterator[int]:
    """Send one after the other; yields how many were dealt with."""
    for item in items:
        raw = item.read()
        reply = mailer.send(raw, mail_from=sender_of(raw) if sender is None else sender, to=to)
        tally.add(item.label, reply.outcome)
        if reply.outcome in {"refused", "later", "error"}:
            tally.errors.append(f"{item.name}: {reply.code} {reply.text}")
        yield 1


def _lessons(api: Api, items: Sequence[Item], tally: Tally, *, as_: As, scope: str | None) -> Iterator[int]:
    """Upload in batches; a repeat of the whole feed is harmless, for known lessons are counted as known."""
    for batch in _batches(items, as_):
        body: dict[str, Any] = {"messages": batch}
        if scope is not None:
            body["scope"] = scope
        result = api.post("/v1/lessons", body)
        tally.add("", "new", result["new"])
        tally.add("", "known", result["known"])
        yield len(batch)


def _batches(items: Sequence[Item], as_: As) -> Iterator[list[dict[str, str]]]:
    batch: list[dict[str, str]] = []
    octets = 0
    for item in items:
        raw = item.read()[:LESSON_OCTETS]
        if batch and (len(batch) == BATCH_MESSAGES or octets + len(raw) > BATCH_OCTETS):
            yield batch
            batch, octets = [], 0
        label = item.label if as_ is As.LABELS else as_.value
        batch.append(
            {"name": render.plain(item.name)[-200:], "label": label, "raw": base64.b64encode(raw).decode()}
        )
        octets += len(raw)
    if batch:
        yield batch


def _run(tally: Tally, steps: Iterator[int], *, quiet: bool) -> None:
    """Drive the feed under a progress bar. Ctrl-C ends it after what was under way is known."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415 - a tenth of a second

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[counts]}"),
    )
    screen = render.console(error=True)
    with Progress(
        *columns, console=screen, disable=quiet or not screen.is_terminal, transient=True
    ) as progress:
        task = progress.add_task("", total=tally.planned, rate="", counts="")
        try:
            for number in steps:
                speed = progress.tasks[0].speed
                progress.update(
                    task,
                    advance=number,
                    rate=f"{speed:.0f}/s" if speed else "",
                    counts=_counts(tally.outcomes(), _short),
                )
        except KeyboardInterrupt:
            tally.stopped = True


def _short(outcome: str) -> str:
    return _TITLES.get(outcome, outcome)


def _counts(outcomes: dict[str, int], name: Callable[[str], str]) -> str:
    return "  ".join(f"{name(outcome)} {number}" for outcome, number in outcomes.items() if number)


def _sum_up(tally: Tally, as_: As, *, json: bool) -> None:
    outcomes, confusion = tally.outcomes(), tally.confusion()
    if json:
        render.emit(
            {
                "as": as_.value,
                "planned": tally.planned,
                "done": tally.done,
                "stopped": tally.stopped,
                "outcomes": outcomes,
                "by_label": confusion,
                "errors": tally.errors,
            }
        )
        return
    rows = [("messages", tally.planned), ("sent", tally.done)]
    rows += [(_short(o), outcomes.get(o, 0)) for o in (OUTCOMES if as_ is As.MAIL else ("new", "known"))]
    render.show_table(("", ""), rows)
    if confusion:
        shown = [o for o in OUTCOMES if any(o in by for by in confusion.values())]
        render.show_table(
            ("really", *(_short(o) for o in shown)),
            [(label, *(by[o] for o in shown)) for label, by in confusion.items()],
        )
    for line in tally.errors[:10]:
        typer.echo(render.plain(line), err=True)
    if len(tally.errors) > 10:  # noqa: PLR2004 - as many as were shown
        typer.echo(f"... and {len(tally.errors) - 10} more", err=True)
    if tally.stopped:
        typer.echo("stopped: the rest was not sent", err=True)
