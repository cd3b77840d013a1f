"""What our edits do to a sender's signature: headers of ours leave it whole, a note in the subject does not."""

from __future__ import annotations

import pytest

from tests.builders import raw_message
from tests.dkim_keys import signed, verifies
from tests.unit.outgoing.outgoing_mail import prepared

SIGNED = signed(raw_message(body="Dear Bob,\r\n\r\n.dots and  spaces \r\n\r\n"))


def test_the_signature_is_good_and_the_check_can_fail() -> None:
    assert verifies(SIGNED)
    assert not verifies(SIGNED.replace(b"Dear Bob", b"Dear Eve"))


@pytest.mark.parametrize("released", [False, True])
def test_header_notation_keeps_the_signature_alive(released: bool) -> None:
    sent = prepared(SIGNED, released=released)
    assert sent.endswith(SIGNED)
    assert verifies(sent)


def test_subject_notation_breaks_a_signature_over_the_subject() -> None:
    sent = prepared(SIGNED, notation="[SPAM] ")
    assert b"Subject: [SPAM] Cheap things" in sent
    assert not verifies(sent)


def test_a_released_message_is_not_marked_so_its_signature_lives() -> None:
    assert verifies(prepared(SIGNED, notation="[SPAM] ", released=True))


def test_it_lives_through_us_twice_and_without_forged_headers_above_it() -> None:
    assert verifies(prepared(prepared(b"X-Pratique-Class: ham\r\n" + SIGNED), hops=2))
