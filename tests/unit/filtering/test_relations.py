"""What a recipient's own mail tells of a sender, and the keys it is asked by."""

from __future__ import annotations

import pytest
from pratique.domain.address import parse_address
from pratique.domain.correspondent import KEEP_DAYS, Correspondent, Question, Relations, Sent
from pratique.filtering.acquaintance import MOST_REFERENCES, name_key, question, reference_key
from pratique.filtering.signals import relations
from pratique.filtering.signals.relations import KNOWN, MOST, VOUCHED_MOST, Claim, strength

from .mail import RECEIVED_MS as NOW
from .mail import message, names, parse

DAY = 86_400_000
BOB, ANN = parse_address("bob@example.org"), parse_address("ann@example.org")
EVE = parse_address("eve@friend.example")


def weights(
    found: Relations, *, proven: bool = True, checked: bool = True, author: str = str(EVE)
) -> dict[str, float]:
    claim = Claim(Question(parse_address(author)), proven=proven, checked=checked, now_ms=NOW)
    return names(relations.evidence(found, BOB, claim))


def known(days: int, age_days: int, *, vouched: bool = False, idle_days: int = 0) -> Relations:
    return Relations(
        known={BOB: Correspondent(days, NOW - age_days * DAY, NOW - idle_days * DAY, vouched=vouched)}
    )


def test_a_stranger_is_no_evidence() -> None:
    assert weights(Relations()) == {}
    assert (
        names(
            relations.evidence(known(9, 99), ANN, Claim(Question(EVE), proven=True, checked=True, now_ms=NOW))
        )
        == {}
    )
    assert (
        names(relations.evidence(known(9, 99), BOB, Claim(Question(), proven=True, checked=True, now_ms=NOW)))
        == {}
    )


def test_the_better_known_the_lower_and_never_below_the_bound() -> None:
    """By days and by age: neither a burst nor a single old message buys much."""
    assert weights(known(1, 0)) == {}
    grows = [weights(known(days, 40))["relation:known"] for days in (1, 3, 10, 31)]
    assert grows == sorted(grows, reverse=True)
    assert weights(known(31, 2))["relation:known"] > grows[-1]
    assert weights(known(10_000, 10_000))["relation:known"] == pytest.approx(KNOWN)
    assert weights(known(10_000, 10_000, vouched=True))["relation:known"] == pytest.approx(VOUCHED_MOST)


def test_a_burst_of_a_week_buys_less_than_half_a_point() -> None:
    assert weights(known(7, 6))["relation:known"] > -0.5


def test_a_vouched_sender_counts_from_the_first_day() -> None:
    assert -1.5 < weights(known(0, 0, vouched=True))["relation:known"] <= -1


def test_without_proof_it_is_no_help_and_a_little_suspect() -> None:
    assert set(weights(known(9, 99), proven=False)) == {"relation:unproven"}
    assert weights(known(9, 99), proven=False)["relation:unproven"] > 0
    assert weights(known(9, 99), proven=False, checked=False) == {}
    assert weights(known(2, 99), proven=False) == {}
    assert weights(known(0, 99, vouched=True), proven=False) == {}


def test_what_is_over_its_time_is_gone() -> None:
    """Invariant 10: rows stay a while after their end."""
    assert weights(known(31, 900, idle_days=KEEP_DAYS + 1)) == {}
    old = Sent(BOB, (EVE,), NOW - 181 * DAY)
    assert weights(Relations(answered={"example.org": (old,)})) == {}


def test_strength_is_between_nothing_and_one() -> None:
    assert strength(Correspondent(0, NOW, NOW), NOW) == 0
    assert strength(Correspondent(5, NOW + DAY, NOW), NOW) == 0
    assert strength(Correspondent(10**9, 0, NOW), NOW) == 1


def answer(sent: Sent, **more: object) -> float:
    return weights(Relations(answered={"example.org": (sent,)}), **more)["relation:answer"]  # type: ignore[arg-type]  # as weights


def test_an_answer_weighs_by_who_asked_whom() -> None:
    """Best: this recipient wrote to this author. Without proof less, since a Message-ID may be read on a public list."""
    mine, others, colleagues = Sent(BOB, (EVE,), NOW), Sent(BOB, (ANN,), NOW), Sent(ANN, (EVE,), NOW)
    assert answer(mine) < answer(others) < 0
    assert answer(mine) < answer(colleagues) < 0
    assert answer(mine) < answer(mine, proven=False) < 0
    both = weights(Relations(answered={"example.org": (colleagues, mine)}))["relation:answer"]
    assert both == answer(mine)


