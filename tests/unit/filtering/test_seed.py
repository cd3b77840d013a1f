"""The seed model: what is known before the first lesson."""

from __future__ import annotations

import hashlib
import math
from array import array

import pytest
from pratique.domain.errors import PermanentFailure
from pratique.filtering.classifier.features import BUCKETS, VIEWS, Features
from pratique.filtering.classifier.model import Model, combine
from pratique.filtering.classifier.onlooker import HELD_AT, Trial
from pratique.filtering.classifier.seed import ARTEFACT, READS, Seed, seed_model
from pratique.filtering.examine import examine

from tools.train_seed_model import Lesson, train

from .mail import ORDINARY, message, receipt

LETTERS = [
    ORDINARY,
    message(
        b"Hi Tom,\n\nThanks for the quick answer. I'll bring the papers on Thursday, then we can look at the second part together.\n"
        b"Could you ask Maria whether the room is free?\n\nBest\nAnna\n",
        subject="Re: Thursday",
        in_reply_to="<1@example.net>",
    ),
    message(
        b"Dear all,\n\nthe parser fails on empty lines since the last change. A patch is attached, with a test.\n\nRegards,\nJohn\n",
        subject="[PATCH] parser: accept empty lines",
    ),
    message(b"ok\n", subject="Re: lunch?"),
    message(
        "Lieber Herr Weber,\n\nanbei die Unterlagen. Bis morgen!\n\nGrüße\nEva\n".encode(),
        subject="Unterlagen",
    ),
]
ADVERTISEMENTS = [
    message(
        b"Dear Friend,\n\nI am the manager of a bank in Lagos. I have a transaction of USD 18,500,000 for you. This is confidential and free "
        b"of risk. Please send your account number and telephone, so that we can transfer the funds at once. God bless you.\n",
        subject="URGENT BUSINESS PROPOSAL",
        **{"from": "Dr. Williams <dr_williams419@hotmail.com>"},
    ),
    message(
        b"Cheap Viagra and Cialis! No prescription required. Save up to 80% today, order now at http://pills.example/?id=3923\n\n"
        b"To be removed from our list, click here http://pills.example/remove\n",
        subject="Save 80% on meds!!!",
        **{"from": "Pharmacy <xk3923@offers.example>"},
    ),
    message(
        b"MAKE MONEY FAST! Earn $5000 per week working from home. 100% GUARANTEED. This is NOT spam. Click below to order now!!!\n"
        b"http://10.3.4.5/money\n",
        subject="EARN $5000 A WEEK FROM HOME",
        **{"from": "Success <win@earn4u.example>"},
    ),
]


def cold(raw: bytes) -> float:
    return Trial().judge(examine(raw, receipt())).log_odds


@pytest.mark.parametrize("raw", LETTERS, ids=range(len(LETTERS)))
def test_ordinary_letters_are_let_through_on_the_first_day(raw: bytes) -> None:
    assert cold(raw) < 0


@pytest.mark.parametrize("raw", [b"", b"\n\nok\n", message(b"", subject="")])
def test_mail_with_nothing_in_it_is_not_held_for_that(raw: bytes) -> None:
    assert cold(raw) < HELD_AT


@pytest.mark.parametrize("raw", ADVERTISEMENTS, ids=range(len(ADVERTISEMENTS)))
def test_the_plainest_advertisements_are_not_let_through_as_ham(raw: bytes) -> None:
    assert cold(raw) > 0
    seed = [
        item.weight
        for item in Trial().judge(examine(raw, receipt())).contributions
        if item.signal == "classifier:seed"
    ]
    assert seed[0] > 0.3


def test_the_shipped_seed_is_whole_and_reads_what_every_site_has_in_common() -> None:
    seed = seed_model()
    assert seed is seed_model()
    assert len(seed.weights) == len(READS)
    assert all(len(weights) == BUCKETS and sum(map(bool, weights)) > BUCKETS / 2 for weights in seed.weights)
    found = examine(ADVERTISEMENTS[0], receipt()).features
    said = dict(zip(VIEWS, seed.log_odds(found), strict=True))
    assert said["heading"] == said["text"] == said["marks"] == said["subject"] == 0.0
    assert said["portable"] > 0
    assert seed.log_odds(Features(((),) * len(VIEWS))) == (0.0,) * len(VIEWS)


def test_the_seed_comes_back_as_it_was() -> None:
    data = ARTEFACT.read_bytes()
    assert Seed.loads(data).dumps() == data
    assert len(data) < 150_000


@pytest.mark.parametrize("cut", [0, 3, 4, 40, -1])
def test_a_damaged_seed_is_refused(cut: int) -> None:
    data = ARTEFACT.read_bytes()
    damaged = data[:cut] if cut else b"PQS0" + data[4:]
    with pytest.raises(PermanentFailure):
        Seed.loads(damaged)
    flipped = bytearray(data)
    flipped[1000] ^= 1
    with pytest.raises(PermanentFailure):
        Seed.loads(bytes(flipped))


def lessons() -> list[Lesson]:
    """A small corpus: numbers that speak for spam, for ham, and for neither."""
    found: list[Lesson] = []
    for n in range(60):
        is_spam = n % 3 == 0
        own = 100 + n % 5 if is_spam else 200 + n % 7
        found.append((((own, 300 + n % 11, 7),), is_spam))
    return found


def test_training_is_the_same_to_the_last_bit_each_time() -> None:
    one, other = train(lessons()), train(lessons())
    assert one.dumps() == other.dumps()
    # As any machine has it: the shuffle, the steps and the mean are whole numbers.
    assert hashlib.sha256(one.dumps()).hexdigest()[:16] == "395ee8bd7bf534fc"


def test_training_tells_the_kinds_apart() -> None:
    (portable,) = train(lessons()).weights
    assert portable[100] > 0 > portable[200]
    assert portable[100] > abs(portable[7])
    assert portable[999] == 0
    assert train([]).weights == (array("h", bytes(2 * BUCKETS)),)


def test_what_the_seed_knows_a_site_need_not_learn() -> None:
    """Lessons change a site's layer less where the seed says the same already."""
    raw = ADVERTISEMENTS[0]
    found = examine(raw, receipt()).features
    with_seed, without = Model.empty(), Model.empty()
    with_seed.learn(found, is_spam=True, base=seed_model().log_odds(found))
    without.learn(found, is_spam=True)
    assert 0 < with_seed.plain_log_odds(found)[1] < without.plain_log_odds(found)[1]


def test_a_site_can_unlearn_what_the_seed_says() -> None:
    """Someone who wants such mail gets it."""
    trial = Trial(calibrate=False)
    wanted, other = examine(ADVERTISEMENTS[1], receipt()), examine(ADVERTISEMENTS[2], receipt())
    for _ in range(40):
        trial.learn(wanted, is_spam=False)
        trial.learn(other, is_spam=True)
    before = cold(ADVERTISEMENTS[1])
    assert trial.judge(wanted).log_odds < min(before - 4, HELD_AT)
    assert trial.judge(other).log_odds > HELD_AT


def test_the_seed_is_one_layer_of_the_sum() -> None:
    found = examine(ADVERTISEMENTS[1], receipt())
    opinion = Trial().judge(found)
    assert math.isclose(opinion.log_odds, sum(item.weight for item in opinion.contributions))
    shares = {item.signal: item.weight for item in opinion.contributions}
    assert shares["classifier:seed"] == combine(seed_model().log_odds(found.features))[0]
    assert shares["classifier"] == 0.0
    assert "classifier:seed" not in {item.signal for item in Trial(seed=False).judge(found).contributions}
