"""Marks: words about how a message is made and what signals found in it. A site's learner finds out what they are worth there.

Names of header fields as they are written, and which follows which, tell programs apart better than what the fields say; the other
marks matter little each (docs/filter.md, "What was tried").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
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


def marks(parsed: ParsedMessage, evidence: Sequence[Contribution]) -> str:
    """The marks of a message, one a line, each once, in the order they were found in."""
    names = [name for name, _ in parsed.headers[:_FIELDS]]
    low = [name.lower() for name in names]
    found = [
        *[f"signal {item.signal}" for item in evidence if item.signal != "bias"],
        *_address_marks(parsed),
        *_make_marks(parsed),
        *[f"field {name}" for name in names],
        *[f"order {one} {other}" for one, other in pairwise(low)],
        f"hops {min(low.count('received'), 9)}",
    ]
    return "\n".join([*dict.fromkeys([mark[:LONGEST] for mark in found])][:MOST])


def _make_marks(parsed: ParsedMessage) -> list[str]:
    content_type = parsed.header("content-type").lower().partition("boundary")[0]
    mailer = f"{parsed.header('x-mailer')[:80]} {parsed.header('user-agent')[:80]}".lower()
    return [
        *[f"type {word}" for word in content_type[:120].replace(";", " ").split()[:5]],
        *[f"mailer {word}" for word in _WORD.findall(mailer)],
        *[f"file {_plain(a.filename[-5:])} {_plain(a.media_type)}" for a in parsed.attachments[:10]],
        *[f"defect {_plain(defect[:20])}" for defect in parsed.defects],
    ]


def _address_marks(parsed: ParsedMessage) -> list[str]:
    found = [
        f"id {_plain(parsed.message_id.rpartition('@')[2].strip('<> ')[:40])}",
        f"to {min(len(parsed.to), 5)} cc {min(len(parsed.cc), 5)}",
        f"links {min(len(parsed.urls), _MANY)}",
    ]
    if parsed.from_address is not None:
        domain = parsed.from_address.domain
        found += [f"from {domain}", f"from .{domain.rpartition('.')[2]}"]
    hosts = [url.partition("://")[2].partition("/")[0] for url in parsed.urls[:_URLS]]
    return [*found, *[f"link {_plain(host[-40:])}" for host in hosts if host]]


def _plain(text: str) -> str:
    """In small letters, on one line."""
    return " ".join(text.lower().split())
