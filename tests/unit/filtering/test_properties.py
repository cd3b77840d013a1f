"""What holds for any octets at all, and for real messages with some octets changed."""

from __future__ import annotations

import contextlib
import math
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from pratique.domain.errors import InvalidInput, PermanentFailure
from pratique.domain.verdict import judge
from pratique.filtering.charsets import clean, clean_text, codec_of, decode_text, decode_words, lenient_base64
from pratique.filtering.classifier.features import BUCKETS, VIEWS, Features, features
from pratique.filtering.classifier.model import Model, combine
from pratique.filtering.classifier.sample import make_sample
from pratique.filtering.evidence import message_evidence
from pratique.filtering.html_text import anchors, find_urls, visible_text
from pratique.filtering.parsed import MAX_DEFECTS, MAX_FIELD, ParsedMessage
from pratique.filtering.working_copy import shallow, working_copy

from .mail import ORDINARY, html, multipart, parse, receipt

bounded = settings(deadline=None, derandomize=True, max_examples=150)
few = settings(bounded, max_examples=30)

SEEDS = [
    ORDINARY,
    html("<a href='http://a.example/'>http://b.example</a>"),
    multipart(
        b"Content-Type: text/plain; charset=iso-8859-1\r\n\r\ncaf\xe9",
        b'Content-Type: multipart/alternative; boundary="in"\r\n\r\n--in\r\n\r\nx\r\n--in--',
        b"Content-Type: message/rfc822\r\n\r\n" + ORDINARY,
        b"Content-Disposition: attachment; filename*=utf-8''a%20b.exe\r\nContent-Transfer-Encoding: base64\r\n\r\nTVqQ",
    ),
]
SNIPPETS = [
    b"\0", b"\r", b"\n", b"\r\n\r\n", b"--=_b", b"--", b'"', b"(", b"<", b"=?utf-8?b?", b"?=", b";", b"\xff\xfe", b"\xe2\x80\xae",
    b"Content-Type: multipart/mixed; boundary==_b\r\n", b"Content-Type: message/rfc822\r\n\r\n", b"charset=undefined", b"name*=idna''a%ff",
    b"Content-Transfer-Encoding: base64\r\n", b": ", b"begin 644 x\n", b"<!--", b"From: ", b"boundary*0=",
]  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    raw = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(raw)))
        gone = draw(st.integers(0, 40))
        raw = raw[:at] + draw(st.sampled_from(SNIPPETS) | st.binary(max_size=12)) + raw[at + gone :]
    return raw


def check(raw: bytes) -> None:
    found = parse(raw)
    assert found.size == len(raw)
    assert 0 <= found.body_offset <= len(raw)
    assert parse(raw) == found
    for name in ("subject", "from_header", "from_name", "date", "message_id"):
        value = getattr(found, name)
        assert clean(value) == value, name
        value.encode()
    assert all(len(value) <= MAX_FIELD for _, value in found.headers)
    assert len(found.defects) <= MAX_DEFECTS
    for text in (
        found.text,
        found.html,
        *found.urls,
        *found.defects,
        *(a.filename + a.media_type + a.inner for a in found.attachments),
    ):
        text.encode()
    assert all(a.size >= 0 and "/" not in a.filename for a in found.attachments)
    evidence = message_evidence(found, receipt())
    assert 0.0 <= judge(evidence).score <= 1.0
    assert all(item.detail.isprintable() and len(item.detail) <= 80 for item in evidence)
    assert len(features(make_sample(found)).rows) == len(VIEWS)


@bounded
@given(st.binary(max_size=600))
def test_any_octets_are_read(raw: bytes) -> None:
    check(raw)


@bounded
@given(mutated())
def test_mutated_messages_are_read(raw: bytes) -> None:
    check(raw)


@bounded
@given(st.text(max_size=200), st.sampled_from(["From", "To", "Subject", "Date", "Content-Type", "Content-Disposition", "Reply-To"]))  # fmt: skip
def test_any_text_in_any_field_is_read(value: str, field: str) -> None:
    check(f"{field}: {value}\nContent-Type: text/plain\n\nbody".encode("utf-8", "replace"))


