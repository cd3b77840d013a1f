"""A person's action: what was done, and what it takes to take it back."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any

from .actor import Channel
from .policy import DAY
from .scope import Scope

UNDO_SECONDS = 3 * DAY
"""How long an action can be taken back: as long as the bytes of a removed message are kept."""
MOST_DEEDS = 300
"""Parts of one action: what changes more of the settings at once is not one that can be taken back (a row holds 400 kB)."""
KEPT_SECONDS = 7 * DAY
"""How long an action is remembered: to say that it is too old, instead of that there is none."""


class DeedKind(enum.StrEnum):
    """What one part of an action changed."""

    RELEASE = "release"
    """A copy was let go. That cannot be taken back: it is with its recipient."""
    REMOVE = "remove"
    RESTORE = "restore"
    LESSON = "lesson"
    """A report; `after` is its label, `before` the label that it replaced ('' for none), `scope` the layer's key."""
    ENTRY = "entry"
    """A list entry; `target` is its pattern, `scope` the list's key, before and after its fields (None: there was none)."""
    POLICY = "policy"
    """A scope's choices; `scope` its key, before and after their versions."""
    ROUTE = "route"
    """A next hop; `target` is its name, before and after its fields (None: there was none)."""
    ALIAS = "alias"
    """An address and whom it belongs to; `target` is the address, before and after the owner (None: it was not listed)."""
    ALIAS_DOMAIN = "alias_domain"
    """What a domain chose about whose its addresses are; `target` is the domain, before and after its fields (None: it chose nothing)."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One part: what was changed, how it was before, how it is after. Values are JSON."""

    kind: DeedKind
    target: str
    scope: str = ""
    before: Any = None
    after: Any = None


@dataclass(frozen=True, slots=True)
class Action:
    """What somebody did, by which channel, in which scope (the one whose audit tells of it): `verb` and `subject` are the audit's words.
    `undone_ms` (Unix ms, 0 for never) and `undone_by` say who took it back; `done` is set when the audit has it.
    """

    id: str
    at_ms: int
    actor: str
    channel: Channel
    scope: Scope
    verb: str
    subject: str
    deeds: tuple[Deed, ...] = ()
    undone_ms: int = 0
    undone_by: str = ""
    done: bool = False

    def is_too_old(self, now_ms: int) -> bool:
        """Whether its time to be taken back is over."""
        return now_ms >= self.at_ms + UNDO_SECONDS * 1000
