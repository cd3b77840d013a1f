"""What a run comes to: one object that is machine output, table and page alike."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from pratique import CORE_VERSION
from pratique.domain.policy import DEFAULTS
from pratique.domain.verdict import sigmoid
from pratique.filtering.explain import threshold_odds

from cli.evaluate import measures
from cli.evaluate.mail import Collection
from cli.evaluate.measures import Scored
from cli.evaluate.protocol import Kind, Protocol
from cli.evaluate.run import Outcome, Run

Report = dict[str, Any]

CHECKPOINTS = 24
"""Places of an on-line run at which the learning curve has a point."""


def report(
    collection: Collection,
    protocol: Protocol,
    run: Run,
    *,
    thresholds: Sequence[float],
    others: Mapping[str, Scored],
) -> Report:
    """The first configuration's figures at the top level; all of them under `configurations` where there are several.

    Thresholds are scores (0..1); the default quarantine threshold comes first. Per cent are of 100; a figure that a missing kind of
    mail makes impossible is None.
    """
    parts = [_figures(each, thresholds, protocol) for each in run.outcomes]
    skipped = {**collection.skipped, **run.skipped}
    made: Report = {
        "version": CORE_VERSION,
        "protocol": protocol.kind.value,
        "mail": collection.name,
        "order": collection.order,
        "train_first": protocol.train_first if protocol.kind is Kind.BATCH else None,
        "delay": protocol.delay,
        "stopped": run.stopped,
        "skipped": skipped,
        **parts[0],
        "beside": [
            {"name": name, "messages": len(scored), **ranking(scored)} for name, scored in others.items()
        ],
    }
    if len(parts) > 1:
        made["configurations"] = parts
    made["notes"] = _notes(made)
    return made


def _figures(outcome: Outcome, thresholds: Sequence[float], protocol: Protocol) -> Report:
    scored = outcome.scores.scored()
    spam = sum(is_spam for _, is_spam in scored)
    probabilities = [(sigmoid(odds), is_spam) for odds, is_spam in scored]
    bins = measures.calibration(probabilities)
    default = at_threshold(scored, DEFAULTS.spam_at)
    return {
        "configuration": outcome.configuration.name,
        "messages": len(scored),
        "ham": len(scored) - spam,
        "spam": spam,
        "lessons": outcome.lessons,
        "wrong_lessons": outcome.wrong_lessons,
        **ranking(scored),
        **{name: default[name] for name in default if name != "threshold"},
        "threshold": DEFAULTS.spam_at,
        "at_thresholds": [at_threshold(scored, each) for each in thresholds],
        "calibration": [
            {
                "from": b.low,
                "to": b.high,
                "messages": b.messages,
                "mean_score": short(b.mean_score),
                "spam_share": short(b.spam_share),
            }
            for b in bins
        ],
        "calibration_error": short(measures.calibration_error(bins)),
        **_speed(outcome),
        "model_bytes": outcome.model_bytes,
        "seed_bytes": outcome.seed_bytes,
        "after": [
            {"lessons": lessons, "messages": len(scores.spam), **ranking(scores.scored())}
            | {k: v for k, v in at_threshold(scores.scored(), DEFAULTS.spam_at).items() if k != "threshold"}
            for lessons, scores in sorted(outcome.after.items())
        ],
        "curve": _curve(scored) if protocol.kind is Kind.ONLINE else [],
    }


def ranking(scored: Scored) -> Report:
    """What does not depend on a threshold."""
    interval = measures.roca_interval(scored)
    return {
        "one_minus_roca_percent": short(measures.roca(scored)),
        "one_minus_roca_percent_95": [short(each) for each in interval] if interval else None,
        "ham_misclassified_percent_at_1_percent_spam_missed": short(measures.ham_at_spam_missed(scored, 1.0)),
        "spam_misclassified_percent_at_0_1_percent_ham_misclassified": short(
            measures.spam_at_ham_misclassified(scored, 0.1)
        ),
    }


def at_threshold(scored: Scored, threshold: float) -> Report:
    """What a quarantine threshold (a score) does."""
    odds = threshold_odds(threshold)
    lam, ham, spam = measures.misses(scored, odds)
    hams = sum(not is_spam for _, is_spam in scored)
    within = {
        "ham": measures.share_interval(sum(o >= odds and not s for o, s in scored), hams),
        "spam": measures.share_interval(sum(o < odds and s for o, s in scored), len(scored) - hams),
    }
    return {
        "threshold": threshold,
        "lam_percent": short(lam),
        "ham_misclassified_percent": short(ham),
        "ham_misclassified_percent_95": [short(each) for each in within["ham"]] if within["ham"] else None,
        "spam_misclassified_percent": short(spam),
        "spam_misclassified_percent_95": [short(each) for each in within["spam"]] if within["spam"] else None,
    }


def short(value: float | None) -> float | None:
    """Six significant digits: more would only pretend."""
    return None if value is None else float(f"{value:.6g}")


def _speed(outcome: Outcome) -> Report:
    """CPU time of this process alone. `messages_per_second` is judging, from bytes to verdict; reading files is not in it."""
    judging = sorted(outcome.judging)
    seconds = math.fsum(judging)
    learning = outcome.learning_seconds
    return {
        "messages_per_second": short(len(judging) / seconds) if seconds else None,
        "lessons_per_second": short(outcome.lessons / learning) if learning else None,
        "milliseconds": {
            name: short(1000 * measures.percentile(judging, percent))
            for name, percent in (("p50", 50), ("p90", 90), ("p99", 99), ("max", 100))
        }
        if judging
        else None,
    }


def _curve(scored: Scored) -> list[Report]:
    """1-ROCA % of everything judged so far, and of the part since the last point, at growing numbers of messages."""
    total = len(scored)
    places = sorted({round(50 * (total / 50) ** (n / CHECKPOINTS)) for n in range(CHECKPOINTS + 1)} - {0})
    made = []
    last = 0
    for place in places if total > 50 else []:  # noqa: PLR2004 - a curve of so few is none
        made.append(
            {
                "messages": place,
                "one_minus_roca_percent": short(measures.roca(scored[:place])),
                "one_minus_roca_percent_since": short(measures.roca(scored[last:place])),
            }
        )
        last = place
    return made


def _notes(made: Mapping[str, Any]) -> list[str]:
    """What a reader should know before believing the figures."""
    notes = [
        f"no {kind} was judged: what needs both kinds is left out"
        for kind in ("ham", "spam")
        if not made[kind]
    ]
    if made["order"] == "mixed":
        notes.append("the collection has no order of its own: it was mixed, the same way each time")
    if made["one_minus_roca_percent"] == 0.0:
        notes.append("all spam above all ham: 1-ROCA has no interval here")
    return notes
