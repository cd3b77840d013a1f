"""The measures, on cases that can be worked out by hand, and against slow, plain ways of working them out."""

from __future__ import annotations

import itertools
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.evaluate import measures
from cli.evaluate.measures import roca

SCORED = st.lists(st.tuples(st.sampled_from([-3.0, -1.0, 0.0, 0.5, 2.0]), st.booleans()), max_size=60)


def plain_roca(scored: list[tuple[float, bool]]) -> float | None:
    """By looking at every pair."""
    pairs = [(h, s) for h, a in scored if not a for s, b in scored if b]
    return 100 * sum((h > s) + (h == s) / 2 for h, s in pairs) / len(pairs) if pairs else None


@given(SCORED)
def test_roca_is_that_of_all_pairs(scored: list[tuple[float, bool]]) -> None:
    """Ties count half; without both kinds there is none."""
    assert roca(scored) == pytest.approx(plain_roca(scored))


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    """Samples of two normal distributions whose true 1-ROCA is known (the distance of 3 / sqrt 2 standard deviations)."""
    truth = 100 * 0.5 * math.erfc(3 / 2)
    chance = random.Random(5)
    inside = 0
    for _ in range(200):
        scored = [(chance.gauss(0, 1), False) for _ in range(150)] + [
            (chance.gauss(3, 1), True) for _ in range(150)
        ]
        within = measures.roca_interval(scored)
        assert within is not None
        inside += within[0] <= truth <= within[1]
    assert 180 <= inside <= 200


def test_the_interval_is_on_the_logistic_scale() -> None:
    """Both ends are as far from the estimate as odds, and neither leaves 0 to 100."""
    scored = [(0.0, False)] * 9 + [(3.0, False)] + [(2.0, True)] * 9 + [(-1.0, True)]
    low, high = measures.roca_interval(scored) or (0, 0)
    odds = [math.log(p / (100 - p)) for p in (low, roca(scored) or 0, high)]
    assert odds[1] - odds[0] == pytest.approx(odds[2] - odds[1])


@pytest.mark.parametrize(
    "scored", [[], [(1.0, True)], [(0.0, False), (1.0, True)], [(0.0, False)] * 3 + [(1.0, True)] * 3]
)
def test_there_is_no_interval_where_nothing_varies(scored: list[tuple[float, bool]]) -> None:
    """One kind only, one message of a kind, a perfect order."""
    assert measures.roca_interval(scored) is None


def test_points_of_the_curve() -> None:
    """200 spam, of which 3 lie low; 1,000 ham, of which 5 lie high, one of them above all spam."""
    spam = [(1.0, True)] * 2 + [(2.0, True)] + [(9.0, True)] * 197
    ham = [(10.0, False)] + [(5.0, False)] * 2 + [(1.5, False)] * 2 + [(0.0, False)] * 995
    scored = spam + ham
    assert measures.ham_at_spam_missed(scored, 1.0) == pytest.approx(
        0.3
    )  # the two at 1.0 are missed; 2.0 must be caught
    assert measures.ham_at_spam_missed(scored, 0.0) == pytest.approx(0.5)
    assert measures.spam_at_ham_misclassified(scored, 0.1) == pytest.approx(
        1.5
    )  # one ham may be wrong: above 5.0
    assert measures.spam_at_ham_misclassified(scored, 0.0) == 100.0
    assert measures.ham_at_spam_missed(ham, 1.0) is None
    assert measures.spam_at_ham_misclassified(spam, 1.0) is None


@given(SCORED, st.sampled_from([0.0, 1.0, 10.0, 50.0]))
def test_points_keep_their_promise(scored: list[tuple[float, bool]], percent: float) -> None:
    """There is a threshold with these misses, and none that is better within the bound."""
    found = measures.ham_at_spam_missed(scored, percent)
    if found is None:
        return
    ways = [measures.misses(scored, t)[1:] for t in sorted({s for s, _ in scored})]
    assert found == pytest.approx(
        min(hm for hm, sm in ways if hm is not None and sm is not None and sm <= percent + 1e-9)
    )


def test_misses_without_a_kind_are_none() -> None:
    """Not a division by zero, not a zero that looks like a result."""
    assert measures.misses([(1.0, True), (-1.0, True)]) == (None, None, 50.0)
    assert measures.misses([]) == (None, None, None)


def test_calibration_counts_every_message_once() -> None:
    """Also 0 and 1 themselves."""
    scored = [(0.0, False), (0.0005, False), (0.9, True), (0.92, False), (1.0, True)]
    bins = measures.calibration(scored)
    assert sum(b.messages for b in bins) == 5
    [upper] = [b for b in bins if b.low == 0.9]
    assert (upper.messages, upper.spam_share) == (2, 0.5)
    assert upper.mean_score == pytest.approx(0.91)
    assert measures.calibration_error(bins) == pytest.approx((2 * 0.00025 + 2 * 0.41 + 0) / 5)
    assert measures.calibration_error([]) is None


def test_the_curve_runs_from_nothing_held_to_everything_held() -> None:
    """Monotone, and thinned out without losing its ends."""
    chance = random.Random(1)
    scored = [(chance.gauss(0, 1), False) for _ in range(3_000)] + [
        (chance.gauss(3, 1), True) for _ in range(3_000)
    ]
    points = measures.roc_curve(scored, 100)
    assert (points[0], points[-1]) == ((0.0, 100.0), (100.0, 0.0))
    assert all(a[0] <= b[0] and a[1] >= b[1] for a, b in itertools.pairwise(points))
    assert 50 < len(points) < 300
    assert measures.roc_curve([(1.0, True)]) == []


@pytest.mark.parametrize(("percent", "value"), [(50, 2), (75, 3), (99, 4), (100, 4), (1, 1)])
def test_percentiles_are_values_that_were_there(percent: float, value: float) -> None:
    assert measures.percentile([1, 2, 3, 4], percent) == value


def test_shares_have_intervals_inside_their_bounds() -> None:
    """Wilson: none of 100 is at most 3.7 % (the rule of three, sharpened)."""
    low, high = measures.share_interval(0, 100) or (1, 1)
    assert low == 0.0
    assert high == pytest.approx(3.70, abs=0.01)
    low, high = measures.share_interval(50, 100) or (0, 0)
    assert (low + high) / 2 == pytest.approx(50)
    assert measures.share_interval(0, 0) is None
