"""The signed headers: nobody else can make them, and a copied one opens nothing else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pratique.domain.address import parse_address
from pratique.usecases.outgoing import has_own_headers, trace_hops, verify_release

from tests.builders import NOW_MS, a_copy, raw_message
from tests.unit.outgoing.outgoing_mail import KEY, mails, prepared

BOB = parse_address("bob@example.org")
DAY_MS = 86_400_000
MAIL = raw_message(body="Dear Bob,\r\n\r\n.dots\r\nand lines\r\n")
RELEASED = prepared(MAIL, released=True)
ID = a_copy().id.message


def verified(
    raw: bytes, *, recipient: str = "bob@example.org", key: bytes = KEY, now_ms: int = NOW_MS
) -> str | None:
    return verify_release(raw, recipient=parse_address(recipient), key=key, now_ms=now_ms)


def test_our_own_release_is_honoured() -> None:
    assert verified(RELEASED) == ID


@pytest.mark.parametrize(
    "changed",
    [
        RELEASED.replace(b"\r\n", b"\n"),
        RELEASED.replace(b"\r\n", b"\r"),
        b"Received: from a\r\n by b;\r\n today\r\nDelivered-To: bob@example.org\r\n" + RELEASED,
        RELEASED + b"\r\n\r\n",
        RELEASED.rstrip(b"\r\n"),
        RELEASED.replace(b"X-Pratique-Release: v1; ", b"x-pratique-release:\r\n\tv1;\r\n\t"),
        RELEASED.replace(b"Subject: Cheap", b"Subject: Re: Cheap"),
    ],
    ids=[
        "LF",
        "CR",
        "more headers",
        "empty lines after",
        "no last line end",
        "refolded",
        "another header changed",
    ],
)
def test_what_relays_do_on_the_way_does_not_break_it(changed: bytes) -> None:
    assert verified(changed) == ID


@pytest.mark.parametrize(
    "changed",
    [
        RELEASED.replace(b"Dear Bob", b"Dear Eve"),
        RELEASED.replace(b"\r\n\r\n.dots", b"\r\n.dots"),
        RELEASED + b"more\r\n",
        RELEASED.replace(b"lines", b"lines "),
        RELEASED.replace(b"v1; id=", b"v2; id="),
        RELEASED.replace(b"X-Pratique-Release:", b"X-Pratique-Other:"),
        re.sub(rb"(X-Pratique-Release: v1; id=.{25}).", rb"\g<1>1", RELEASED),
        re.sub(rb"(X-Pratique-Release: .*?; t=)\d", rb"\g<1>9", RELEASED),
        re.sub(rb"(?s)(X-Pratique-Release: .*?sig=).", rb"\g<1>-", RELEASED),
        re.sub(rb"(?s)(X-Pratique-Release: .*?);\r\n sig=[^\r]*", rb"\g<1>", RELEASED),
        MAIL.replace(b"Dear", RELEASED.partition(b"From:")[0] + b"Dear"),
        raw_message(body="Another.\r\n", headers=("X-Pratique-Release: v1",)),
    ],
)
def test_a_changed_or_copied_one_is_not(changed: bytes) -> None:
    assert changed != RELEASED
    assert verified(changed) is None


def test_the_header_on_another_body_is_worth_nothing() -> None:
    header = RELEASED[RELEASED.index(b"X-Pratique-Release") : RELEASED.index(b"From:")]
    assert verified(header + MAIL) == ID
    assert verified(header + raw_message(body="Another.\r\n")) is None


def test_it_is_for_one_recipient_one_key_and_seven_days() -> None:
    assert verified(RELEASED, recipient="BOB@Example.org") == ID
    assert verified(RELEASED, recipient="eve@example.org") is None
    assert verified(RELEASED, key=KEY + b"!") is None
    assert verified(RELEASED, now_ms=NOW_MS + 7 * DAY_MS) == ID
    assert verified(RELEASED, now_ms=NOW_MS + 7 * DAY_MS + 1000) is None
    assert verified(RELEASED, now_ms=NOW_MS - 3_600_000) == ID
    assert verified(RELEASED, now_ms=NOW_MS - 3_601_000) is None


def test_a_trace_is_no_release() -> None:
    """One signature is never good for the other kind."""
    trace = re.search(rb"(?s)X-Pratique-Trace: (.*?)\r\nX-", RELEASED)
    assert trace is not None
    assert verified(b"X-Pratique-Release: " + trace.group(1) + b"\r\n" + MAIL) is None


@given(mails)
def test_any_message_that_we_released_is_honoured_and_after_a_relay_too(raw: bytes) -> None:
    sent = prepared(raw, released=True)
    assert verified(sent) == ID
    assert verified(re.sub(rb"\r\n?|\n", b"\r\n", sent)) == ID
    assert verified(re.sub(rb"\r\n?|\n", b"\n", sent)) == ID


@given(mails, st.binary(min_size=1, max_size=5).filter(lambda text: text.strip(b"\r\n") != b""))
def test_any_text_more_in_the_body_breaks_it(raw: bytes, more: bytes) -> None:
    sent = prepared(raw + b"\r\n\r\nbody", released=True)
    assert verified(sent + more) is None


@given(mails)
def test_nothing_a_stranger_sends_verifies_or_raises(raw: bytes) -> None:
    assert verified(raw) is None
    assert trace_hops(raw, key=KEY) == 0


def test_hops_are_counted_by_signed_traces_only() -> None:
    once = prepared(MAIL, hops=1)
    assert trace_hops(once, key=KEY) == 1
    again = prepared(once, hops=trace_hops(once, key=KEY) + 1)
    assert trace_hops(again, key=KEY) == 2
    assert trace_hops(again, key=b"another key") == 0
    assert trace_hops(again.replace(b"hops=2", b"hops=3"), key=KEY) == 0
    assert trace_hops(b"X-Pratique-Trace: v1; hops=99; sig=AAAA\r\n" + again, key=KEY) == 2
    assert trace_hops(once[: once.index(b"From:")] + again, key=KEY) == 2
    assert trace_hops(prepared(MAIL, hops=10**9), key=KEY) == 9_999


def test_a_header_in_the_body_does_not_count() -> None:
    sent = prepared(MAIL, released=True)
    attached = raw_message(body=sent.decode())
    assert trace_hops(attached, key=KEY) == 0
    assert verified(attached) is None
    assert not has_own_headers(attached)


@pytest.mark.parametrize(
    ("raw", "there"),
    [
        (MAIL, False),
        (RELEASED, True),
        (b"", False),
        (b"X-Pratique-Anything: 1", True),
        (b"To: x\rX-PRATIQUE-ID : 1\r\n\r\n", True),
        (b"To: X-Pratique-Id: 1\r\n\r\n", False),
        (b"text\r\nX-Pratique-Id: 1\r\n\r\n", False),
    ],
)
def test_own_headers_are_seen_without_the_key(raw: bytes, there: bool) -> None:
    assert has_own_headers(raw) is there


def test_thousands_of_forged_headers_hide_nothing_that_is_on_top() -> None:
    """Only some are looked at; ours stand above those that were there when it left."""
    forged = b"X-Pratique-Release: v1; sig=x\r\n" * 20_000
    assert verified(RELEASED.replace(b"From:", forged + b"From:", 1)) == ID
    assert verified(forged + RELEASED) is None
