"""The near-duplicate key of a message: which messages belong to one campaign.

A simhash (Charikar 2002): each small piece of the message has a hash of 64 bits, and each bit of the key is what most pieces have there.
So messages that share most of their pieces have keys that differ in few bits. Pieces are words and pairs of neighbouring words of the
shown text (words with digits or punctuation in them are left out: there stand names in salutations, numbers and random tails), the shape of
the URLs without what identifies the recipient, and a few facts about the make of the message.
"""

from __future__ import annotations

import re
import sys
from array import array
from zlib import crc32

from .parsed import ParsedMessage

BITS = 64
NEAR = 10
"""Bits by which two keys of one campaign differ at most, as a rule (measured: docs/filter.md)."""
MAX_WORDS = 120
TEXT = 1_800
"""Characters of the text that are read."""
LEAST = 12
"""Pieces a key needs: with fewer, chance decides its bits."""
_LONGEST = 20
_PATH = re.compile(r"(?i)^[a-z]+://[^/?#]*?([a-z]{2,18})(?::\d+)?(/[^?#]{0,200})?(\?[^#]{0,200})?")
_KEYS = re.compile(r"[?&]([A-Za-z_]{1,20})=")
# Sixteen questions with an answer of one bit to an octet: its own bits, and those of 3 to its power modulo 257 (a permutation far from
# linear). So the four octets of a CRC answer 64, and all counting is done by bytes.translate and bytes.count.
_QUESTIONS = [
    bytes(number >> bit & 1 for number in numbers)
    for numbers in (range(256), [pow(3, value, 257) & 255 for value in range(256)])
    for bit in range(8)
]


def fingerprint(parsed: ParsedMessage) -> str:
    """16 hexadecimal digits, '' for a message that says too little. The same for the same message on every machine."""
    pieces = _pieces(parsed)
    if len(pieces) < LEAST:
        return ""
    numbers = array("I", map(crc32, "\n".join(pieces).encode("utf-8", "replace").split(b"\n")))
    if sys.byteorder == "big":
        numbers.byteswap()
    octets = numbers.tobytes()
    key, half, bit = 0, len(pieces) // 2, 1
    for place in range(4):
        column = octets[place::4]
        for question in _QUESTIONS:
            if column.translate(question).count(1) > half:
                key |= bit
            bit <<= 1
    return f"{key:016x}"


def distance(one: str, other: str) -> int:
    """In how many bits two keys differ, 0 to 64; 64 where a message has no key."""
    if not one or not other:
        return BITS
    return (int(one, 16) ^ int(other, 16)).bit_count()


def _pieces(parsed: ParsedMessage) -> set[str]:
    text = parsed.shown[:TEXT].lower()
    words = [word for word in text.split() if word.isalpha() and len(word) <= _LONGEST][:MAX_WORDS]
    if len(words) * 24 < len(text) and not text.isascii():  # written without spaces between words
        letters = "".join(text.split())[: MAX_WORDS * 2]
        words = [letters[at : at + 2] for at in range(0, len(letters) - 1, 2)]
    pieces = set(words)
    pieces.update(map("{} {}".format, words, words[1:]))
    if len(words) > 2:  # noqa: PLR2004 - nothing but its make is no message to compare
        pieces.update(_make(parsed))
    return pieces


def _make(parsed: ParsedMessage) -> set[str]:
    found = {f"leaf {leaf.media_type} {leaf.encoding}" for leaf in parsed.leaves[:5]}
    found.update(f"file {a.kind} {a.filename[-4:].lower()}" for a in parsed.attachments[:3])
    found.add(f"mailer {parsed.header('x-mailer')[:12]}")
    for url in parsed.urls[:6]:
        place = _PATH.match(url)
        if place is not None:
            path = [step for step in (place[2] or "").lower().split("/") if step.isalpha()]
            found.add(f"url {place[1].lower()} {(place[2] or '').count('/')} {'/'.join(path[:3])}")
            found.update(f"key {key}" for key in _KEYS.findall(place[3] or "")[:4])
    return found
