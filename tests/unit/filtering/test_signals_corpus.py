"""The signals on real mail: what they find in wanted mail is rare where it weighs, and each family finds something in spam."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest
from pratique.filtering.evidence import message_evidence
from pratique.filtering.weights import LOOK, WEIGHTS

from tests.corpora import Labelled, labelled_corpus

from .mail import parse, receipt

pytestmark = pytest.mark.corpus
HEAVY = 0.8
RARE = 0.04
"""Of wanted mail. Above it a signal of such weight would be a mistake."""


@cache
def counted(corpus: str, is_spam: bool, every: int) -> tuple[int, Counter[str], list[float]]:
    """(messages, how many show each signal, the sums of evidence) of every so many messages of one label."""
    chosen: list[Labelled] = [entry for entry in labelled_corpus(corpus) if entry.is_spam is is_spam][::every]
    shown: Counter[str] = Counter()
    sums = []
    for entry in chosen:
        found = message_evidence(parse(entry.read()), receipt(received_ms=0))
        shown.update({item.signal for item in found})
        sums.append(sum(item.weight for item in found))
    return len(chosen), shown, sums


@pytest.mark.parametrize(("corpus", "every"), [("spamassassin", 6), ("linux-raid-ham", 8)])
def test_heavy_signals_are_rare_in_wanted_mail(corpus: str, every: int) -> None:
    total, shown, _ = counted(corpus, False, every)
    assert total > 300
    heavy = {name for name, weight in WEIGHTS.items() if weight >= HEAVY and name not in LOOK}
    often = {name: count / total for name, count in shown.items() if name in heavy}
    assert {name: share for name, share in often.items() if share > RARE} == {}


def test_every_family_finds_something_in_spam() -> None:
    _, old, _ = counted("spamassassin", True, 3)
    _, modern, _ = counted("modern-spam-2023-2025", True, 1)
    families = {name.partition(":")[0] for name in WEIGHTS}
    found = {name.partition(":")[0] for name in old | modern}
    assert families - found <= {"spoof", "hidden"}


def test_wanted_mail_and_spam_lie_apart_without_any_lesson() -> None:
    """Half of the spam is above all but one in fifty of the wanted messages; most wanted mail is on its side of even."""
    _, _, ham = counted("spamassassin", False, 6)
    _, _, spam = counted("spamassassin", True, 3)
    ham.sort()
    spam.sort()
    assert spam[len(spam) // 2] > ham[len(ham) * 98 // 100]
    assert sum(value < 0 for value in ham) > 0.93 * len(ham)
