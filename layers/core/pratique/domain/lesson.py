"""What people (and an operator's corpora) taught the filter, and what became of it."""

from __future__ import annotations

import base64
import binascii
import enum
import re
from dataclasses import dataclass

from .actor import Actor, Channel
from .errors import InvalidInput, NotFound
from .scope import Level, Scope, scope_from_key

LESSON_DAYS = 90
"""Days for which the sample of a lesson is kept, and so for which its effect can be taken back."""
QUORUM_AUTHOR = "quorum"
"""Author of a lesson that several recipients of a domain gave together."""

_ID = re.compile(r"[0-9a-f]{32}")


class Label(enum.StrEnum):
    """The two answers a lesson can give."""

    HAM = "ham"
    SPAM = "spam"

    @property
    def other(self) -> Label:
        """The other answer."""
        return Label.HAM if self is Label.SPAM else Label.SPAM


class Standing(enum.StrEnum):
    """As what somebody taught. Administrators and the operator are *trusted*: what they say can be measured against."""

    RECIPIENT = "recipient"
    QUORUM = "quorum"
    ADMINISTRATOR = "administrator"
    OPERATOR = "operator"

    @property
    def trusted(self) -> bool:
        """Whether a lesson may be kept aside to measure others by."""
        return self in (Standing.ADMINISTRATOR, Standing.OPERATOR)

    @property
    def rate(self) -> float:
        """Weight of a lesson: the part of a full step that it moves the weights by. Wrong labels are commoner where nobody checks."""
        return 1.0 if self.trusted else UNTRUSTED_RATE


UNTRUSTED_RATE = 0.5
"""Rate of recipients' and quorums' lessons (docs/filter.md has what lower rates do to label noise)."""


class LessonState(enum.StrEnum):
    """What became of a lesson."""

    PENDING = "pending"
    """Waits for the learner."""
    APPLIED = "applied"
    """In the model, and can be taken back."""
    HELD_OUT = "held_out"
    """Kept aside to measure other lessons by; never in the model."""
    PARKED = "parked"
    """Would have raised errors on what is kept aside; an administrator decides."""
    UNDONE = "undone"
    """Taken back: no effect of it is left in the model (or will be, once the learner has been there)."""
    DROPPED = "dropped"
    """Was parked, and an administrator said no."""
    FOLDED = "folded"
    """In the model for good: its sample is gone, so it cannot be taken back any more."""


LIVE_LESSONS = frozenset({LessonState.PENDING, LessonState.APPLIED, LessonState.HELD_OUT, LessonState.PARKED})
"""States out of which a lesson can be taken back."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One report: this sample is ham, or spam, says `author`. `id` is unique in its scope, and the same for the same report made twice.

    `scope` is the model layer it teaches, `giver` the scope of whoever gave it. `sample` is the classifier's compact form of the message,
    `rate` the lesson's weight (1 is a full step), `fingerprint` the message's near-duplicate key. `accepted` says that an administrator has
    looked at it: it is applied whatever the test says.
    """

    id: str
    scope: Scope
    label: Label
    author: str
    created_ms: int
    sample: bytes
    origin: str = ""
    """What it came from: a copy's id, `upload:` and a name, or `campaign:` and the campaign that a quorum voted on."""
    channel: Channel = Channel.API
    standing: Standing = Standing.OPERATOR
    giver: Scope | None = None
    rate: float = 1.0
    fingerprint: str = ""
    accepted: bool = False


@dataclass(frozen=True, slots=True)
class LessonRecord:
    """A lesson as it is remembered (`lesson.sample` is empty) and what became of it.

    `seq` is its place in the order in which the model learnt (0: never did); `changed_ms` and `changed_by` tell of the last change that a
    person made; `note` says why it was parked.
    """

    lesson: Lesson
    state: LessonState
    seq: int = 0
    changed_ms: int = 0
    changed_by: str = ""
    note: str = ""

    @property
    def ref(self) -> LessonRef:
        """Its name for people and programs outside."""
        return LessonRef(self.lesson.scope, self.lesson.id)


@dataclass(frozen=True, slots=True)
class LessonRef:
    """Names a lesson of a scope. In text: `<id>.<base64url of the scope's key, no padding>`."""

    scope: Scope
    id: str

    def __str__(self) -> str:
        tail = base64.urlsafe_b64encode(self.scope.key.encode()).decode().rstrip("=")
        return f"{self.id}.{tail}"


def parse_lesson_ref(text: str) -> LessonRef:
    """Read a lesson's name. Raises NotFound for anything else: a name that cannot be is a name of nothing."""
    head, _, tail = text.partition(".")
    if not _ID.fullmatch(head) or len(tail) > 512:  # noqa: PLR2004 - base64 of 320 octets and some
        raise NotFound("no such lesson")
    try:
        key = base64.b64decode(tail + "=" * (-len(tail) % 4), altchars=b"-_", validate=True).decode()
        return LessonRef(scope_from_key(key), head)
    except (binascii.Error, UnicodeDecodeError, ValueError, InvalidInput):
        raise NotFound("no such lesson") from None


def author_of(actor: Actor) -> str:
    """Whose lesson it is that this actor gives: a recipient's own address, however it came in; else the actor's name."""
    return actor.scope.name if actor.scope.level is Level.RECIPIENT else actor.name


def standing_of(actor: Actor) -> Standing:
    """As what the actor teaches."""
    return {
        Level.RECIPIENT: Standing.RECIPIENT,
        Level.DOMAIN: Standing.ADMINISTRATOR,
        Level.GLOBAL: Standing.OPERATOR,
    }[actor.scope.level]