@bounded
@given(st.binary(max_size=300), st.text(max_size=30))
def test_any_octets_decode_under_any_label(data: bytes, label: str) -> None:
    text, _ = decode_text(data, label)
    text.encode()
    assert codec_of(label) not in {"idna", "undefined", "punycode", "zlib"}
    lenient_base64(data)


@bounded
@given(st.binary(max_size=200))
def test_ascii_decodes_to_itself(data: bytes) -> None:
    plain = bytes(octet & 127 for octet in data).replace(b"\x1b", b"")
    for label in ("", "us-ascii", "utf-8", "iso-8859-1"):
        assert decode_text(plain, label) == (plain.decode("ascii"), True)


@bounded
@given(st.text(max_size=200))
def test_cleaning_is_done_once_and_leaves_one_line(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert not set(once) & set("\r\n\0\u2028\u2029\u202e")
    assert "\0" not in clean_text(text)
    decode_words(text)


@bounded
@given(st.text(alphabet="<>a=\"' /!-&;hrefscipt:.\n", max_size=300))
def test_any_page_gives_text_and_urls(page: str) -> None:
    assert "<a" not in visible_text(page)
    assert all(len(url) <= 505 for url in find_urls(page, page))
    assert len(anchors(page)) <= 100


@bounded
@given(st.binary(max_size=400), st.integers(0, 400))
def test_small_bodies_are_analysed_as_they_are(raw: bytes, start: int) -> None:
    assert working_copy(raw, start) == (raw[start:], ())
    assert len(shallow(raw)[0]) == len(raw)


buckets = st.lists(st.integers(0, BUCKETS - 1), min_size=1, max_size=40, unique=True).map(tuple)
rows = st.tuples(*[buckets] * len(VIEWS)).map(Features)
lessons = st.lists(st.tuples(rows, st.booleans()), max_size=12)


def model_of(given_lessons: list[tuple[Features, bool]]) -> Model:
    model = Model.empty()
    for found, is_spam in given_lessons:
        model.learn(found, is_spam=is_spam)
    return model


@few
@given(lessons, rows)
def test_models_are_functions_of_their_lessons_and_survive_storage(
    given_lessons: list[tuple[Features, bool]], asked: Features
) -> None:
    model = model_of(given_lessons)
    data = model.dumps()
    assert model_of(given_lessons).dumps() == data
    again = Model.loads(data)
    assert again.dumps() == data
    assert again.log_odds(asked) == model.log_odds(asked)


@few
@given(lessons, rows, st.booleans())
def test_a_lesson_never_moves_away_from_its_label(
    given_lessons: list[tuple[Features, bool]], found: Features, is_spam: bool
) -> None:
    model = model_of(given_lessons)
    before = model.plain_log_odds(found)
    changed = model.learn(found, is_spam=is_spam)
    after = model.plain_log_odds(found)
    moves = [(b - a) * (1 if is_spam else -1) for a, b in zip(before, after, strict=True)]
    assert all(move >= 0 for move in moves)
    assert changed == any(move > 0 for move in moves)


odds = st.tuples(*[st.floats(-3, 3)] * len(VIEWS))


@bounded
@given(st.lists(odds, max_size=3))
def test_layers_add_up_within_their_bound(layers: list[tuple[float, ...]]) -> None:
    shares = combine(*layers)
    assert len(shares) == len(layers)
    assert abs(math.fsum(shares)) <= 12.000001
    for n in range(len(layers)):
        assert combine(*layers[:n]) == shares[:n]


@bounded
@given(st.binary(max_size=200))
def test_any_octets_are_a_sample_or_refused(data: bytes) -> None:
    for head in (b"", b"\x02", b"\x03", b"PQM3"):
        with contextlib.suppress(InvalidInput):
            assert len(features(head + data).rows) == len(VIEWS)
        with contextlib.suppress(PermanentFailure):
            Model.loads(head + data)


def test_an_empty_message_is_no_special_case() -> None:
    check(b"")
    assert replace(parse(b"\n"), leaves=()) == ParsedMessage(size=1, body_offset=1)
