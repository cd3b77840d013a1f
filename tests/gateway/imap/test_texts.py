"""Fields chosen by one pattern are those that the plain loop chooses, whatever the block looks like."""

from __future__ import annotations

import random

from pratique.filtering.mime.sections import choose_fields, header_fields
from pratique.filtering.mime.structure import open_structure, pack_structure, read_structure

from gateway.imap.fetch_items import Item
from gateway.imap.records import Facts
from gateway.imap.texts import held, named_fields

PIECES = [
    b"a",
    b"From",
    b":",
    b" ",
    b"\t",
    b"\r",
    b"\n",
    b"\r\n",
    b"to",
    b"x-y",
    b"FROM:",
    b"\n ",
    b"\0",
    b"\n\n",
]
NAMES = [[b"from"], [b"from", b"to"], [b"x-y", b"a", b"to"], [b" from"], [b""], [b"fr:om"], [b"xx"], [b"a.*"]]


def test_named_fields_are_what_the_loop_chooses() -> None:
    """Folds, missing ends, empty lines anywhere, names that are none."""
    chance = random.Random(5)
    for _ in range(20_000):
        block = b"".join(chance.choices(PIECES, k=chance.randrange(14)))
        names = frozenset(chance.choice(NAMES))
        assert named_fields(block, names) == choose_fields(block, names, without=False), (block, names)


def test_a_very_long_header_block_is_looked_through_as_far_as_by_the_loop() -> None:
    block = b"Subject: x\r\n" + b"X-Filler: y\r\n" * 30_000 + b"To: z\r\n\r\n"
    names = frozenset([b"subject", b"to"])
    assert named_fields(block, names) == choose_fields(block, names, without=False)


def test_a_shortened_header_serves_what_it_has_and_nothing_else() -> None:
    """Of a long header only the fields that clients list by are stored."""
    raw = b"Subject: x\r\nTo: y\r\n" + b"X-Seal: %s\r\n" % (b"z" * 9_000) + b"\r\nText\r\n"
    facts = Facts(len(raw), 0, 0, open_structure(pack_structure(read_structure(raw))), None)
    assert held(facts, Item("", header_fields([b"Subject"]))) == b"Subject: x\r\n\r\n"
    assert held(facts, Item("", header_fields([b"X-Seal"]))) is None
    assert held(facts, Item("", header_fields([b"Subject"], without=True))) is None
