"""A message as the signers saw it: fields octet for octet, and the digest of its body in linear time whatever the body is.

dkimpy's own `relaxed` body is quadratic in a run of spaces (10 MB of them would take days), so bodies are not given to it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_BLOCK = 256 * 1024
"""Octets of a header block that are read, as the parser does."""
MAX_FIELDS = 1_000
CHUNK = 1 << 20

_END = re.compile(rb"(?:\A|\r?\n)\r?\n")
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:(.*)\Z", re.DOTALL)
_LINE = re.compile(rb"\r?\n(?![ \t])")
_BARE = re.compile(rb"(?<!\r)\n")
_SPACES = re.compile(rb"[ \t]+")


@dataclass(frozen=True, slots=True)
class Octets:
    """`fields` are (name, value with its leading space, its folds and one CRLF); the body begins at `body_at` of `raw`."""

    raw: bytes
    fields: tuple[tuple[bytes, bytes], ...]
    body_at: int


def read_octets(raw: bytes) -> Octets:
    """Split a message. Lines that are no field are left out; so is what comes after MAX_FIELDS. Never raises."""
    head = raw[:MAX_BLOCK]
    end = _END.search(head)
    block = head if end is None else head[: end.start()]
    if block.startswith(b"From "):
        block = block.partition(b"\n")[2]
    found = [_FIELD.match(text) for text in _LINE.split(block, MAX_FIELDS)[:MAX_FIELDS]]
    fields = tuple((each[1], _BARE.sub(b"\r\n", each[2]) + b"\r\n") for each in found if each)
    return Octets(raw, fields, len(raw) if end is None else end.end())


def body_digest(message: Octets, *, relaxed: bool, length: int | None = None) -> tuple[bytes, int]:
    """SHA-256 of the canonical body (RFC 6376, 3.4.3 and 3.4.4), of its first `length` octets where given, and the whole one's length."""
    digest = hashlib.sha256()
    taken = whole = 0
    for piece in _canonical(message, relaxed=relaxed):
        whole += len(piece)
        part = piece if length is None else piece[: max(0, length - taken)]
        digest.update(part)
        taken += len(part)
    return digest.digest(), whole


def _canonical(message: Octets, *, relaxed: bool) -> Iterator[bytes]:
    """Every line but the empty ones at the end, each with CRLF; an empty `simple` body is one CRLF."""
    ends, some = 0, False  # line ends that are only part of it if a line with something on it follows
    for chunk in _chunks(message):
        piece = _BARE.sub(b"\r\n", chunk)
        if relaxed:
            piece = _SPACES.sub(b" ", piece).replace(b" \r\n", b"\r\n")
        at = len(piece.rstrip(b"\r\n"))
        at += piece[at:].rfind(b"\r\r") + 1  # a bare CR is something
        if at:
            if ends:
                yield b"\r\n" * ends
            some, ends = True, 0
            yield piece[:at]
        ends += (len(piece) - at) // 2
    if some or not relaxed:
        yield b"\r\n"


def _chunks(message: Octets) -> Iterator[bytes]:
    """The body in pieces that end with a line."""
    at, raw = message.body_at, message.raw
    while at < len(raw):
        end = raw.find(b"\n", at + CHUNK) + 1 or len(raw)
        piece = raw[at:end]
        yield piece if piece.endswith(b"\n") else piece + b"\r\n"
        at = end
