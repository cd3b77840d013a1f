"""A sample of real and broken mail beside Debian's dovecot-imapd. `python -m bench.dovecot_structure` compares all of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from pratique.filtering.mime import read_structure

from bench.dovecot_pipe import IMAP, Dovecot
from bench.dovecot_structure import compare, corpus_mail, excuse, searches
from tests.corpora import corpus

pytestmark = pytest.mark.corpus


@pytest.fixture(scope="module")
def mail() -> list[tuple[str, bytes]]:
    """Every 60th message of the corpora."""
    if not IMAP.exists():
        pytest.skip("dovecot-imapd is not installed")
    corpus("mime-fixtures")
    return [(name, raw) for name, raw in corpus_mail(60) if len(raw) < 200_000]


@pytest.fixture(scope="module")
def dovecot(mail: list[tuple[str, bytes]]) -> Iterator[Dovecot]:
    """A session on this mail."""
    with Dovecot(raw for _, raw in mail) as session:
        yield session


def test_messages_are_shown_as_dovecot_shows_them(dovecot: Dovecot, mail: list[tuple[str, bytes]]) -> None:
    """Structures, sizes, all sections, partials: alike, or an RFC says that ours is right (bench.dovecot_structure.EXCUSES)."""
    differing = [
        (name, what, theirs, mine)
        for number, (name, raw) in enumerate(mail, 1)
        for what, theirs, mine in compare(dovecot, number, raw)
        if excuse(theirs, mine) is None
    ]
    assert differing == []


def test_fields_are_found_as_dovecot_finds_them(dovecot: Dovecot, mail: list[tuple[str, bytes]]) -> None:
    """FROM, TO, CC, SUBJECT, HEADER with ASCII keys. Of an address that is none we search all that is written; Dovecot what it understood."""
    broken = {
        number
        for number, (_, raw) in enumerate(mail, 1)
        if re.search(rb"MISSING_|SYNTAX_", read_structure(raw).envelope)
    }
    for words, matches in searches([raw for _, raw in mail]):
        if words[0] in (b"FROM", b"TO", b"CC", b"SUBJECT", b"HEADER") and words[1].isascii():
            theirs = dovecot.search(*words)
            ours = {number for number, (_, raw) in enumerate(mail, 1) if matches(raw)}
            assert theirs <= ours, words
            assert ours - theirs <= broken, words
