"""Marks in any script, on hostile subjects, and in fields on top; and what they do to a DKIM signature."""

from __future__ import annotations

import base64
import re
import time
from email.header import decode_header

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pratique.domain.policy import NotationPlace
from pratique.domain.verdict import Verdict
from pratique.usecases.notation import encoded_words

from tests.builders import raw_message
from tests.dkim_keys import signed, verifies
from tests.unit.outgoing.outgoing_mail import mails, prepared

MARK = "[Müll 垃圾 🚫] "
MAIL = raw_message()
BOTH, HEADER, SUBJECT = NotationPlace.BOTH, NotationPlace.HEADER, NotationPlace.SUBJECT


def subjects(sent: bytes) -> list[str]:
    """What a reader shows, by the standard library: unfolded, encoded words decoded, space between them dropped (RFC 2047, 6.2)."""
    head = re.split(rb"\r?\n\r?\n", sent, maxsplit=1)[0]
    unfolded = re.sub(rb"\r?\n(?=[ \t])", b"", head)
    values = [
        line.partition(b":")[2].decode("latin-1").lstrip()
        for line in unfolded.splitlines()
        if line.lower().startswith(b"subject:")
    ]
    return [_decoded(value) for value in values]


def _decoded(value: str) -> str:
    parts = decode_header(value)
    return "".join(
        part if isinstance(part, str) else part.decode(charset or "latin-1") for part, charset in parts
    )


@pytest.mark.parametrize(
    ("field", "shown"),
    [
        (b"Subject: Hello\r\n", "Hello"),
        (b"Subject:Hello\r\n", "Hello"),
        (b"Subject:\r\n Hello\r\n", "Hello"),
        (b"Subject: \r\n\t Hello\r\n", "Hello"),
        (b"Subject: Hello\r\n World\r\n", "Hello World"),
        (b"Subject: =?utf-8?q?H=C3=A9?=\r\n", "Hé"),
        (b"Subject:\r\n =?utf-8?b?SMOp?=\r\n =?utf-8?b?IQ==?=\r\n", "Hé!"),
        (b"Subject: =?no-such?x?broken?=\r\n", "=?no-such?x?broken?="),
        (b"Subject: " + b"long " * 20_000 + b"\r\n", ("long " * 20_000).rstrip()),
        (b"Subject: " + b"=?utf-8?q?x?=\r\n " * 5_000 + b"end\r\n", "x" * 5_000 + " end"),
    ],
    ids=["plain", "no-space", "folded-at-once", "blank-first-line", "folded", "encoded", "encoded-later", "broken", "100-kB", "5000-words"],
)  # fmt: skip
def test_a_mark_in_any_script_is_shown_before_any_subject(field: bytes, shown: str) -> None:
    """Exactly the mark, then exactly the subject; no line is blank, none that has an encoded word of ours is too long."""
    raw = b"From: a@b.example\r\n" + field + b"To: c@d.example\r\n\r\nbody\r\n"
    sent = prepared(raw, notation=MARK)
    (found,) = subjects(sent)
    assert re.sub(r"\s+", " ", found).rstrip() == re.sub(r"\s+", " ", MARK + shown)
    head = sent.partition(b"\r\n\r\n")[0]
    assert all(line.strip() for line in head.split(b"\r\n"))
    assert all(
        len(line) <= 76 for line in head.split(b"\r\n") if b"=?utf-8?B?" in line and b"\r\n " not in line
    )
    assert sent.endswith(b"To: c@d.example\r\n\r\nbody\r\n")


def test_an_empty_subject_and_none_at_all() -> None:
    """The mark is the subject."""
    for raw in (b"Subject:\r\nTo: x\r\n\r\n", b"Subject: \r\nTo: x\r\n\r\n", b"To: x\r\n\r\nbody"):
        assert subjects(prepared(raw, notation=MARK)) == [MARK.rstrip()]


def test_every_one_of_several_subjects_is_marked() -> None:
    """Readers disagree about which one counts."""
    raw = b"Subject: one\r\nsubject: two\r\nX: y\r\nSUBJECT : three\r\n\r\nbody"
    sent = prepared(raw, notation="[SPAM] ")
    assert sent.endswith(
        b"Subject: [SPAM] one\r\nsubject: [SPAM] two\r\nX: y\r\nSUBJECT : [SPAM] three\r\n\r\nbody"
    )


def test_ten_thousand_subjects_take_no_time() -> None:
    """Hostile mail is bounded in what it costs."""
    raw = b"Subject: x\r\n" * 10_000 + b"\r\nbody"
    started = time.perf_counter()
    sent = prepared(raw, notation=MARK)
    assert time.perf_counter() - started < 5
    assert sent.count(b"=?utf-8?B?") == 10_000


def test_a_mark_that_looks_like_an_encoded_word_is_shown_as_it_is_written() -> None:
    """It is encoded itself."""
    assert subjects(prepared(MAIL, notation="=?utf-8?q?Ham?= ")) == ["=?utf-8?q?Ham?= Cheap things"]


def test_raw_octets_in_a_subject_stay_what_they_are() -> None:
    """Nothing is decoded and encoded anew."""
    raw = b"Subject: H\xe9 \xff\x00\r\n\r\nbody"
    assert prepared(raw, notation="[é] ").endswith(b"\r\n H\xe9 \xff\x00\r\n\r\nbody")


def test_the_line_ends_of_the_message_are_used() -> None:
    """A message of bare LF gets no CR."""
    sent = prepared(b"Subject: x\nTo: y\n\nbody", notation=MARK * 3, notation_in=BOTH)
    assert b"\r" not in sent
    assert sent.endswith(b"\n x\nTo: y\n\nbody")


