"""The learners: lessons, layers, and how a model is stored."""

from __future__ import annotations

import math
import zlib
from array import array

import pytest
from pratique.domain.errors import PermanentFailure
from pratique.domain.verdict import Contribution
from pratique.filtering.classifier.experience import PART, discount, general_weight
from pratique.filtering.classifier.features import VIEWS, Features, features
from pratique.filtering.classifier.model import (
    LEAST_STEP,
    MARGIN,
    MOST,
    SCALE,
    Model,
    classifier_contribution,
    combine,
)
from pratique.filtering.classifier.sample import make_sample
from pratique.filtering.classifier.weights import pack, unpack
from pratique.filtering.evidence import message_evidence

from .mail import ORDINARY, message, parse, receipt

HAM = [
    message(f"Dear Bob, the minutes of meeting {n} are in the wiki.".encode(), subject=f"Minutes {n}")
    for n in range(12)
]
SPAM = [
    message(
        f"Cheap pills number {n}, buy now at http://pills{n}.example/".encode(),
        subject=f"Pills {n}",
        **{"from": f"x{n}@evil.example"},
    )
    for n in range(12)
]


def seen(raw: bytes) -> Features:
    return features(make_sample(parse(raw)))


def taught(ham: int = 12, spam: int = 12) -> Model:
    model = Model.empty()
    for n in range(12):
        if n < ham:
            model.learn(seen(HAM[n]), is_spam=False)
        if n < spam:
            model.learn(seen(SPAM[n]), is_spam=True)
    return model


def score(model: Model, raw: bytes) -> float:
    return combine(model.log_odds(seen(raw)))[0]


def test_an_empty_model_says_nothing() -> None:
    model = Model.empty()
    assert model.log_odds(seen(SPAM[0])) == (0.0,) * len(VIEWS)
    assert classifier_contribution("classifier", score(model, SPAM[0])).weight == 0.0


@pytest.mark.parametrize("is_spam", [True, False])
def test_a_lesson_moves_every_view_towards_its_label(is_spam: bool) -> None:
    model = Model.empty()
    assert model.learn(seen(HAM[0]), is_spam=is_spam)
    assert all((odds > 0) is is_spam and odds for odds in model.log_odds(seen(HAM[0])))
    assert (model.lessons_ham, model.lessons_spam) == ((0, 1) if is_spam else (1, 0))


def test_what_is_known_is_not_learnt_again() -> None:
    model = Model.empty()
    found = seen(SPAM[0])
    taken = [model.learn(found, is_spam=True) for _ in range(20)]
    assert taken[0]
    assert not taken[-1]
    assert model.lessons_spam == 20


def test_what_the_layers_above_know_is_not_learnt_again() -> None:
    sure = math.log((1 - MARGIN) / MARGIN) + 0.1
    model = Model.empty()
    assert not model.learn(seen(SPAM[0]), is_spam=True, base=(sure,) * len(VIEWS))
    assert model.learn(seen(SPAM[0]), is_spam=False, base=(sure,) * len(VIEWS))


def test_a_lesson_from_before_a_view_was_added_is_learnt_as_if_nothing_was_said_of_that_view() -> None:
    short, padded = Model.empty(), Model.empty()
    short.learn(seen(SPAM[0]), is_spam=True, base=(0.5, -0.25, 1.0, 0.0))
    padded.learn(seen(SPAM[0]), is_spam=True, base=(0.5, -0.25, 1.0, 0.0, 0.0))
    assert short.dumps() == padded.dumps()
    assert all(odds > 0 for odds in short.plain_log_odds(seen(SPAM[0])))


def test_a_lower_rate_is_a_smaller_step() -> None:
    full, half = Model.empty(), Model.empty()
    full.learn(seen(SPAM[0]), is_spam=True)
    half.learn(seen(SPAM[0]), is_spam=True, rate=0.5)
    for one, other in zip(full.log_odds(seen(SPAM[0])), half.log_odds(seen(SPAM[0])), strict=True):
        assert 0.4 * one < other < 0.6 * one
    assert not Model.empty().learn(seen(SPAM[0]), is_spam=True, rate=0.0)


def test_weights_stop_at_their_bound() -> None:
    model = Model.empty()
    found = Features(((1,), (2,), (3,), (4,), (5,)))
    for n in range(5_000):
        model.learn(found, is_spam=True, base=(-1e6 + n,) * len(VIEWS), rate=5.0)
    assert [weights[n + 1] for n, weights in enumerate(model.weights)] == [32_767] * len(VIEWS)


