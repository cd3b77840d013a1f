"""How likely a held copy is a mistake, and what it would cost to miss it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pratique.domain.triage import LIKELY, Mistake, judge_mistake, of_many, write_triage
from pratique.domain.verdict import Contribution

KNOWN = Contribution("relation:known", -2.0, "mail on 40 days")
VOUCHED = Contribution("relation:known", -2.5, "mail on 4 days, vouched for")
ANSWER = Contribution("relation:answer", -3.0, "answers the recipient's own mail")
BLOCKED = Contribution("list:block", 30.0, "eve@spam.example")


def mistake(
    *evidence: Contribution, odds: float = 3.0, proven: bool = False, spam_at: float = 0.9
) -> Mistake:
    """Of a copy whose evidence adds up to `odds`."""
    rest = odds - sum(each.weight for each in evidence)
    kept = write_triage(
        (*evidence, Contribution("classifier", rest)), spam_at=spam_at, proven=proven, dangerous=False
    )
    assert len(kept) <= 20
    return judge_mistake(kept, score=0.97)


def test_a_mistake_is_likelier_near_the_threshold() -> None:
    """Score by score, and the reason says so."""
    near, far = mistake(odds=2.3), mistake(odds=12.0)
    assert near.chance > 10 * far.chance
    assert near.reasons == ("near the threshold",)
    assert far.reasons == ()


def test_the_threshold_is_the_one_of_the_policy() -> None:
    """A score that is near a strict domain's threshold is far above a lenient one's."""
    assert mistake(odds=3.0, spam_at=0.95).chance > mistake(odds=3.0, spam_at=0.5).chance


@pytest.mark.parametrize(
    ("evidence", "proven", "reason"),
    [
        ((KNOWN,), True, "a known correspondent"),
        ((VOUCHED,), False, "mail of this sender was released before"),
        ((ANSWER,), False, "answers mail of yours"),
        ((), True, "the sender is proven"),
    ],
)
def test_what_makes_a_mistake_likelier(evidence: tuple[Contribution, ...], proven: bool, reason: str) -> None:
    """Known, let go before, an answer, proven: each more than a stranger's mail with the same score."""
    found = mistake(*evidence, proven=proven)
    assert found.value > mistake().value
    assert reason in found.reasons


def test_a_known_correspondent_costs_more_than_a_newsletter() -> None:
    """Cost is apart from chance: both count."""
    letter = mistake(KNOWN)
    newsletter = mistake(KNOWN, Contribution("bulk:unsubscribe", -0.3))
    assert letter.cost == pytest.approx(2 * newsletter.cost)
    assert letter.cost > mistake().cost


def test_what_a_person_blocked_is_no_likely_mistake() -> None:
    """Somebody meant it."""
    assert not mistake(BLOCKED, odds=2.3, proven=True).is_likely


def test_the_same_text_to_many_is_a_mark_of_spam_unless_one_proven_sender_sent_it() -> None:
    """A campaign of strangers sinks; a proven sender's letter that thirty people miss rises."""
    one = mistake(odds=3.0, proven=True)
    assert of_many(one, copies=1, one_proven_sender=False) == one
    assert of_many(one, copies=30, one_proven_sender=False).value < one.value / 4
    assert of_many(one, copies=30, one_proven_sender=True).value > 2 * one.value


def test_rows_from_before_are_judged_by_what_they_have() -> None:
    """Score and own contributions."""
    old = judge_mistake("", score=0.95, contributions=(KNOWN,))
    assert old.chance > judge_mistake("", score=0.999).chance
    assert old.is_likely
    for score in (0.0, 1.0):
        assert 0 < judge_mistake("", score=score).chance < 1


@given(st.text(max_size=30), st.floats(0, 1), st.integers(1, 10_000), st.booleans())
def test_no_row_breaks_the_order(kept: str, score: float, copies: int, proven: bool) -> None:
    """Whatever is read back, there is a chance between 0 and 1 and a positive cost."""
    found = of_many(judge_mistake(kept, score=score), copies=copies, one_proven_sender=proven)
    assert 0 < found.chance < 1
    assert 0 < found.cost < 100
    assert LIKELY < 1
