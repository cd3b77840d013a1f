"""The pictures of a run, as PNG. The only module that needs matplotlib (the extra `evaluate`)."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter
from pratique.domain.verdict import sigmoid

from cli.evaluate import measures
from cli.evaluate.configure import Others
from cli.evaluate.measures import Scored
from cli.evaluate.report import Report
from cli.evaluate.run import Run

Curves = Sequence[tuple[str, Scored]]
"""Name and scores of what is drawn together."""

LEAST = 0.01
"""Per cent: where the axes of a ROC curve begin; nothing below it can be told apart with some ten thousand messages."""
NOTHING = 0.0005
"""Per cent: where a perfect order is drawn on an axis that has no zero."""
_COLOURS = ("#0b5fa5", "#c2410c", "#15803d", "#7e22ce", "#a16207", "#be185d", "#0f766e", "#4b5563", "#1e1b4b")
_STYLES = ("-", "--", "-.", ":")
_HAM, _SPAM = "#15803d", "#b91c1c"


def draw(made: Report, done: Run, others: Others) -> dict[str, bytes]:
    """Every picture that the mail allows: name -> PNG."""
    curves = [(each.configuration.name, each.scores.scored()) for each in done.outcomes]
    drawn: dict[str, bytes] = {}
    if made["ham"] and made["spam"]:
        drawn["roc"] = roc([*curves, *others.items()])
        drawn["calibration"] = reliability([(name, probabilities(scored)) for name, scored in curves])
    parts = made.get("configurations") or [made]
    if any(part["curve"] for part in parts):
        lines = [
            (p["configuration"], [(c["messages"], c["one_minus_roca_percent"]) for c in p["curve"]])
            for p in parts
        ]
        drawn["learning"] = growth(lines, "messages judged so far")
    if any(part["after"] for part in parts):
        lines = [
            (p["configuration"], [(c["lessons"], c["one_minus_roca_percent"]) for c in p["after"]])
            for p in parts
        ]
        drawn["after"] = growth(lines, "lessons, then no more")
    drawn["scores"] = spread(curves[0][1])
    return drawn


def probabilities(scored: Scored) -> list[tuple[float, bool]]:
    """Log-odds as scores."""
    return [(sigmoid(odds), is_spam) for odds, is_spam in scored]


def roc(curves: Curves) -> bytes:
    """Ham misclassified against spam missed, both logarithmic (TREC's own axes)."""
    figure, axes = _paper()
    for place, (name, scored) in enumerate(curves):
        points = measures.roc_curve(scored)
        if points:
            rate = measures.roca(scored)
            xs, ys = ([max(value, LEAST / 2) for value in column] for column in zip(*points, strict=True))
            axes.step(xs, ys, where="post", label=f"{name} (1-ROCA {rate:.3g} %)", **_line(place))
    axes.set_xscale("log")
    axes.set_yscale("log")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(_percent))
    axes.set_xlim(LEAST, 50)
    axes.set_ylim(LEAST, 50)
    axes.set_xlabel("ham misclassified, %")
    axes.set_ylabel("spam missed, %")
    axes.legend(loc="lower left")
    return _png(figure)


def reliability(curves: Curves) -> bytes:
    """Share of spam against score, both as log-odds: the ends are where the mail is. Areas grow with the number of messages."""
    figure, axes = _paper()
    edge = 7.0
    ticks = (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999)
    axes.plot(
        [-edge, edge], [-edge, edge], color="#9ca3af", linewidth=1, label="a score that means what it says"
    )
    for place, (name, scored) in enumerate(curves):
        bins = measures.calibration(scored)
        xs = [_within(_odds(b.mean_score), edge) for b in bins]
        ys = [_within(_odds((b.spam_share * b.messages + 0.5) / (b.messages + 1)), edge) for b in bins]
        line = _line(place)
        axes.plot(xs, ys, label=name, **line)
        axes.scatter(
            xs, ys, s=[12 + 40 * math.log10(1 + b.messages) for b in bins], color=line["color"], alpha=0.6
        )
    for axis, title in ((axes.xaxis, "score"), (axes.yaxis, "share of spam among messages with this score")):
        axis.set_ticks([_odds(each) for each in ticks], [f"{each:g}" for each in ticks])
        axis.set_label_text(title)
    axes.legend(loc="upper left")
    return _png(figure)


def growth(lines: Sequence[tuple[str, Sequence[tuple[int, float | None]]]], title: str) -> bytes:
    """1-ROCA % as lessons come in, both axes logarithmic."""
    figure, axes = _paper()
    for place, (name, points) in enumerate(lines):
        known = [(max(x, 1), max(y, NOTHING)) for x, y in points if y is not None]
        if known:
            axes.plot(
                [x for x, _ in known],
                [y for _, y in known],
                marker="o",
                markersize=3,
                label=name,
                **_line(place),
            )
    axes.set_xscale("log")
    axes.set_yscale("log")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(_percent))
        axis.set_minor_formatter(NullFormatter())
    axes.set_xlabel(title)
    axes.set_ylabel("1-ROCA, %")
    if axes.lines:
        axes.legend(loc="best")
    return _png(figure)


def spread(scored: Scored) -> bytes:
    """How many messages there are at each log-odds, by kind."""
    figure, axes = _paper()
    bins = [each / 2 for each in range(-40, 41)]
    for kind, colour, name in ((False, _HAM, "ham"), (True, _SPAM, "spam")):
        values = [_within(odds, 19.9) for odds, is_spam in scored if is_spam is kind]
        if values:
            axes.hist(values, bins=bins, color=colour, alpha=0.55, label=f"{name} ({len(values)})")
    axes.axvline(_odds(0.9), color="#111827", linewidth=1, linestyle="--", label="quarantine threshold, 0.9")
    axes.set_yscale("log")
    axes.set_xlabel("log-odds of all evidence (0.9 is 2.2)")
    axes.set_ylabel("messages")
    axes.legend(loc="upper center")
    return _png(figure)


def _paper() -> tuple[Figure, Axes]:
    with mpl.rc_context({"font.size": 9}):
        figure = Figure(figsize=(6.4, 4.8), layout="constrained")
        axes = figure.add_subplot()
    axes.grid(visible=True, color="#e5e7eb", linewidth=0.6)
    axes.set_axisbelow(True)
    return figure, axes


def _png(figure: Figure) -> bytes:
    """The picture, the same octets for the same figures."""
    octets = io.BytesIO()
    figure.savefig(octets, format="png", dpi=110, metadata={"Software": None})
    return octets.getvalue()


def _line(place: int) -> dict[str, Any]:
    return {
        "color": _COLOURS[place % len(_COLOURS)],
        "linestyle": _STYLES[place // len(_COLOURS) % len(_STYLES)],
        "linewidth": 1.5,
    }


def _percent(value: float, _place: object) -> str:
    return f"{value:g}"


def _odds(share: float) -> float:
    inside = min(max(share, 1e-9), 1 - 1e-9)
    return math.log(inside / (1 - inside))


def _within(value: float, edge: float) -> float:
    return min(max(value, -edge), edge)