def test_after_lessons_the_kinds_are_told_apart() -> None:
    model = taught()
    unseen_ham = message(b"Dear Bob, the minutes of meeting 99 are in the wiki.", subject="Minutes 99")
    unseen_spam = message(
        b"Cheap pills number 99, buy now", subject="Pills 99", **{"from": "x99@evil.example"}
    )
    assert score(model, unseen_ham) < 0 < score(model, unseen_spam)


@pytest.mark.parametrize(("ham", "spam"), [(0, 1), (0, 5), (0, 12), (1, 12), (1, 1), (3, 3)])
def test_a_young_model_holds_no_ordinary_mail(ham: int, spam: int) -> None:
    """A few lessons, spam only at worst, must not bring a stranger's ordinary letter near the threshold of 0.9."""
    model = taught(ham, spam)
    total = math.fsum(c.weight for c in message_evidence(parse(ORDINARY), receipt())) + score(model, ORDINARY)
    assert total < math.log(0.5 / 0.5)


def test_trust_grows_with_lessons_of_the_other_kind() -> None:
    def trust(ham: int, spam: int, *, says_spam: bool) -> float:
        model = Model.empty()
        model.lessons_ham, model.lessons_spam = ham, spam
        return model.trust(spam=says_spam)

    assert trust(0, 0, says_spam=True) == trust(0, 0, says_spam=False) == 0.0
    assert 0 < trust(0, 1, says_spam=True) < trust(1, 1, says_spam=True) < trust(10, 10, says_spam=True)
    assert trust(0, 10_000, says_spam=True) < 0.25
    assert trust(10_000, 0, says_spam=False) < 0.4
    assert trust(3_000, 1_800, says_spam=True) > 0.95
    assert trust(5, 0, says_spam=False) > trust(0, 5, says_spam=True)


def doubting(sure: int, contradicted: int) -> Model:
    model = Model.empty()
    model.sure, model.contradicted = sure, contradicted
    return model


def test_labels_that_contradict_a_seldom_wrong_layer_count_less() -> None:
    """Where one label in twenty is wrong, one that the layer is sure against is a small step; others are whole ones."""
    model = doubting(1_000, 60)
    assert model.doubt(-5.0) == LEAST_STEP
    assert LEAST_STEP < model.doubt(-2.0) < model.doubt(0.0) < 1
    assert model.doubt(4.0) > 0.99


@pytest.mark.parametrize(("sure", "contradicted"), [(0, 0), (5, 3), (1_000, 0), (1_000, 400), (12, 12)])
def test_a_layer_that_is_new_or_never_or_often_wrong_does_not_doubt(sure: int, contradicted: int) -> None:
    """Who is only told of mistakes must learn from them."""
    assert doubting(sure, contradicted).doubt(-6.0) == 1.0


def test_contradictions_are_counted_where_the_layer_was_sure() -> None:
    model = Model.empty()
    found = Features(((1,), (2,), (3,), (4,), (5,)))
    sure = (3.0,) * len(VIEWS)
    model.learn(found, is_spam=True, base=sure)
    model.learn(Features(((6,), (7,), (8,), (9,), (10,))), is_spam=False)
    assert (model.sure, model.contradicted) == (1, 0)
    model.learn(found, is_spam=False, base=sure)
    assert (model.sure, model.contradicted) == (2, 1)
    again = Model.loads(model.dumps())
    assert (again.sure, again.contradicted) == (2, 1)


def test_a_feature_that_is_trained_often_moves_less() -> None:
    model = Model.empty()
    found = Features(((1,), (2,), (3,), (4,), (5,)))
    moves = []
    for _ in range(3):
        before = model.weights[0][1]
        model.learn(found, is_spam=True, base=(-60.0,) * len(VIEWS))
        moves.append(model.weights[0][1] - before)
    assert moves[0] > moves[1] > moves[2] > 0
    assert model.counts[0][1] == 3


def test_a_layer_knows_its_site_by_lessons_of_both_kinds() -> None:
    model = Model.empty()
    assert model.known == 0.0
    model.lessons_spam = 5_000
    assert model.known == 0.0
    model.lessons_ham = 1_000
    assert model.known == 0.5


def test_signals_say_less_where_lessons_speak_but_never_nothing() -> None:
    evidence = (
        Contribution("bias", -1.5),
        Contribution("url:ip", 1.4),
        Contribution("file:program", 1.9),
        Contribution("dmarc", 2.5),
    )
    general = general_weight(evidence)
    assert general == pytest.approx(-0.1)
    assert discount(general, 0.0).weight == 0.0
    assert discount(2.0, 0.5).weight == -2.0 * PART * 0.5
    assert 2.0 + discount(2.0, 1.0).weight > 0


