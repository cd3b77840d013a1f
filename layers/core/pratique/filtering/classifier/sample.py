"""The compact form of a message that the classifier reads: stored with the message, carried by a lesson.

It holds what all views need and nothing else, a few kilobytes, so that a lesson never needs the raw message and a model can be trained
again from its journal. Layout: one octet of version, then zlib data of five fields, each behind its length (4 octets, big-endian):
heading (header fields without the long signatures), subject and sender, URLs, text, marks. All are UTF-8. Version 2, which old lessons
carry, has one field more (types and mailer, which heading and marks hold too) before the URLs.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from pratique.domain.errors import InvalidInput
from pratique.domain.verdict import Contribution

from ..parsed import ParsedMessage
from ..wordlist import words
from .marks import marks

VERSION = 3
FIELDS = 5
OLD_VERSION = 2
HEADING = 1_500
"""Characters. More of the header brings the site's own servers in, and the learner then leans on them."""
TEXT = 3_000
URLS = 1_000
MAX_UNPACKED = 64 * 1024

# Long random text that differs in every message and belongs to no sender.
_NOISE = words(
    "dkim-signature domainkey-signature arc-seal arc-message-signature arc-authentication-results x-google-dkim-signature "
    "x-gm-message-state x-google-smtp-source authentication-results-original x-ms-exchange-antispam-messagedata "
    "x-microsoft-antispam-message-info"
)


def make_sample(parsed: ParsedMessage, evidence: Sequence[Contribution] = ()) -> bytes:
    """The sample of a message and of what its signals said. The same message and evidence give the same sample."""
    return pack_sample(sample_fields(parsed, evidence))


def sample_fields(parsed: ParsedMessage, evidence: Sequence[Contribution]) -> tuple[bytes, ...]:
    """What a sample holds, as `open_sample` gives it."""
    return (
        _octets(_heading(parsed)),
        _octets(
            f"{parsed.subject[:300]}\n{parsed.from_name[:100]} <{parsed.from_address or parsed.from_header[:100]}>"
        ),
        _octets(" ".join(parsed.urls[:40])[:URLS]),
        _octets(parsed.shown[:TEXT]),
        _octets(marks(parsed, evidence)),
    )


def pack_sample(fields: tuple[bytes, ...]) -> bytes:
    """The sample of these fields."""
    packed = b"".join(len(field).to_bytes(4, "big") + field for field in fields)
    return bytes([VERSION]) + zlib.compress(packed, 3)


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _heading(parsed: ParsedMessage) -> str:
    lines: list[str] = []
    room = HEADING
    for name, value in parsed.headers:
        if name.lower() in _NOISE:
            continue
        line = f"{name}: {value[:400]}"
        lines.append(line)
        room -= len(line) + 1
        if room <= 0:
            break
    return "\n".join(lines)[:HEADING]


def open_sample(sample: bytes) -> tuple[bytes, ...]:
    """The fields of a sample. Raises InvalidInput for octets that `make_sample` did not make."""
    if not sample or sample[0] not in (VERSION, OLD_VERSION):
        raise InvalidInput("not a sample of a known version")
    unpacker = zlib.decompressobj()
    try:
        packed = unpacker.decompress(sample[1:], MAX_UNPACKED)
    except zlib.error:
        raise InvalidInput("a sample that does not unpack") from None
    if not unpacker.eof or unpacker.unused_data:
        raise InvalidInput("a sample that is too long or cut")
    fields: list[bytes] = []
    at = 0
    while at + 4 <= len(packed):
        end = at + 4 + int.from_bytes(packed[at : at + 4], "big")
        fields.append(packed[at + 4 : end])
        at = end
    if sample[0] == OLD_VERSION:
        del fields[2:3]
    if at != len(packed) or len(fields) != FIELDS:
        raise InvalidInput("a sample of another make")
    return tuple(fields)
