"""Why a score is what it is, and what would have flipped it: every sentence is checked by doing what it says."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pratique.domain.verdict import Contribution, judge, sigmoid
from pratique.filtering.explain import Sender, explain, reweighed, shown_score, threshold_odds, total

BIAS = Contribution("bias", -1.5)
NOBODY = Sender("", proven=False)
EVE = Sender("eve@spam.example", proven=True)
EVIDENCE = st.lists(
    st.tuples(
        st.sampled_from(["classifier", "url:ip", "dmarc", "html", "date"]), st.floats(-8, 8, allow_nan=False)
    ),
    max_size=5,
    unique_by=lambda item: item[0],
).map(lambda items: (BIAS, *(Contribution(name, weight) for name, weight in items)))


def test_one_strong_signal_is_named_as_what_held_it() -> None:
    """With what it would have scored without it, and the other two ways out."""
    found = explain(
        (BIAS, Contribution("classifier", 6.0), Contribution("dmarc", -0.4)), spam_at=0.9, sender=EVE
    )
    assert found.held
    assert found.log_odds == pytest.approx(4.1)
    assert (
        found.summary
        == "It scores 0.98, at or above the quarantine threshold of 0.9, mostly because of classifier (+6.00)."
    )
    assert [flip.text for flip in found.flips] == [
        "Without classifier (+6.00) it would not have been spam: it would score 0.13.",
        "A quarantine threshold of 0.99 would have let it pass.",
        "An allow entry for eve@spam.example would have let it pass.",
    ]


def test_each_of_several_that_would_do_alone_is_named() -> None:
    found = explain((BIAS, Contribution("a", 2.5), Contribution("b", 2.0)), spam_at=0.9, sender=NOBODY)
    assert [flip.absent for flip in found.flips if flip.kind == "evidence"] == [("a",), ("b",)]


def test_where_no_single_one_would_do_the_fewest_together_are_named() -> None:
    parts = [Contribution(name, 2.5) for name in "abcde"]
    found = explain((BIAS, *parts), spam_at=0.9, sender=NOBODY)
    assert [flip.absent for flip in found.flips if flip.kind == "evidence"] == [("a", "b", "c", "d")]
    assert "a (+2.50), b (+2.50), c (+2.50) and d (+2.50)" in found.flips[0].text


def test_a_change_of_very_many_is_not_told() -> None:
    parts = [Contribution(f"s{n}", 3.0) for n in range(20)]
    assert not [f for f in explain((BIAS, *parts), spam_at=0.9, sender=NOBODY).flips if f.kind == "evidence"]


def test_ham_is_flipped_the_other_way() -> None:
    """What spoke for it, a lower threshold, a block entry."""
    found = explain(
        (BIAS, Contribution("classifier", 3.0), Contribution("known", -4.0)), spam_at=0.9, sender=EVE
    )
    assert not found.held
    assert [f.kind for f in found.flips] == ["threshold", "entry"]  # without `known` it still scores 0.82
    found = explain(
        (BIAS, Contribution("classifier", 5.0), Contribution("known", -4.0)), spam_at=0.9, sender=EVE
    )
    assert [f.absent for f in found.flips if f.kind == "evidence"] == [("known",)]
    assert found.flips[-1].text == "A block entry for eve@spam.example would have held it."


def test_an_allow_entry_is_not_promised_to_a_sender_nobody_vouches_for() -> None:
    """Invariant 9."""
    found = explain(
        (BIAS, Contribution("x", 9.0)), spam_at=0.9, sender=Sender("eve@spam.example", proven=False)
    )
    assert "would not have helped" in found.flips[-1].text


def test_what_a_list_decided_is_told_by_the_entry_itself() -> None:
    """No second entry is proposed; taking it away is the flip."""
    found = explain((BIAS, Contribution("list:block", 20.0, "blocked by global: x")), spam_at=0.9, sender=EVE)
    assert [f.absent for f in found.flips if f.kind == "evidence"] == [("list:block",)]
    assert not [f for f in found.flips if f.kind == "entry"]


def test_what_is_dangerous_cannot_be_flipped() -> None:
    found = explain((BIAS, Contribution("provider:virus", 10.0)), spam_at=0.9, sender=EVE, dangerous=True)
    assert found.held
    assert found.flips == ()
    assert found.summary.endswith("It is held whatever it scores: it is dangerous.")


def test_a_quarantine_that_is_off_holds_nothing() -> None:
    found = explain((BIAS, Contribution("x", 9.0)), spam_at=0.9, sender=NOBODY, quarantine=False)
    assert not found.held
    assert "this quarantine is off" in found.summary


@given(EVIDENCE, st.sampled_from([0.0, 0.05, 0.5, 0.9, 0.99, 1.0]))
def test_every_sentence_is_true(evidence: tuple[Contribution, ...], spam_at: float) -> None:
    """Doing what a flip says gives the other verdict; the log-odds are the contributions' exact sum."""
    found = explain(evidence, spam_at=spam_at, sender=NOBODY)
    assert sigmoid(found.log_odds) == judge(evidence).score
    assert found.held == (judge(evidence).score >= spam_at)
    for flip in found.flips:
        if flip.kind == "evidence":
            left = list(evidence)
            for name in flip.absent:
                signed = [c for c in left if c.signal == name and (c.weight > 0) == found.held]
                left.remove(max(signed, key=lambda c: abs(c.weight)))
            assert flip.score == judge(tuple(left)).score
            assert (judge(tuple(left)).score >= spam_at) != found.held
        else:
            [bound] = re.findall(r"threshold of ([0-9.]+) would", flip.text)
            assert (judge(evidence).score >= float(bound)) != found.held
            assert 0 < float(bound) < 1


@given(EVIDENCE)
def test_weights_of_one_change_nothing(evidence: tuple[Contribution, ...]) -> None:
    assert total(reweighed(evidence, {"classifier": 1.0, "url": 1.0})) == total(evidence)


def test_a_factor_is_found_by_name_before_its_kind() -> None:
    evidence = (Contribution("url:ip", 2.0), Contribution("url:short", 2.0), Contribution("urls", 2.0))
    assert [c.weight for c in reweighed(evidence, {"url": 0.0, "url:ip": 0.5})] == [1.0, 0.0, 2.0]


@pytest.mark.parametrize(
    ("odds", "text"),
    [
        (0.0, "0.50"),
        (3.5, "0.97"),
        (12.0, "0.99999"),
        (-12.0, "0.00001"),
        (50.0, "above 0.999999"),
        (-50.0, "below 0.000001"),
    ],
)
def test_scores_are_shown_with_digits_that_tell_them_from_0_and_1(odds: float, text: str) -> None:
    assert shown_score(odds) == text


def test_thresholds_as_log_odds() -> None:
    assert threshold_odds(0.9) == pytest.approx(math.log(9))
    assert (threshold_odds(0.0), threshold_odds(1.0)) == (-math.inf, math.inf)
