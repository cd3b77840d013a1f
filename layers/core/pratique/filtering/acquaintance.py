"""The keys by which senders are remembered and asked for: display names, looks of domains, Message-IDs."""

from __future__ import annotations

import hashlib
import re

from pratique.domain.address import Address
from pratique.domain.correspondent import Question

from .confusables import latin_look, skeleton
from .organisation import FREE_MAIL, organisation
from .parsed import ParsedMessage
from .wordlist import words

MOST_REFERENCES = 4
"""The message that is answered first, then the newest of the thread."""
MAX_ID = 250
"""Octets of a Message-ID that count (RFC 5322, 3.6.4 and 2.1.1 leave more to nobody)."""
_MIN_NAME, _MAX_NAME = 5, 60
_WORDS = re.compile(r"[\W_]+")
_ID = re.compile(r"<([^<>\s]{3,250})>")
_ROLES = words(
    "info support service services team news newsletter noreply reply sales office admin administrator contact marketing notification "
    "notifications customer care billing accounts help desk"
)


def question(parsed: ParsedMessage) -> Question:
    """What is to be asked about the sender of a message."""
    author = parsed.from_address
    return Question(
        author=author,
        name=name_key(parsed.from_name),
        look=look_key(author) if author else "",
        references=references(parsed),
    )


def name_key(name: str) -> str:
    """A person's display name as one reads it: in look-alike letters, in any order of its words, with any punctuation. '' for what names no
    person: one word, a function (`Support`), too little or too much.
    """
    parts = sorted(_WORDS.sub(" ", latin_look(name[: 4 * _MAX_NAME])).split())
    key = " ".join(parts)
    if len(parts) < 2 or not _MIN_NAME <= len(key) <= _MAX_NAME or not _ROLES.isdisjoint(parts):  # noqa: PLR2004 - a first and a last name
        return ""
    return key


def look_key(author: Address) -> str:
    """What the registered domain of an address looks like. '' where anybody may have an address: everybody knows somebody there."""
    domain = organisation(author.domain)
    return "" if domain in FREE_MAIL else skeleton(domain)


def reference_key(message_id: str) -> str:
    """The key of a Message-ID (its angle brackets aside), which may be anything. '' for an empty one."""
    bare = message_id.strip().removeprefix("<").removesuffix(">").strip()[:MAX_ID]
    return hashlib.sha256(bare.encode("utf-8", "replace")).hexdigest()[:32] if bare else ""


def references(parsed: ParsedMessage) -> tuple[str, ...]:
    """Keys of the messages that this one says to answer: what a bounce returns, In-Reply-To, then the newest of References (RFC 5322, 3.6.4)."""
    answered = [*_ID.findall(parsed.returned_id), *_ID.findall(parsed.header("in-reply-to"))][:1]
    thread = _ID.findall(parsed.header("references"))[-MOST_REFERENCES:]
    keys = (reference_key(each) for each in (*answered, *reversed(thread)))
    return tuple(dict.fromkeys(key for key in keys if key))[:MOST_REFERENCES]
