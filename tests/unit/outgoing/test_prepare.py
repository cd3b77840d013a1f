"""What leaves: our headers, and below them the original's own bytes."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pratique.domain.verdict import Contribution, Verdict

from tests.builders import a_copy, facts, raw_message
from tests.unit.outgoing.outgoing_mail import mails, prepared, top

MAIL = raw_message()
NO_BODY = MAIL.partition(b"\r\n\r\n")[0]


def test_our_headers_stand_above_the_untouched_message() -> None:
    lines, rest = top(prepared(MAIL))
    assert rest == MAIL
    assert lines[0] == b"X-Pratique-Class: spam"
    assert lines[1] == b"X-Pratique-Score: 0.9700"
    assert lines[2] == b"X-Pratique-Evidence: Combined (0.97); classifier +3.50"
    assert lines[3] == b"X-Pratique-Id: " + a_copy().id.message.encode()
    assert lines[4].startswith(
        b"X-Pratique-Trace: v1; id=" + a_copy().id.message.encode() + b"; by=mail.example.org;"
    )
    assert not any(line.startswith(b"X-Pratique-Release") for line in lines)


def test_a_released_message_carries_its_release() -> None:
    lines, rest = top(prepared(MAIL, released=True))
    assert rest == MAIL
    assert any(line.startswith(b"X-Pratique-Release: v1; id=") for line in lines)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_the_class_is_the_verdict(verdict: Verdict) -> None:
    assert prepared(MAIL, verdict=verdict).startswith(
        b"X-Pratique-Class: " + verdict.value.encode() + b"\r\n"
    )


def test_evidence_names_the_weightiest_contributions_and_no_word_of_a_stranger() -> None:
    many = tuple(Contribution(f"signal-{n}", float(n), "evil\r\nX-Evil: 1") for n in range(12))
    ham = Contribution("list\r\nX-Evil: 2", -40.0, "a stranger's words")
    sent = prepared(
        MAIL,
        facts=facts(contributions=(*many, Contribution("nothing", 0.0))),
        contributions=(ham,),
        score=0.031,
    )
    lines, rest = top(sent)
    evidence = b"".join(line for line in lines if b"Combined" in line or line.startswith(b" s"))
    assert rest == MAIL
    assert evidence.startswith(b"X-Pratique-Evidence: Combined (0.03); list_X-Evil:_2 -40.00;")
    assert b"signal-11 +11.00" in evidence
    assert b"signal-5 +5.00" in evidence
    assert b"signal-4" not in evidence
    assert b"nothing" not in evidence
    assert b"stranger" not in sent


def test_the_line_ends_of_the_message_are_ours_too() -> None:
    raw = MAIL.replace(b"\r\n", b"\n")
    sent = prepared(raw, released=True)
    assert b"\r" not in sent
    assert top(sent)[1] == raw


@pytest.mark.parametrize(
    ("raw", "between"),
    [
        (b"", b""),
        (b"\r\nbody only\r\n", b""),
        (b"\n\nbody only", b""),
        (NO_BODY, b""),
        (b"Subject: \xe4\xf6\xfc \x00 8-bit\r\nX\xff: y\r\n\r\n\x00\xff", b""),
        (b"From: a@b.example\r\nno colon\r\nTo: c@d.example\r\n\r\nbody", b""),
        (b"From bob@b.example  Mon Sep 21 14:13:20 2026\nTo: x@y.example\n\nbody\n", b"X-Mailbox-Line: "),
        (b" a stray line\r\nFrom: a@b.example\r\n\r\nbody", b"X-Stray-Line:"),
        (b"\t; hops=0\r\n more\r\nFrom: a@b.example\r\n\r\nbody", b"X-Stray-Line:"),
        (b"just text, no header\r\n\r\nmore: text\r\n", b"\r\n"),
        (b"just text", b"\r\n"),
        (b"From my point of view\r\n\r\nall is body", b"\r\n"),
        (b"  indented text\r\n\r\nall is body", b"\r\n"),
        (b"\rX-Evil: 1\r\n\r\nbody", b"\r\n"),
    ],
)
def test_what_is_no_mail_at_all_keeps_every_byte(raw: bytes, between: bytes) -> None:
    """And is read as it was by itself: text stays the body, an mbox line neither ends our header nor continues it."""
    lines, rest = top(prepared(raw))
    assert len(lines) >= 4
    assert rest == between + raw


@pytest.mark.parametrize(
    ("raw", "left"),
    [
        (b"X-Pratique-Class: ham\r\n" + MAIL, MAIL),
        (b"x-pratique-RELEASE : v1;\r\n a\r\n\tb\r\n" + MAIL, MAIL),
        (
            b"To: a@b.example\nX-Pratique-Id: 1\n 2\nSubject: x\n\nX-Pratique-Class: body",
            b"To: a@b.example\nSubject: x\n\nX-Pratique-Class: body",
        ),
        (
            b"To: a@b.example\r\nno colon\r\nX-Pratique-Trace: x\r\nSubject: y\r\n\r\n",
            b"To: a@b.example\r\nno colon\r\nSubject: y\r\n\r\n",
        ),
        (b"To: a\rX-Pratique-Class: ham\r\nSubject: y\r\n\r\nbody", b"To: a\r\nSubject: y\r\n\r\nbody"),
        (b"To: a\rX-Pratique-Class: ham\rX-Pratique-Id: 1\r\n\nbody", b"To: a\r\n\nbody"),
        (b"To: a\r\nX-Pratique-Class: ham\rCc: b\r\n\r\n", b"To: a\r\nCc: b\r\n\r\n"),
        (b"To: a\r\nX-Pratique-Class: ham", b"To: a\r\n"),
        (
            b"To: a\r\nX-Pratique-Class ham\r\nX-Pratiques: 1\r\n\r\n",
            b"To: a\r\nX-Pratique-Class ham\r\nX-Pratiques: 1\r\n\r\n",
        ),
        (
            b"To: a\r\nX-Other: X-Pratique-Class: ham\r\n\r\n",
            b"To: a\r\nX-Other: X-Pratique-Class: ham\r\n\r\n",
        ),
    ],
)
def test_forged_headers_of_ours_are_cut_out(raw: bytes, left: bytes) -> None:
    """Also where a bare CR hides them: SMTP turns it into a line end on the way."""
    _, rest = top(prepared(raw))
    assert rest == left


@pytest.mark.parametrize(
    ("field", "marked"),
    [
        (b"Subject: Hello\r\n", b"Subject: [SPAM] Hello\r\n"),
        (b"Subject:Hello\r\n", b"Subject:[SPAM] Hello\r\n"),
        (b"SUBJECT \t: \t Hello\r\n", b"SUBJECT \t: \t [SPAM] Hello\r\n"),
        (b"Subject: =?utf-8?q?H=C3=A9?=\r\n", b"Subject: [SPAM] =?utf-8?q?H=C3=A9?=\r\n"),
        (b"Subject: Hello\r\n World\r\n", b"Subject: [SPAM] Hello\r\n World\r\n"),
        (b"Subject:\r\n Hello\r\n", b"Subject:[SPAM] \r\n Hello\r\n"),
        (b"Subject:\r\n", b"Subject:[SPAM] \r\n"),
        (b"Subject: H\xe9\x00\r\n", b"Subject: [SPAM] H\xe9\x00\r\n"),
        (b"Subject: one\r\nSubject: two\r\n", b"Subject: [SPAM] one\r\nSubject: [SPAM] two\r\n"),
        (b"X: y\rSubject: one\r\nSubject: two\r\n", b"X: y\rSubject: [SPAM] one\r\nSubject: [SPAM] two\r\n"),
        (b"Subject: " + b"a" * 982 + b"\r\n", b"Subject: [SPAM] " + b"a" * 982 + b"\r\n"),
        (b"Subject: " + b"a" * 983 + b"\r\n", b"Subject: [SPAM] \r\n " + b"a" * 983 + b"\r\n"),
        (b"Subject: " + b"a" * 9000 + b"\r\n", b"Subject: [SPAM] \r\n " + b"a" * 9000 + b"\r\n"),
    ],
)
def test_the_notation_goes_before_the_subject(field: bytes, marked: bytes) -> None:
    raw = b"From: a@b.example\r\n" + field + b"To: c@d.example\r\n\r\nSubject: in the body\r\n"
    _, rest = top(prepared(raw, notation="[SPAM] "))
    assert rest == raw.replace(field, marked)


def test_a_notation_without_a_space_does_not_break_an_encoded_word() -> None:
    raw = b"Subject: =?utf-8?q?H=C3=A9?=\n\n"
    assert prepared(raw, notation="***").endswith(b"Subject: *** =?utf-8?q?H=C3=A9?=\n\n")


@pytest.mark.parametrize(
    "raw",
    [
        b"From: a@b.example\r\n\r\nSubject: in the body",
        b"",
        b"\r\nbody",
        b"Subject without a colon",
        b"no colon\r\nSubject: x\r\n\r\n",
        b"To: x\r\nno colon ends the header for some\r\nSubject: x\r\n\r\n",
    ],
)
def test_a_message_without_a_subject_gets_one(raw: bytes) -> None:
    sent = prepared(raw, notation="[SPAM] ")
    _, rest = top(sent)
    assert rest.startswith(b"Subject: [SPAM]\r\n")
    assert rest.endswith(raw)


def test_a_released_message_is_not_marked() -> None:
    assert top(prepared(MAIL, released=True, notation="[SPAM] "))[1] == MAIL


def test_a_notation_cannot_end_the_line() -> None:
    sent = prepared(MAIL, notation="[SPAM]\r\nX-Evil: 1 \x00\u202e")
    assert b"Subject: [SPAM]X-Evil: 1 Cheap things\r\n" in sent
    assert b"\r\nX-Evil" not in sent


@given(mails, st.booleans())
def test_without_names_of_ours_every_byte_arrives(raw: bytes, released: bool) -> None:
    assume(b"x-pratique-" not in raw.lower())
    assert prepared(raw, released=released).endswith(raw)


@given(mails, st.booleans(), st.text(max_size=20))
def test_our_headers_are_ascii_short_and_ours_alone(raw: bytes, released: bool, hostname: str) -> None:
    """Whatever the message is, it cannot put a word into them, nor continue them."""
    contributions = (Contribution(hostname, 2.0, hostname), Contribution("classifier", float("inf")))
    sent = prepared(raw, released=released, hostname=hostname, facts=facts(contributions=contributions))
    lines, rest = top(sent)
    text = b"\n".join(lines)
    assert text.isascii()
    assert all(len(line) <= 76 for line in lines)
    assert not re.search(rb"[^ -~\n]", text)
    assert not rest.startswith((b" ", b"\t"))
    assert sum(line.startswith(b"X-") for line in lines) == (6 if released else 5)


@given(mails)
def test_what_comes_through_again_carries_our_headers_once(raw: bytes) -> None:
    """The second time takes the first time's headers away, and moves no other byte."""
    once = prepared(raw)
    twice = prepared(once, hops=2)
    assert top(twice)[1] == top(once)[1]
    assert [line for line in top(twice)[0] if line.startswith(b"X-")][:4] == top(once)[0][:4]


@given(mails)
def test_no_forged_header_is_left_in_the_header_block(raw: bytes) -> None:
    """By a reading of its own: lines up to the first empty one, ended by LF, CRLF or CR."""
    sent = prepared(raw)
    head = re.split(rb"(?:^|\n)\r?\n", sent, maxsplit=1)[0]
    names = [
        line.split(b":")[0].lower()
        for line in re.split(rb"[\r\n]+", head)
        if re.match(rb"(?i)x-pratique-[!-9;-~]*[ \t]*:", line)
    ]
    assert sorted(names) == [
        b"x-pratique-class",
        b"x-pratique-evidence",
        b"x-pratique-id",
        b"x-pratique-score",
        b"x-pratique-trace",
    ]
