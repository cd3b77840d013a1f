"""A report for people: on the terminal, as pictures, as a page."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from cli import render
from cli.evaluate.report import Report
from cli.failure import Failure

if TYPE_CHECKING:
    from cli.evaluate.configure import Others
    from cli.evaluate.run import Run

Heads = tuple[str, ...]
Rows = list[tuple[Any, ...]]

ROWS = (
    ("1-ROCA %", "one_minus_roca_percent"),
    ("LAM %", "lam_percent"),
    ("ham misclassified %", "ham_misclassified_percent"),
    ("spam misclassified %", "spam_misclassified_percent"),
    ("ham misclassified % at 1 % spam missed", "ham_misclassified_percent_at_1_percent_spam_missed"),
    (
        "spam missed % at 0.1 % ham misclassified",
        "spam_misclassified_percent_at_0_1_percent_ham_misclassified",
    ),
    ("calibration error", "calibration_error"),
    ("lessons", "lessons"),
    ("wrong lessons", "wrong_lessons"),
    ("messages/s (CPU, one core)", "messages_per_second"),
    ("lessons/s (CPU, one core)", "lessons_per_second"),
    ("ms a message, half below", "p50"),
    ("ms a message, 99 % below", "p99"),
    ("ms a message, longest", "max"),
    ("model with its seed, octets", "model_bytes"),
)
"""Title and field of each line of the table."""
BESIDE = ROWS[:1] + ROWS[4:6]
"""What can be said of another run's scores, on whatever scale they are."""


def need_plots() -> None:
    """Raise Failure where pictures cannot be drawn: better before an hour's run than after it."""
    if importlib.util.find_spec("matplotlib") is None:
        raise Failure(
            "plots need matplotlib, which only evaluation uses: install the extra `evaluate` "
            "(.venv/bin/uv pip install --python .venv/bin/python 'matplotlib>=3.10,<4'); figures need nothing"
        )


def cell(value: Any) -> str:
    """A figure as shown; a dash where there is none."""
    if value is None:
        return "–"
    if isinstance(value, int):
        return str(value)
    return f"{value:.4f}" if abs(value) < 1 else f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"  # noqa: PLR2004 - digits that mean something


def columns(made: Report) -> list[Report]:
    """One or several configurations, flat."""
    parts = made.get("configurations") or [made]
    return [{**part, **(part["milliseconds"] or {})} for part in parts]


def figures(made: Report) -> Iterator[tuple[str, list[str]]]:
    """The lines of the main table, with 95 % intervals where they are known."""
    parts = columns(made)
    for title, name in ROWS:
        cells = []
        for part in parts:
            within = part.get(f"{name}_95")
            cells.append(
                cell(part.get(name)) + (f"  ({cell(within[0])} to {cell(within[1])})" if within else "")
            )
        if name != "wrong_lessons" or any(part["wrong_lessons"] for part in parts):
            yield title, cells


def heading(made: Report) -> str:
    """What was measured."""
    how = {
        "online": "judged, then learnt",
        "batch": f"the first {made['train_first']} learnt, the rest judged",
        "cold": "nothing learnt",
    }
    late = f", lessons {made['delay']} messages late" if made["delay"] else ""
    return (
        f"{made['mail']}: {made['messages']} messages judged ({made['ham']} ham, {made['spam']} spam), {how[made['protocol']]}{late}; "
        f"quarantine threshold {made['threshold']:g}"
    )


def sections(part: Report) -> Iterator[tuple[str, Heads, Rows]]:
    """The smaller tables of a configuration: title, heads, rows."""
    errors = ("ham misclassified %", "spam misclassified %")
    yield (
        "at thresholds",
        ("threshold", "LAM %", *errors),
        [(f"{row['threshold']:g}", *_cells(row, ROWS[1:4])) for row in part["at_thresholds"]],
    )
    yield (
        "when it stops learning",
        ("lessons", "judged", "1-ROCA %", *errors),
        [(row["lessons"], row["messages"], *_cells(row, (ROWS[0], *ROWS[2:4]))) for row in part["after"]],
    )
    yield (
        "calibration",
        ("score", "messages", "mean score", "of these spam"),
        [
            (
                f"{b['from']:g} to {b['to']:g}",
                b["messages"],
                f"{b['mean_score']:.4f}",
                f"{b['spam_share']:.4f}",
            )
            for b in part["calibration"]
        ],
    )


def others_beside(made: Report) -> tuple[Heads, Rows]:
    """Other runs and filters: heads and rows."""
    rows = [(other["name"], other["messages"], *_cells(other, BESIDE)) for other in made["beside"]]
    return ("", "messages", *(title for title, _ in BESIDE)), rows


def _cells(row: Report, which: Sequence[tuple[str, str]]) -> list[str]:
    return [cell(row[name]) for _, name in which]


def as_text(made: Report) -> None:
    """Tables on the terminal."""
    typer.echo(render.plain(heading(made)) + "\n")
    parts = columns(made)
    render.show_table(
        ("", *(part["configuration"] for part in parts)), [(title, *cells) for title, cells in figures(made)]
    )
    for part in parts:
        whose = f", {part['configuration']}" if len(parts) > 1 else ""
        for title, heads, rows in sections(part):
            if rows:
                typer.echo("\n" + render.plain(title + whose))
                render.show_table(heads, rows)
    heads, rows = others_beside(made)
    if rows:
        typer.echo("\nbeside")
        render.show_table(heads, rows)
    for reason, number in made["skipped"].items():
        typer.echo(render.plain(f"left out: {number} × {reason}"), err=True)
    for note in made["notes"]:
        typer.echo(render.plain(f"note: {note}"), err=True)


def pictures(made: Report, done: Run, others: Others, *, plots: Path | None, html: Path | None) -> None:
    """Draw, and write what was asked for. Raises OSError."""
    from cli.evaluate import page  # noqa: PLC0415 - matplotlib takes a second
    from cli.evaluate import plots as drawing  # noqa: PLC0415 - as above

    drawn = drawing.draw(made, done, others)
    if plots is not None:
        plots.mkdir(parents=True, exist_ok=True)
        for name, png in drawn.items():
            (plots / f"{name}.png").write_bytes(png)
    if html is not None:
        html.write_text(page.page(made, drawn), encoding="utf-8")
