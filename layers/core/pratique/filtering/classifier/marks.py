"""Marks: words about how a message is made and what signals found in it. A site's learner finds out what they are worth there.

Names of header fields as they are written, and which follows which, tell programs apart better than what the fields say; the other
marks matter little each (docs/filter.md, "What was tried").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from pratique.domain.verdict import Contribution

from ..parsed import ParsedMessage

MOST = 200
"""Marks of a message."""
LONGEST = 60
"""Characters of a mark."""

_FIELDS = 80
_URLS = 30
_MANY = 12
_WORD = re.compile(r"[^\W_]{2,20}")
_SPACE = re.compile(r"\s+")


def marks(parsed: ParsedMessage, evidence: Sequence[Contribution]) -> str:
    """The marks of a message, one a line, each once, in the order they were found in."""
    found = dict.fromkeys(_SPACE.sub(" ", mark)[:LONGEST] for mark in _marks(parsed, evidence))
    return "\n".join([*found][:MOST])


def _marks(parsed: ParsedMessage, evidence: Sequence[Contribution]) -> Iterator[str]:
    yield from (f"signal {item.signal}" for item in evidence if item.signal != "bias")
    yield from _address_marks(parsed)
    content_type = parsed.header("content-type").lower().partition("boundary")[0]
    yield from (f"type {word}" for word in content_type[:120].replace(";", " ").split()[:5])
    mailer = f"{parsed.header('x-mailer')[:80]} {parsed.header('user-agent')[:80]}".lower()
    yield from (f"mailer {word}" for word in _WORD.findall(mailer))
    yield from (f"file {a.filename[-5:].lower()} {a.media_type}" for a in parsed.attachments[:10])
    yield from (f"defect {defect[:20]}" for defect in parsed.defects)
    names = [name for name, _ in parsed.headers[:_FIELDS]]
    yield from (f"field {name}" for name in names)
    low = [name.lower() for name in names]
    yield from (f"order {one} {other}" for one, other in pairwise(low))
    yield f"hops {min(parsed.header_count('received'), 9)}"


def _address_marks(parsed: ParsedMessage) -> Iterator[str]:
    if parsed.from_address is not None:
        domain = parsed.from_address.domain
        yield f"from {domain}"
        yield f"from .{domain.rpartition('.')[2]}"
    yield f"id {parsed.message_id.rpartition('@')[2].strip('<> ')[:40].lower()}"
    yield f"to {min(len(parsed.to), 5)} cc {min(len(parsed.cc), 5)}"
    yield f"links {min(len(parsed.urls), _MANY)}"
    for url in parsed.urls[:_URLS]:
        host = url.partition("://")[2].partition("/")[0]
        if host:
            yield f"link {host[-40:].lower()}"