@given(st.text(min_size=1, max_size=60).filter(str.isprintable))
def test_encoded_words_are_short_and_whole(text: str) -> None:
    """75 octets at most, each decodes by itself (RFC 2047, 2 and 5)."""
    words = encoded_words(text)
    assert all(len(word) <= 75 for word in words)
    assert "".join(base64.b64decode(word[10:-2]).decode() for word in words) == text


@given(mails, st.text(max_size=20), st.sampled_from(NotationPlace))
def test_whatever_mail_and_mark_are_the_body_stays(raw: bytes, mark: str, place: NotationPlace) -> None:
    """And nothing raises."""
    body = re.split(rb"(?:\A|\n)\r?\n", raw, maxsplit=1)
    sent = prepared(raw, notation=mark, notation_in=place, verdict=Verdict.UNSURE, score=0.4)
    assert sent.endswith(body[1] if len(body) == 2 else b"")


# Header notation


def test_fields_on_top() -> None:
    """Flag, a star for each tenth of the score, and the own text; below them not an octet differs."""
    sent = prepared(MAIL, notation_in=HEADER, notation="[SPAM] ", score=0.97)
    assert sent.endswith(
        b"X-Spam-Flag: YES\r\nX-Spam-Level: *********\r\nX-Pratique-Notation: [SPAM]\r\n" + MAIL
    )


@pytest.mark.parametrize(
    ("verdict", "score", "fields"),
    [
        (Verdict.HAM, 0.02, b"X-Spam-Flag: NO\r\n"),
        (Verdict.HAM, 0.0999, b"X-Spam-Flag: NO\r\n"),
        (Verdict.UNSURE, 0.5, b"X-Spam-Flag: NO\r\nX-Spam-Level: *****\r\n"),
        (Verdict.SPAM, 1.0, b"X-Spam-Flag: YES\r\nX-Spam-Level: **********\r\n"),
    ],
)
def test_all_mail_carries_them(verdict: Verdict, score: float, fields: bytes) -> None:
    """So that a rule of the destination may look for a level of its own."""
    assert prepared(MAIL, notation_in=HEADER, verdict=verdict, score=score).endswith(fields + MAIL)


def test_text_in_a_field_may_be_in_any_script() -> None:
    """As encoded words."""
    sent = prepared(MAIL, notation_in=HEADER, notation=MARK)
    line = re.search(rb"X-Pratique-Notation: (.*)\r\n", sent)
    assert line is not None
    assert _decoded(line[1].decode()) == MARK.rstrip()


def test_both_places() -> None:
    """The subject and the fields."""
    sent = prepared(MAIL, notation_in=BOTH, notation="[SPAM] ")
    assert b"X-Spam-Flag: YES\r\n" in sent
    assert subjects(sent) == ["[SPAM] Cheap things"]


def test_mail_that_a_person_released_carries_no_mark() -> None:
    """Somebody has looked at it."""
    assert b"X-Spam" not in prepared(MAIL, released=True, notation_in=BOTH, notation="[SPAM] ")


@pytest.mark.parametrize(
    ("forged", "left"),
    [
        (b"X-Spam-Flag: NO\r\n", b""),
        (b"x-spam-FLAG :\r\n NO\r\n", b""),
        (b"X-Spam-Flag: NO\r\nX-Spam-Level:\r\nX-Spam-Flag: no\r\n", b""),
        (b"X-Spam-Level: *\r\n", b""),
        (b"X-Spam-Flag: YES\r\n", b"X-Spam-Flag: YES\r\n"),
        (b"X-Spam-Flag:  yes \r\n", b"X-Spam-Flag:  yes \r\n"),
        (b"X-Spam-Flagged: NO\r\n", b"X-Spam-Flagged: NO\r\n"),
        (b"X-Spam-Status: No\r\n", b"X-Spam-Status: No\r\n"),
        (b"X-Other: a\rX-Spam-Flag: NO\r\n", b"X-Other: a\r\n"),
        (b"X-Pratique-Notation: clean\r\n", b""),
    ],
)
def test_forged_fields_of_these_names_do_not_lie(forged: bytes, left: bytes) -> None:
    """What contradicts ours goes, in either view of lines; what says the same, and other names, stay."""
    sent = prepared(forged + MAIL, notation_in=HEADER, notation="[SPAM]", score=0.97)
    assert sent.endswith(b"X-Pratique-Notation: [SPAM]\r\n" + left + MAIL)
    untouched = prepared(b"X-Spam-Flag: NO\r\n" + MAIL, notation_in=SUBJECT)
    assert untouched.endswith(b"X-Spam-Flag: NO\r\n" + MAIL), "where we speak no such field, we cut none"


SIGNED = signed(raw_message(body="Dear Bob,\r\n\r\n.dots and  spaces \r\n\r\n"))


@pytest.mark.parametrize("place", [HEADER, BOTH, SUBJECT])
def test_header_notation_leaves_a_signature_alive_and_subject_notation_does_not(place: NotationPlace) -> None:
    """Signed and verified by dkimpy."""
    assert verifies(SIGNED)
    sent = prepared(SIGNED, notation_in=place, notation=MARK)
    assert verifies(sent) is (place is HEADER)


@pytest.mark.parametrize(("value", "survives"), [(b"YES", True), (b"NO", False)])
def test_a_signed_lie_goes_with_its_signature(value: bytes, survives: bool) -> None:
    """A spammer can sign `X-Spam-Flag: NO` with a domain of its own: keeping what is signed would be a way round the mark."""
    raw = b"X-Spam-Flag: " + value + b"\r\n" + MAIL
    over = signed(raw, also=[b"x-spam-flag"])
    assert verifies(over)
    sent = prepared(over, notation_in=HEADER)
    assert verifies(sent) is survives
    assert (b"X-Spam-Flag: NO" in sent) is False
