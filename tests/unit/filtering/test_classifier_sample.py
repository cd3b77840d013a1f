"""What a message is reduced to: samples, marks, buckets."""

from __future__ import annotations

import math
import zlib

import pytest
from pratique.domain.errors import InvalidInput
from pratique.domain.verdict import Contribution
from pratique.filtering.classifier.features import (
    APART,
    BUCKETS,
    VIEWS,
    Features,
    buckets,
    features,
    folded,
    mark_bucket,
    plain,
)
from pratique.filtering.classifier.marks import LONGEST, MOST
from pratique.filtering.classifier.sample import TEXT, make_sample, open_sample, pack_sample

from .mail import ORDINARY, html, message, multipart, parse

HAM = [message(b"Dear Bob, the minutes of the meeting are in the wiki.", subject="Minutes")]
PLAIN_BUCKETS = [31_164, 60_631, 38_240]
MARK_BUCKET = 41_338


def seen(raw: bytes) -> Features:
    return features(make_sample(parse(raw)))


def test_a_sample_is_small_the_same_again_and_complete() -> None:
    raw = message(b"word " * 20_000 + b"\xff", x_long="y" * 9_000)
    sample = make_sample(parse(raw))
    assert sample == make_sample(parse(raw))
    assert len(sample) < 3_000
    heading, subject, _, text, marks = open_sample(sample)
    assert heading.startswith(b"From: Anna Berg")
    assert subject == b"Minutes\nAnna Berg <anna.berg@example.net>"
    assert len(text) == TEXT
    assert b"field Subject" in marks.split(b"\n")


def test_a_sample_of_random_octets_stays_small() -> None:
    noise = zlib.compress(bytes(range(256)) * 4_000) * 100
    raw = b"From: a@b.example\nX: " + noise[:100_000] + b"\n\n" + noise
    assert len(make_sample(parse(raw))) < 25_000


def test_the_sample_reads_what_a_reader_sees() -> None:
    page = "<html><style>p{}</style><p>Hello&nbsp;<b>wor</b>ld</p></html>"
    assert open_sample(make_sample(parse(html(page))))[3] == b"Hello world"
    both = multipart(
        b"Content-Type: text/plain\r\n\r\nsee the page",
        b"Content-Type: text/html\r\n\r\n<p>" + b"long words of the page " * 20,
        subtype="alternative",
    )
    assert b"long words" in open_sample(make_sample(parse(both)))[3]


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\x03",
        b"\x01" + make_sample(parse(ORDINARY))[1:],
        b"\x03garbage",
        b"\x03" + zlib.compress(b""),
        b"\x03" + zlib.compress(b"\0\0\0\x09short"),
        b"\x03" + zlib.compress(b"\0\0\0\0" * 6),
        b"\x02" + zlib.compress(b"\0\0\0\0" * 5),
        b"\x03" + zlib.compress(bytes(10_000_000)),
        make_sample(parse(ORDINARY))[:-3],
        make_sample(parse(ORDINARY)) + b"x",
    ],
)
def test_what_is_no_sample_is_refused(octets: bytes) -> None:
    with pytest.raises(InvalidInput):
        features(octets)


def test_a_sample_of_an_older_lesson_is_read_without_the_field_it_has_more() -> None:
    fields = (
        b"From: a@b.example",
        b"Subject\nA <a@b.example>",
        b"make",
        b"http://h.example/",
        b"text",
        b"field From",
    )
    old = b"\x02" + zlib.compress(b"".join(len(field).to_bytes(4, "big") + field for field in fields))
    assert open_sample(old) == (*fields[:2], *fields[3:])
    assert features(old) == features(pack_sample((*fields[:2], *fields[3:])))


def test_features_are_buckets_of_the_views() -> None:
    found = seen(ORDINARY)
    assert len(found.rows) == len(VIEWS) == 5
    for row, least in zip(found.rows, (100, 100, 100, 10, 20), strict=True):
        assert len(set(row)) == len(row) > least
        assert all(0 <= bucket < BUCKETS for bucket in row)
    assert features(make_sample(parse(b""))).rows[0] == ()


def test_each_4_gram_has_the_bucket_it_has_alone() -> None:
    """Hashing all of them at once gives what hashing one by one gives."""
    octets = bytes(range(256)) + b"Subject: abcdefgh" * 3
    together = buckets(octets, plain()).tolist()
    assert together == [buckets(octets[n : n + 4], plain())[0] for n in range(len(octets) - 3)]
    assert together[-8:] == together[-25:-17]
    assert len(set(together)) > 260
    for short in (b"", b"a", b"abc"):
        assert buckets(short, plain()).tolist() == []
    apart = buckets(octets, plain(), APART).tolist()
    alone = [octets[n : n + 2] + octets[n + 12 : n + 14] for n in range(len(octets) - 13)]
    assert apart == [buckets(four, plain())[0] for four in alone]
    assert buckets(octets[:13], plain(), APART).tolist() == []


def test_buckets_are_the_same_on_every_machine() -> None:
    """A model that was stored yesterday, or came with the project, is read with today's hash."""
    assert buckets(b"viagra", plain()).tolist() == PLAIN_BUCKETS
    assert buckets(b"viagra", folded()).tolist() == buckets(b"VIAGRA", folded()).tolist()
    assert (
        buckets(b"1999", folded()).tolist()
        == buckets(b"2026", folded()).tolist()
        != buckets(b"1999", plain()).tolist()
    )
    assert mark_bucket(b"field Subject") == MARK_BUCKET


def test_no_view_is_all_of_one_bucket() -> None:
    """Hashing spreads: a long text uses most of as many buckets as it has 4-grams."""
    text = b" ".join(b"%d" % (n * n * 7919) for n in range(4_000))
    grams = {text[n : n + 4] for n in range(len(text) - 3)}
    assert len(set(buckets(text, plain()))) > 0.9 * BUCKETS * (1 - math.exp(-len(grams) / BUCKETS))


def test_the_portable_view_sees_nothing_of_the_servers() -> None:
    one = seen(b"Received: from mx1.site.example by inbox.site.example; today\nX-Site: 5\n" + HAM[0])
    other = seen(HAM[0])
    same = [mine == theirs for mine, theirs in zip(one.rows, other.rows, strict=True)]
    assert same == [False, True, True, False, True]


def test_what_signals_found_is_a_mark() -> None:
    evidence = (Contribution("bias", -1.5), Contribution("url:ip", 1.8, "10.0.0.1"))
    lines = open_sample(make_sample(parse(ORDINARY), evidence))[4].split(b"\n")
    assert lines[0] == b"signal url:ip"
    assert b"signal bias" not in lines


def test_marks_are_bounded_and_each_on_a_line_of_its_own() -> None:
    fields = b"".join(b"X-%d-%s: a\n" % (n, b"y" * 90) for n in range(300))
    raw = fields + b"Message-ID: <a@b\rc\x85d>\nFrom: a@b.example\n\n" + b"http://h.example/\n" * 50
    lines = open_sample(make_sample(parse(raw)))[4].decode().split("\n")
    assert len(lines) <= MOST
    assert all(0 < len(line) <= LONGEST and line.isprintable() for line in lines)
