"""A message's facts, and a recipient's copy of it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from .actor import Channel
from .address import Address
from .direction import Direction
from .envelope import AuthResults
from .ids import CopyId
from .lifecycle import LATE_MS, State
from .policy import Disposition, NotationPlace
from .release_request import ReleaseRequest, RequestState
from .rights import Reason
from .verdict import Contribution, Judgement, Verdict, judge

MAX_SUBJECT = 160
"""Characters of the subject kept in a row."""
MAX_SENDER = 160
COURIER = "courier"
"""The actor of what delivery found out."""
MAX_EVENTS = 20
"""Entries of a copy's own history that its row keeps; older ones are put aside (MailIndex.history)."""


class What(enum.StrEnum):
    """What a step in the life of a copy was."""

    MOVE = "move"
    """To another state."""
    TRY = "try"
    """A try of its delivery that did not end it; the note has the next hop's answer."""
    LESSON = "lesson"
    """Somebody reported it; the note has the label, or '' where the report was taken back."""
    NOTE = "note"
    """Anything else that was done with it where it was."""


@dataclass(frozen=True, slots=True)
class Event:
    """One step in the life of a copy: when (Unix ms), the state after it, by whom, by which channel, a note, what it was, and the id of the
    person's action that it was part of ('' for none, see domain/action.py).
    """

    at_ms: int
    state: State
    actor: str
    channel: Channel
    note: str = ""
    what: What = What.MOVE
    action: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a message once, whoever its recipients are. `raw_key` names its bytes in the message store.

    `contributions` are those that hold for every recipient; `sample` is the compact form the classifier learns from,
    so that a lesson never needs the raw bytes. `fingerprint` is the near-duplicate key ('' where the message says too little for one):
    16 hexadecimal digits, few of whose 64 bits differ between messages of one campaign. `author` is the address in From where
    authentication vouches for it ('' else), `author_name` its display name. `owners` names the mailboxes of those recipients whose copy belongs to
    another one (see CopyId). `user` is the key of the scope that a sender of outgoing mail logged in as ('' for incoming mail).
    """

    message: str
    source_id: str
    source: str
    raw_key: str
    size: int
    received_ms: int
    mail_from: str
    client_ip: str
    helo: str
    auth: AuthResults
    header_from: str
    subject: str
    date: str
    header_message_id: str
    recipients: tuple[Address, ...]
    owners: Mapping[Address, Address] = field(default_factory=dict)
    contributions: tuple[Contribution, ...] = ()
    defects: tuple[str, ...] = ()
    sample: bytes = b""
    fingerprint: str = ""
    author: str = ""
    author_name: str = ""
    direction: Direction = Direction.INCOMING
    user: str = ""

    @property
    def copy_ids(self) -> tuple[CopyId, ...]:
        """The copy of each recipient."""
        return tuple(
            CopyId(self.message, each, self.owners.get(each), self.direction) for each in self.recipients
        )


@dataclass(frozen=True, slots=True)
class Copy:
    """One recipient's copy of a message: the unit that is in a state, listed, released, removed, expired.

    `expires_at` is in Unix seconds; `contributions` are those of this recipient alone (lists, own model layers);
    `notation` is the text put before the subject at delivery ('' for none); `lease_until_ms` marks a delivery under way;
    `watch_at` (Unix seconds, LIVE states only) is when the sweep looks whether somebody still carries it;
    `lesson` is the label last trained ('' for none) and `lessons` how many there were. `training_days` above 0 asks for training once it
    is delivered; `requested_until` (Unix seconds, 0 for never) is until when it does. `fingerprint` is the message's (see Facts).
    `triage` is what the order of likely mistakes needs of a copy that was held (domain/triage.py; '' for one that never was).
    `version` counts the states it has been in.
    `notation_in` is where marks go at delivery. `policy_versions` are those it was judged by, of its recipient, domain and global
    scope (0: that one had chosen nothing; empty: not known). Of held copies, `held_for` says why, `extensions` are the endings of its files' names,
    nested ones too (domain/rights.py); `release_request` is what its recipient asked for, and the answer.
    """

    id: CopyId
    state: State
    verdict: Verdict
    disposition: Disposition
    score: float
    received_ms: int
    expires_at: int
    sender: str
    subject: str
    size: int
    raw_key: str
    contributions: tuple[Contribution, ...] = ()
    notation: str = ""
    attempts: int = 0
    lease_until_ms: int = 0
    watch_at: int = 0
    reply: str = ""
    lesson: str = ""
    lessons: int = 0
    log_days: int = 14
    retention_days: int = 28
    training_days: int = 0
    requested_until: int = 0
    fingerprint: str = ""
    triage: str = ""
    version: int = 1
    notation_in: NotationPlace = NotationPlace.SUBJECT
    policy_versions: tuple[int, ...] = ()
    held_for: Reason | None = None
    extensions: tuple[str, ...] = ()
    release_request: ReleaseRequest | None = None
    events: tuple[Event, ...] = field(default=())

    @property
    def is_asked_for(self) -> bool:
        """Whether an administrator is to answer a request for its release."""
        asked = self.release_request
        return self.state is State.HELD and asked is not None and asked.state is RequestState.OPEN

    def judgement(self, facts: Facts) -> Judgement:
        """The whole evidence for this copy: the message's and its own. Its score equals `self.score`."""
        return judge(facts.contributions + self.contributions)

    @property
    def came_late(self) -> bool:
        """Whether a new copy lies behind the place where others look for new mail. Its first event is when it was stored."""
        return bool(self.events) and self.events[0].at_ms - self.received_ms > LATE_MS

    def with_event(self, event: Event) -> Copy:
        """The copy with one more step in its history."""
        return replace(self, events=(*self.events, event)[-MAX_EVENTS:])

    @property
    def last_move(self) -> Event | None:
        """How it came into the state that it is in."""
        return next((event for event in reversed(self.events) if event.what is What.MOVE), None)

    @property
    def decided(self) -> Event | None:
        """Who decided last what becomes of it, when, by which channel: the filter, or the person who released, removed or restored it."""
        moves = (e for e in reversed(self.events) if e.what is What.MOVE and e.actor != COURIER)
        return next(moves, None)
