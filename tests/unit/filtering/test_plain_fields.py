"""Plainly written fields are read exactly as mail-parser reads them; all others are left to it."""

from __future__ import annotations

from email.message import Message

import mailparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pratique.filtering.header_block import read_header_block
from pratique.filtering.plain_fields import plain_addresses, plain_date

from tests.corpora import labelled_corpus

FIELDS = ("from", "to", "cc", "reply-to")


def by_mail_parser(value: str) -> list[tuple[str, str]]:
    view = Message()
    view["To"] = value
    return list(mailparser.MailParser(view).to)


def date_by_mail_parser(value: str) -> int | None:
    view = Message()
    view["Date"] = value
    date = mailparser.MailParser(view).date
    return int(date.timestamp()) if date else None


@pytest.mark.parametrize(
    "value",
    [
        "a@b.example",
        "<a@b.example>",
        "Anna <a@b.example>",
        'Anna B. Berg <a@b.example>, "Dan, D." <d.d@b.example>,e@f.example',
        '"a@b.example" <a@b.example>',
        "a@localhost",
        "it's.me+tag@b-c.example",
    ],
)
def test_plain_lists_are_read_like_mail_parser_does(value: str) -> None:
    assert plain_addresses(value) == by_mail_parser(value)


@pytest.mark.parametrize(
    "value",
    ["", "Anna", "a@b.example (Anna)", "=?utf-8?q?A?= <a@b.example>", "team: a@b.example;", '"A \\" B" <a@b.example>', "Änne <a@b.example>", "a@b.example,", "<@r.example:a@b.example>", "a@-b.example", "<<a@b.example>>", "a b@c.example", "x" * 300 + "@b.example"],
)  # fmt: skip
def test_what_is_not_plain_is_left_to_mail_parser(value: str) -> None:
    assert plain_addresses(value) is None


@pytest.mark.parametrize(
    "value",
    ["Mon, 21 Sep 2026 16:13:20 +0200", "1 Jan 1970 00:00:00 +0000", "Thu, 1 Jan 1970 00:00:00 -0130 (PST)"],
)
def test_plain_dates_are_read_like_mail_parser_does(value: str) -> None:
    assert plain_date(value) == date_by_mail_parser(value)


@pytest.mark.parametrize(
    "value",
    ["", "yesterday", "Tue, 21 Sep 2026 16:13:20 +0200", "Mon, 21 Sep 2026 16:13:60 +0200", "31 Feb 2026 00:00:00 +0000", "Mon, 21 Sep 2026 16:13 GMT", "Mon, 21 Sep 2026 25:13:20 +0200"],
)  # fmt: skip
def test_other_dates_are_left_to_mail_parser(value: str) -> None:
    assert plain_date(value) is None


@settings(deadline=None, derandomize=True, max_examples=300)
@given(st.text(alphabet="ab.@<>\", '()\\:;=?-\t", max_size=40))
def test_whatever_is_taken_as_plain_reads_the_same_both_ways(value: str) -> None:
    found = plain_addresses(value)
    assert found is None or found == by_mail_parser(value)


@pytest.mark.corpus
def test_real_fields_read_the_same_both_ways() -> None:
    """Every 20th message of the SpamAssassin corpus: all of its plain address and date fields."""
    plain = total = 0
    for entry in labelled_corpus("spamassassin")[::20]:
        for name, value in read_header_block(entry.read()).fields:
            if name.lower() in FIELDS:
                total += 1
                found = plain_addresses(value)
                plain += found is not None
                assert found is None or found == by_mail_parser(value), value
            elif name.lower() == "date" and (date := plain_date(value)) is not None:
                assert date == date_by_mail_parser(value), value
    assert plain > total * 0.7