def test_all_that_speaks_for_a_sender_is_bounded() -> None:
    everything = Relations(
        known=known(500, 900, vouched=True).known, answered={"example.org": (Sent(BOB, (EVE,), NOW),)}
    )
    found = weights(everything)
    assert set(found) == {"relation:known", "relation:answer"}
    assert sum(found.values()) == pytest.approx(MOST)


def test_a_domain_that_looks_like_a_known_one() -> None:
    """Also when it proves itself: it is its own domain that it proves."""
    alike = Relations(alike={"example.org": ("friend.example",)})
    assert weights(alike, author="eve@frlend.example")["relation:look-alike"] > 2
    assert weights(alike, author="eve@frlend.example", proven=False)["relation:look-alike"] > 2
    assert weights(alike) == {}
    assert weights(alike, author="eve@mail.friend.example") == {}
    both = Relations(alike={"example.org": ("friend.example", "frlend.example")})
    assert weights(both, author="eve@frlend.example") == {}


def test_a_known_sender_is_no_look_alike() -> None:
    """Somebody vouched for it, or it wrote before and proves itself."""
    alike = {"example.org": ("friend.example",)}
    for row in (Correspondent(0, NOW, NOW, vouched=True), Correspondent(4, NOW - 30 * DAY, NOW)):
        both = Relations(known={BOB: row}, alike=alike)
        assert "relation:look-alike" not in weights(both, author="eve@frlend.example")


def test_a_borrowed_name() -> None:
    """Worse if it is of somebody of the recipient's own domain; nothing if many bear it, or the sender's own organisation does."""
    own = weights(Relations(namesakes={"example.org": (ANN,)}))["relation:name"]
    correspondent = Relations(namesakes={"example.org": (parse_address("eve@partner.example"),)})
    assert own > weights(correspondent)["relation:name"] > 0
    assert weights(Relations(namesakes={"example.org": (parse_address("x@mail.friend.example"),)})) == {}
    at_gmail = Relations(namesakes={"example.org": (parse_address("eve.b@gmail.com"),)})
    assert weights(at_gmail, author="eve.b@gmail.com") == {}
    assert weights(at_gmail, author="evil@gmail.com")["relation:name"] > 0
    many = tuple(parse_address(f"u{n}@n.example") for n in range(3))
    assert weights(Relations(namesakes={"example.org": many})) == {}
    known_too = Relations(known=known(4, 30).known, namesakes={"example.org": (ANN,)})
    assert "relation:name" not in weights(known_too)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Anna Berg", "BERG, Anna", True),
        ("Anna Berg", "Аnna Bеrg", True),  # Cyrillic А and е
        ("Anna Berg", "Anna  Bérg", True),
        ("Anna Berg", "Anne Berg", False),
    ],
)
def test_names_as_one_reads_them(one: str, other: str, same: bool) -> None:
    assert name_key(one)
    assert (name_key(one) == name_key(other)) is same


@pytest.mark.parametrize(
    "name", ["", "Anna", "Customer Service", "Support Team", "a b", "x " * 5_000, "No Reply", "!!! ???"]
)
def test_what_names_no_person_is_not_remembered(name: str) -> None:
    assert name_key(name) == ""


def test_the_question_of_a_message() -> None:
    raw = message(
        **{"from": "Eve Berg <eve@mail.friend.example>"},
        in_reply_to="<1@example.org>",
        references="<0@x> <1@example.org> <2@y> <3@z> <4@z>",
    )
    asked = question(parse(raw))
    assert asked.author == parse_address("eve@mail.friend.example")
    assert asked.name == name_key("Eve Berg") != ""
    assert asked.look
    assert len(asked.references) == MOST_REFERENCES
    assert asked.references[0] == reference_key("<1@example.org>") == reference_key("1@example.org")


@pytest.mark.parametrize(
    "fields",
    [
        {"from": "a@gmail.com", "references": "none at all"},
        {"from": "nobody", "in_reply_to": "<>" * 1_000},
        {"from": "a@b.example", "references": " ".join(f"<{n}@x>" for n in range(5_000))},
    ],
)
def test_questions_are_bounded(fields: dict[str, str]) -> None:
    asked = question(parse(message(**fields)))
    assert len(asked.references) <= MOST_REFERENCES


def test_everybody_knows_somebody_at_a_large_provider() -> None:
    assert question(parse(message(**{"from": "a@gmail.com"}))).look == ""
