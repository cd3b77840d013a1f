"""The domain name system: what sender checks and block lists ask."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Protocol


class RecordKind(enum.StrEnum):
    """The kinds of records that are asked for."""

    TXT = "TXT"
    MX = "MX"
    A = "A"
    AAAA = "AAAA"
    PTR = "PTR"


@dataclass(frozen=True, slots=True)
class Answer:
    """What there is under a name; nothing is an answer too (no such name, or no record of this kind).

    `values`: TXT as the joined strings of a record, an octet a character (Latin-1); MX as `10 mail.example.org`; addresses as text;
    PTR as a name without a final dot. `seconds` is how long it may be kept.
    """

    values: tuple[str, ...]
    seconds: int


class Resolver(Protocol):
    """Asks a recursive resolver, and follows aliases (CNAME). Safe to call from several threads."""

    def resolve(self, name: str, kind: RecordKind, *, seconds: float) -> Answer:
        """The records of a name, which is absolute with or without a final dot; a text that can be no name has none.

        Raises TemporaryFailure when there is no answer within `seconds`, no server, or the server failed.
        """
