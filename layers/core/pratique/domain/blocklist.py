"""Block lists in the DNS (RFC 5782): which are asked, about what, and what an answer weighs. Off unless they are configured."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

from .address import normalise_domain
from .errors import InvalidInput

MOST_LISTS = 10
MAX_WEIGHT = 10.0
_NAME = re.compile(r"[A-Za-z0-9-]{1,30}")
_CODES = re.compile(r"\d{1,3}(-\d{1,3})?")


class Subject(enum.StrEnum):
    """What a list lists: addresses of sending hosts, or domains of senders and links."""

    IP = "ip"
    DOMAIN = "domain"


@dataclass(frozen=True, slots=True)
class BlockList:
    """One zone. `name` is what people and logs see of it (a zone may hold a customer's key); `weight` is added to the log-odds;
    `codes` are the last numbers of its answers that count (127.0.0.<code>), all but those that mean an error where it is empty.
    """

    name: str
    subject: Subject
    zone: str
    weight: float
    codes: frozenset[int] = frozenset()


def read_block_lists(text: str) -> tuple[BlockList, ...]:
    """Block lists as they are configured: `[name=]ip|domain:zone:weight[:codes]`, with commas between; codes are numbers and ranges with `/`
    between (`2-9/11`). Raises ValueError that says which part cannot be.
    """
    found = [_read(part.strip()) for part in text.split(",") if part.strip()]
    if len(found) > MOST_LISTS:
        raise ValueError(f"at most {MOST_LISTS} block lists")
    return tuple(found)


def _read(text: str) -> BlockList:
    name, given, rest = text.rpartition("=")
    subject, _, rest = rest.partition(":")
    zone, _, rest = rest.partition(":")
    weight, _, codes = rest.partition(":")
    try:
        where = normalise_domain(zone)
        heavy = float(weight)
        kind = Subject(subject)
    except (InvalidInput, ValueError):
        raise ValueError(
            f"a block list is [name=]ip|domain:zone:weight[:codes], not {name or subject!r}"
        ) from None
    if not 0.0 < heavy <= MAX_WEIGHT or (given and not _NAME.fullmatch(name)):
        raise ValueError(
            f"a block list's weight is above 0 and at most {MAX_WEIGHT:g}, its name letters and digits"
        )
    shown = name if given else ".".join(where.split(".")[-2:])
    return BlockList(shown, kind, where, heavy, _codes(codes))


def _codes(text: str) -> frozenset[int]:
    found: set[int] = set()
    for part in filter(None, text.split("/")):
        if not _CODES.fullmatch(part):
            raise ValueError("the codes of a block list are numbers and ranges such as 2-9/11")
        first, _, last = part.partition("-")
        found.update(range(int(first), min(int(last or first), 255) + 1))
    return frozenset(found)
