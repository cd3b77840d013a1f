"""The mail of bench.imap: messages of the SpamAssassin corpus (authored ones where it is absent), repeated with a subject, a date and an id of
their own. Both servers are given the same octets and the same times of arrival.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from pratique.domain.ids import ulid
from pratique.filtering.mime.structure import Structure, pack_structure, read_structure

from tests.corpora import find_corpus, labelled

DAYS = 20
"""Messages came evenly over so many days, the last one an hour ago."""
_TOKEN = b"n0000000"
_DATE = b"Thu, 01 Jan 1970 00:00:00 +0000"
_FIELD = re.compile(rb"\r\n(?![ \t])")
_REPLACED = (b"date:", b"message-id:")


@dataclass(frozen=True)
class _Base:
    """One message with placeholders in its header."""

    header: bytes
    body: bytes

    @cached_property
    def structure(self) -> Structure:
        """With the placeholders in it."""
        return read_structure(self.header + self.body)


class Mail:
    """`count` messages, numbered from 0; `end` (Unix seconds) is when the last one came."""

    def __init__(self, count: int, end: int) -> None:
        self.count, self.end = count, end
        folder = find_corpus("spamassassin")
        self.source = "authored messages (the SpamAssassin corpus is not here)"
        if folder is not None:
            found = [_base(each.read()) for each in labelled(folder)]
            self.source = f"{len(found)} messages of the SpamAssassin corpus, repeated"
        else:
            found = [_base(_authored(number)) for number in range(200)]
        self._bases = found
        self._dates: list[bytes] = []
        for number in range(count):
            day = datetime.fromtimestamp(self.seconds(number), UTC)
            self._dates.append(day.strftime("%a, %d %b %Y %H:%M:%S +0000").encode("ascii"))

    def seconds(self, number: int) -> int:
        """When it came (Unix seconds)."""
        return self.end - DAYS * 86_400 * (self.count - 1 - number) // self.count

    def id(self, number: int) -> str:
        """Its ULID."""
        return ulid(self.seconds(number) * 1000 + number % 1000, number.to_bytes(10, "big"))

    def raw(self, number: int) -> bytes:
        """Its octets."""
        base = self._bases[number % len(self._bases)]
        return self._own(base.header, number) + base.body

    def size(self, number: int) -> int:
        """Its length."""
        return self._bases[number % len(self._bases)].structure.size

    def structure(self, number: int) -> bytes:
        """What ingest would have stored of its structure."""
        one = self._bases[number % len(self._bases)].structure
        own = Structure(
            one.size,
            self._own(one.envelope, number),
            one.body,
            one.bodystructure,
            self._own(one.header or b"", number),
            one.header_is_whole,
            one.is_cut,
            one.rows,
        )
        return pack_structure(own)

    def _own(self, octets: bytes, number: int) -> bytes:
        return octets.replace(_TOKEN, b"n%07d" % number).replace(_DATE, self._dates[number])


def _base(raw: bytes) -> _Base:
    raw = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    if raw.startswith(b"From "):
        raw = raw.partition(b"\r\n")[2]
    header, _, body = raw.partition(b"\r\n\r\n")
    kept, subject = [], b"Subject:"
    for one in _FIELD.split(header):
        if one.lower().startswith(b"subject:"):
            subject = one
        elif not one.lower().startswith(_REPLACED):
            kept.append(one)
    name, _, text = subject.partition(b":")
    own = (
        name + b": " + _TOKEN + b":" + text,
        b"Date: " + _DATE,
        b"Message-ID: <" + _TOKEN + b"@bench.example>",
    )
    return _Base(b"\r\n".join([*kept, *own]) + b"\r\n\r\n", body)


def _authored(number: int) -> bytes:
    text = "".join(
        f"Line {line} of message {number}, as long as lines of mail are.\r\n" for line in range(60)
    )
    return (
        f"Received: from a.example.net by b.example.org; Mon, 1 Jan 2024 00:00:00 +0000\r\nFrom: Sender {number} <s{number}@example.net>\r\n"
        f"To: <r@example.org>\r\nSubject: Offer {number}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"
        f"--b\r\nContent-Type: text/plain\r\n\r\n{text}\r\n--b\r\nContent-Type: text/html\r\n\r\n<b>Hello</b>\r\n--b--\r\n"
    ).encode()
