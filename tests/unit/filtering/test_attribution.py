"""Which words moved the classifier."""

from __future__ import annotations

import math

import pytest
from pratique.filtering.classifier.attribution import LONGEST, fragments, weigh_fragments
from pratique.filtering.classifier.model import Model, combine
from pratique.filtering.classifier.seed import Seed, seed_model
from pratique.filtering.examine import examine

from .mail import ORDINARY, message, receipt

PILLS = message(b"Cheap pills, buy cheap pills now at http://pills.example/buy\n", subject="Pills!")


def sample_of(raw: bytes) -> bytes:
    return examine(raw, receipt()).sample


def taught() -> Model:
    model = Model.empty()
    for n in range(20):
        model.learn(
            examine(ORDINARY.replace(b"Minutes", b"Minutes %d" % n), receipt()).features, is_spam=False
        )
        model.learn(examine(PILLS.replace(b"Pills", b"Pills %d" % n), receipt()).features, is_spam=True)
    return model


@pytest.mark.parametrize(
    "raw", [ORDINARY, PILLS, b"", b"\n\n", b"a", b"Subject: \xff\xfe\n\n\x00\x01 \xe2\x80\xae"]
)
def test_the_fragments_add_up_to_what_the_layers_say(raw: bytes) -> None:
    layers: list[Model | Seed] = [seed_model(), taught()]
    found = examine(raw, receipt())
    total = math.fsum(weigh_fragments(found.sample, layers).values())
    assert math.isclose(
        total, math.fsum(combine(*(layer.log_odds(found.features) for layer in layers))), abs_tol=1e-9
    )


def test_the_words_that_tell_are_named_both_ways() -> None:
    shown = dict(fragments(sample_of(PILLS), [taught()]))
    assert shown["pills"] > 0
    assert shown["cheap"] > 0
    shown = dict(fragments(sample_of(ORDINARY), [taught()], 20))
    assert shown["minutes"] < 0
    mixed = message(b"the minutes of the meeting: buy cheap pills\n", subject="Minutes")
    signs = {weight > 0 for _, weight in fragments(sample_of(mixed), [taught()])}
    assert signs == {True, False}


def test_fragments_are_few_sorted_and_safe_to_show() -> None:
    raw = message(
        b"pills \x1b[31m\xe2\x80\xaegnp.exe " + b"x" * 500 + b" <script>alert(1)</script>\n",
        subject="a\xe2\x80\x8bb",
    )
    found = fragments(sample_of(raw), [seed_model(), taught()], 5)
    assert 0 < len(found) <= 10
    assert [abs(weight) for _, weight in found] == sorted((abs(weight) for _, weight in found), reverse=True)
    everything = weigh_fragments(sample_of(raw), [seed_model(), taught()])
    assert all(text and len(text) <= LONGEST and text.isprintable() for text in everything)
    assert not any("<" in text or "\u202e" in text for text in everything)


def test_what_is_no_sample_has_no_fragments() -> None:
    assert fragments(b"", [taught()]) == []
    assert fragments(b"\x02garbage", [taught()]) == []
    assert fragments(sample_of(PILLS), []) == []
    assert fragments(sample_of(PILLS), [Model.empty()]) == []
