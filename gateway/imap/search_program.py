"""A search program: what `search_keys` reads and `searching` runs (RFC 3501, 6.4.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from .sequences import SequenceSet


@dataclass(frozen=True, slots=True)
class Everything:
    """ALL."""


@dataclass(frozen=True, slots=True)
class HasFlags:
    """Any of these bits set, or (`wanted` False) none."""

    mask: int
    wanted: bool


@dataclass(frozen=True, slots=True)
class HasKeyword:
    """KEYWORD and UNKEYWORD: the name is looked up when the search runs."""

    name: str
    wanted: bool


@dataclass(frozen=True, slots=True)
class IsRecent:
    r"""RECENT, and NEW and OLD with others."""


@dataclass(frozen=True, slots=True)
class InSet:
    """Sequence numbers or UIDs."""

    ranges: SequenceSet
    uid: bool


@dataclass(frozen=True, slots=True)
class InDays:
    """Days from `first` up to, without, `last`; of the Date field where `sent`."""

    first: int
    last: int
    sent: bool


@dataclass(frozen=True, slots=True)
class OfSize:
    """LARGER (`above`) or SMALLER than `octets`."""

    octets: int
    above: bool


@dataclass(frozen=True, slots=True)
class InHeader:
    """A header field (lower case) that is there and holds the text (case-folded; empty: any)."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class InText:
    """BODY, or TEXT where `header`."""

    text: str
    header: bool


@dataclass(frozen=True, slots=True)
class ModSeq:
    """Modification sequences from this on."""

    least: int


@dataclass(frozen=True, slots=True)
class Not:
    """NOT."""

    key: Key


@dataclass(frozen=True, slots=True)
class Or:
    """OR."""

    left: Key
    right: Key


@dataclass(frozen=True, slots=True)
class All:
    """Each of these."""

    keys: tuple[Key, ...]


Key: TypeAlias = (
    Everything
    | HasFlags
    | HasKeyword
    | IsRecent
    | InSet
    | InDays
    | OfSize
    | InHeader
    | InText
    | ModSeq
    | Not
    | Or
    | All
)


@dataclass(frozen=True, slots=True)
class Search:
    """A SEARCH. `returns` is None without RETURN; `modseq`: the answer says one."""

    key: Key
    returns: frozenset[str] | None
    modseq: bool
