"""Messages of one campaign have keys that are near, all others have not."""

from __future__ import annotations

import itertools
import random

import pytest
from pratique.filtering.fingerprint import BITS, NEAR, distance, fingerprint

from tests.corpora import labelled_corpus

from .mail import html, message, parse

LETTER = """Dear {name},

your parcel with the number {number} could not be handed over, because the address on the label was not complete. Please
confirm your address within {days} days, otherwise the parcel goes back to the person who sent it and storage costs will be
charged to your account. We ask for a small fee of {number} for the second attempt. You can do this on our page at any hour:

{url}

With kind regards, the team of the parcel service {tail}
"""


def letter(seed: int) -> bytes:
    chance = random.Random(seed)
    word = "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=9))
    return message(
        LETTER.format(
            name=chance.choice(["Anna", "Bob", "customer", "Ms. Berg"]),
            number=chance.randint(10_000, 9_999_999),
            days=chance.randint(2, 9),
            url=f"http://{word}.example/confirm/address.php?id={chance.randint(1, 10**9)}",
            tail=word + str(chance.randint(1, 99)),
        ).encode(),
        subject=f"Parcel {chance.randint(1, 10**6)} {word}",
        From=f"Service <{word}@{word}.example>",
    )


def test_a_key_is_sixteen_digits_and_always_the_same() -> None:
    assert fingerprint(parse(letter(1))) == "340c62dd70bec86c"


def test_names_numbers_and_random_tails_hardly_change_it() -> None:
    keys = [fingerprint(parse(letter(seed))) for seed in range(30)]
    assert max(distance(one, other) for one, other in itertools.combinations(keys, 2)) <= NEAR


def test_the_page_of_a_letter_has_a_key_near_that_of_its_text() -> None:
    """The shown text counts, not the markup around it."""
    text = LETTER.format(name="you", number=1, days=2, url="", tail="")
    page = "".join(f"<p style='color:#{n:03d}'>{line}</p>" for n, line in enumerate(text.splitlines()))
    assert distance(fingerprint(parse(message(text.encode()))), fingerprint(parse(html(page)))) <= NEAR


def test_another_letter_has_another_key() -> None:
    other = message(
        b"Hello Bob, here are the minutes of the meeting on Monday. We talked about the garden, the fence and who will paint it. "
        b"The next meeting is in two weeks. Bring the plans with you, please, and the bill for the wood that was bought in spring."
    )
    assert distance(fingerprint(parse(letter(1))), fingerprint(parse(other))) > 2 * NEAR


@pytest.mark.parametrize("body", [b"", b"Hi\r\n", b"12345 67890 #!?", b"http://a.example/ http://b.example/"])
def test_too_little_text_has_no_key(body: bytes) -> None:
    assert fingerprint(parse(message(body))) == ""


def test_text_without_spaces_has_a_key() -> None:
    one = "您的账户存在异常请立即点击下面的链接进行验证否则将被停用谢谢合作祝您生活愉快请勿回复此邮件"
    key = fingerprint(parse(message(one.encode(), content_type="text/plain; charset=utf-8")))
    assert len(key) == 16
    changed = fingerprint(parse(message((one + "再见").encode(), content_type="text/plain; charset=utf-8")))
    assert distance(key, changed) <= 16


def test_no_key_is_far_from_everything() -> None:
    assert distance("", "") == distance("", "0" * 16) == BITS
    assert distance("0" * 16, "f" * 16) == BITS
    assert distance("00ff00ff00ff00ff", "00ff00ff00ff00fe") == 1


@pytest.mark.corpus
def test_unrelated_ham_is_never_near() -> None:
    """Pairs of list mail and of old ham, taken at random: at most one in a thousand is near."""
    ham = [entry for entry in labelled_corpus("spamassassin") if not entry.is_spam][::25]
    keys = [key for entry in ham if (key := fingerprint(parse(entry.read())))]
    pairs = list(itertools.combinations(keys, 2))
    assert len(pairs) > 10_000
    assert sum(distance(one, other) <= NEAR for one, other in pairs) <= len(pairs) / 1_000
