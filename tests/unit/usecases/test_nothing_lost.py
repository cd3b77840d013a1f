"""Whatever a stranger sends is taken in, judged, and comes out as it went in."""

from __future__ import annotations

import random

import pytest

from tests import builders
from tests.corpora import corpus_files
from tests.fakes import World
from tests.path import arrive, opened, work_off


def _through(world: World, raw: bytes, name: str) -> None:
    """In, judged, delivered: what arrives ends with the bytes that came in."""
    arrive(world, builders.receipt(name), raw)
    work_off(world)
    parcel = world.courier.parcels[-1]
    assert parcel.data.endswith(raw)
    assert len(world.courier.parcels) == len(world.store.objects)


@pytest.mark.corpus
def test_every_file_of_the_mime_fixtures_comes_through_unchanged() -> None:
    """About 980 messages of other parsers' tests, many broken on purpose."""
    from pratique.domain.policy import Policy
    from pratique.domain.scope import GLOBAL

    world = opened()
    world.directory.put_policy(GLOBAL, Policy(spam_at=1.0, unsure_at=1.0))
    count = 0
    for number, path in enumerate(corpus_files("mime-fixtures")):
        raw = path.read_bytes()
        if b"x-pratique-" in raw.lower():
            continue
        _through(world, raw, f"fixture-{number}")
        count += 1
    assert count > 900


def test_forty_megabytes_come_through_unchanged() -> None:
    """SES's largest message, one attachment of random octets."""
    import base64

    body = base64.encodebytes(random.Random(1).randbytes(29_000_000)).replace(b"\n", b"\r\n")
    raw = (
        b"From: Ann <ann@friend.example>\r\nTo: bob@example.org\r\nSubject: the film\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: video/mp4; name=film.mp4\r\nContent-Transfer-Encoding: base64\r\n\r\n" + body
    )
    assert 39_000_000 < len(raw) <= 40 * 1024 * 1024
    _through(opened(), raw, "large")