def test_layers_add_up() -> None:
    base, domain, own = (0.4, -0.2, 0.1, 0.2, 0.5), (0.3, 0.3, 0.3, 0.6, 0.1), (-0.1, 0.0, 0.25, 0.0, -0.2)
    shares = combine(base, domain, own)
    heading, portable, text, marks, subject = (sum(views) for views in zip(base, domain, own, strict=True))
    whole = 1.5 * heading + portable + text + 0.5 * marks + 0.4 * subject
    assert math.isclose(sum(shares), SCALE * whole / 4.4)
    assert combine(base) == shares[:1]
    assert combine(base, domain) == shares[:2]
    assert combine() == []


def test_all_layers_together_are_bounded_and_the_nearest_still_counts() -> None:
    sure = (50.0,) * len(VIEWS)
    assert combine(sure, sure) == [MOST, 0.0]
    shares = combine(sure, (-0.5,) * len(VIEWS))
    assert shares == [MOST, pytest.approx(-0.5 * SCALE)]
    assert classifier_contribution("classifier:domain", shares[1]).detail == "like ham"


def test_a_model_comes_back_as_it_was() -> None:
    model = taught()
    model.version = 7
    model.applied = frozenset({"01B", "01A", "ümläut"})
    data = model.dumps()
    again = Model.loads(data)
    assert again.dumps() == data
    assert (again.version, again.lessons_ham, again.lessons_spam) == (7, 12, 12)
    assert again.applied == model.applied
    assert again.log_odds(seen(SPAM[0])) == model.log_odds(seen(SPAM[0]))
    assert Model.loads(Model.empty().dumps()).applied == frozenset()


def test_the_same_model_gives_the_same_octets() -> None:
    one, other = taught(), taught()
    one.applied, other.applied = frozenset("abc"), frozenset("cab")
    assert one.dumps() == other.dumps()


def test_models_are_compact() -> None:
    assert len(Model.empty().dumps()) < 600
    assert len(taught(1, 0).dumps()) < 6_000
    assert len(taught(3, 3).dumps()) < 16_000


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PQM3",
        b"garbage" * 100,
        Model.empty().dumps()[:-1],
        Model.empty().dumps() + b"x",
        b"PQM2" + Model.empty().dumps()[4:],
        b"PQM1" + Model.empty().dumps()[4:],
        b"PQM3" + zlib.compress(b""),
        b"PQM3" + zlib.compress(bytes(28)),
        b"PQM3" + zlib.compress(bytes(20_000_000)),
        b"PQM3" + zlib.compress(zlib.decompress(Model.empty().dumps()[4:])[:-1]),
        b"PQM3" + zlib.compress(zlib.decompress(Model.empty().dumps()[4:]) + bytes(4)),
    ],
)
def test_what_is_no_model_is_refused(data: bytes) -> None:
    with pytest.raises(PermanentFailure):
        Model.loads(data)


def test_an_older_model_is_read_with_the_views_that_are_still_read_in_the_same_way() -> None:
    model = taught()
    model.version, model.applied = 7, frozenset({"01A"})
    newest = pack(model.weights[4], model.counts[4])
    plain = zlib.decompress(model.dumps()[4:]).removesuffix(len(newest).to_bytes(4, "big") + newest)
    old = Model.loads(b"PQM2" + zlib.compress(plain))
    assert (old.version, old.applied, old.lessons_ham, old.lessons_spam) == (7, model.applied, 12, 12)
    assert (old.weights[2], old.weights[3]) == (model.weights[2], model.weights[3])
    assert (old.counts[2], old.counts[3]) == (model.counts[2], model.counts[3])
    assert [sum(map(bool, old.weights[n])) + sum(old.counts[n]) for n in (0, 1, 4)] == [0, 0, 0]
    assert Model.loads(old.dumps()).dumps() == old.dumps()


@pytest.mark.parametrize("size", [1, 5, 300, 2_000])
@pytest.mark.parametrize("gap", [1, 3, 5, 254, 255, 256, 700])
def test_weights_are_packed_and_unpacked(size: int, gap: int) -> None:
    weights, counts = array("h", bytes(2 * size)), bytearray(size)
    for n in range(0, size, gap):
        weights[n], counts[n] = (-1) ** n * (n % 30_000), n % 63 + 1
    weights[-1], counts[-1] = -32_767, 63
    assert unpack(pack(weights, counts), size) == (weights, counts)


@pytest.mark.parametrize(
    "octets",
    [b"", b"X", b"W\0", b"W" + bytes(11), b"W" + bytes(13), b"F", b"F\x10\0\0\1", b"F\1\0\0\0", b"F\1\0\0", b"F\1\0\0\1\1"],
)  # fmt: skip
def test_what_is_no_packed_weights_is_refused(octets: bytes) -> None:
    with pytest.raises(ValueError, match="weight"):
        unpack(octets, 4)
