"""Who writes to whom: what is remembered of senders, and what is asked about the sender of one message.

Named tuples: making a data class costs a cold start four times as much, and every message's function loads these.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from .address import Address

KEEP_DAYS = 400
"""After this long without mail a sender is a stranger again."""
SENT_KEEP_DAYS = 180
"""Answers to mail of ours that come later are not recognised."""
ESTABLISHED_DAYS = 3
"""Days with mail after which the domain may know a recipient's correspondent, for its name and for what its domain looks like."""
MOST_BEARERS = 5
"""Addresses kept under one display name, or domains under one look: with more of them it tells nothing."""


class Correspondent(NamedTuple):
    """What a recipient knows of a sender. `days` counts days (UTC) with proven mail that was delivered as ham, not messages: a burst is one.
    `vouched`: somebody released, trained or allowed the sender's mail, or wrote there. Times in Unix milliseconds.
    """

    days: int
    first_ms: int
    last_ms: int
    vouched: bool = False


class Sent(NamedTuple):
    """A message that one of our own people sent: who, and to whom."""

    sender: Address
    recipients: tuple[Address, ...]
    at_ms: int


class Question(NamedTuple):
    """What is asked about one message's sender. Keys are made by filtering/acquaintance.py; '' or empty asks nothing of that kind.

    `author` is the address in From, `name` the key of its display name, `look` that of its domain's looks, `references` those of the
    messages it says to answer.
    """

    author: Address | None = None
    name: str = ""
    look: str = ""
    references: tuple[str, ...] = ()


NOTHING = Question()


_NONE: Mapping[Any, Any] = MappingProxyType({})


class Relations(NamedTuple):
    """The answers: the sender as each recipient knows it; by recipient domain, the addresses that bear its display name there, the known
    domains that look like its own, and the messages of ours that it answers.
    """

    known: Mapping[Address, Correspondent] = _NONE
    namesakes: Mapping[str, tuple[Address, ...]] = _NONE
    alike: Mapping[str, tuple[str, ...]] = _NONE
    answered: Mapping[str, tuple[Sent, ...]] = _NONE
