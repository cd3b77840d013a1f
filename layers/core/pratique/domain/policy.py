"""What a scope chose, how choices are inherited, and what is done with a verdict."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

from .errors import InvalidInput
from .rights import Reason, Right, lessened
from .verdict import Verdict

DAY = 86_400
"""Seconds."""
Source = TypeVar("Source")


class Disposition(enum.StrEnum):
    """What we do with a recipient's copy."""

    DELIVER = "deliver"
    TAG = "tag"
    QUARANTINE = "quarantine"


class NotationPlace(enum.StrEnum):
    """Where a mark goes that the destination can filter on."""

    SUBJECT = "subject"
    """Before the text of the subject, which breaks a DKIM signature over it."""
    HEADER = "header"
    """In fields of their own on top, which leaves a signature alive."""
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Policy:
    """The choices of one scope. None means *use what is above*, which is not the same as the same value.

    Thresholds are scores (0..1); `retention_days` is for held mail, `log_days` for the record of mail that was
    delivered, released or removed (bytes and row go together). With `training_requested`, unsure mail that was delivered is shown
    for `training_days` to whoever wants to say what it is. What the `digest` fields mean is in domain/digest.py, the
    `outgoing` ones in domain/outgoing.py.

    `spam_notation` and `unsure_notation` are the marks of mail that is delivered all the same, `notation` says where they go.
    `notify_sender`: whether the sender of held mail is told (docs/notices.md). `rights_...`: what a recipient may do with a copy held for that
    reason; files with one of `disallowed_extensions` it may not release in any case (lower case, without the dot).
    """

    quarantine: bool | None = None
    spam_at: float | None = None
    unsure_at: float | None = None
    retention_days: int | None = None
    log_days: int | None = None
    spam_notation: str | None = None
    unsure_notation: str | None = None
    training_requested: bool | None = None
    training_days: int | None = None
    digest: bool | None = None
    digest_frequency: str | None = None
    digest_hours: str | None = None
    digest_days: str | None = None
    digest_zone: str | None = None
    digest_language: str | None = None
    digest_actions: str | None = None
    digest_max: int | None = None
    digest_to: str | None = None
    digest_admins: str | None = None
    digest_ceiling: float | None = None
    digest_skip_blocked: bool | None = None
    digest_catch_all: bool | None = None
    digest_last_call: bool | None = None
    digest_phrase: str | None = None
    notation: NotationPlace | None = None
    outgoing_quarantine: bool | None = None
    outgoing_spam_at: float | None = None
    outgoing_response: str | None = None
    outgoing_retention_days: int | None = None
    outgoing_user_release: bool | None = None
    outgoing_per_minute: int | None = None
    outgoing_per_hour: int | None = None
    outgoing_per_day: int | None = None
    outgoing_refused_per_hour: int | None = None
    outgoing_lock_spams: int | None = None
    outgoing_lock_window_minutes: int | None = None
    outgoing_lock_minutes: int | None = None
    outgoing_unlocks: int | None = None
    outgoing_notice_address: str | None = None
    outgoing_abuse_address: str | None = None
    outgoing_report_full: bool | None = None
    notify_sender: bool | None = None
    rights_virus: Right | None = None
    rights_loop: Right | None = None
    rights_attachment: Right | None = None
    rights_phishing: Right | None = None
    rights_blocked: Right | None = None
    rights_policy: Right | None = None
    rights_spam: Right | None = None
    disallowed_extensions: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class EffectivePolicy:
    """A policy with nothing left open."""

    quarantine: bool = True
    spam_at: float = 0.9
    unsure_at: float = 0.1
    retention_days: int = 28
    log_days: int = 14
    spam_notation: str = "[SPAM] "
    unsure_notation: str = ""
    training_requested: bool = False
    training_days: int = 7
    digest: bool = False
    digest_frequency: str = "daily"
    digest_hours: str = "7"
    digest_days: str = "mon"
    digest_zone: str = "UTC"
    digest_language: str = "en"
    digest_actions: str = "release,release_allow,block_remove"
    digest_max: int = 30
    digest_to: str = ""
    digest_admins: str = ""
    digest_ceiling: float = 1.0
    digest_skip_blocked: bool = True
    digest_catch_all: bool = False
    digest_last_call: bool = True
    digest_phrase: str = ""
    notation: NotationPlace = NotationPlace.SUBJECT
    outgoing_quarantine: bool = False
    outgoing_spam_at: float = 0.9
    outgoing_response: str = "rejected"
    outgoing_retention_days: int = 28
    outgoing_user_release: bool = False
    outgoing_per_minute: int = 100
    outgoing_per_hour: int = 500
    outgoing_per_day: int = 2_000
    outgoing_refused_per_hour: int = 50
    outgoing_lock_spams: int = 5
    outgoing_lock_window_minutes: int = 10
    outgoing_lock_minutes: int = 30
    outgoing_unlocks: int = 3
    outgoing_notice_address: str = ""
    outgoing_abuse_address: str = ""
    outgoing_report_full: bool = False
    notify_sender: bool = True
    rights_virus: Right = Right.NONE
    rights_loop: Right = Right.REQUEST
    rights_attachment: Right = Right.REQUEST
    rights_phishing: Right = Right.REQUEST
    rights_blocked: Right = Right.RELEASE
    rights_policy: Right = Right.RELEASE
    rights_spam: Right = Right.RELEASE
    disallowed_extensions: tuple[str, ...] = ()

    def right(self, reason: Reason | None, extensions: Iterable[str] = ()) -> Right:
        """What a recipient may do with a copy held for `reason` (None: for one that is not told) with files of these extensions."""
        named: Right = getattr(self, f"rights_{reason or Reason.SPAM}")
        return lessened(named, tuple(extensions), self.disallowed_extensions)


DEFAULTS = EffectivePolicy()
_OVER_PEOPLE = ("rights_", "outgoing_")
ADMINISTRATORS = frozenset(
    {
        "disallowed_extensions",
        *(each.name for each in fields(Policy) if each.name.startswith(_OVER_PEOPLE)),
    }
)
"""Choices that a recipient may not make, not even for itself: rights over held mail, and limits of what it sends."""
MAX_RETENTION_DAYS = 365
MAX_NOTATION = 60
"""Characters."""
MAX_DISALLOWED = 100
"""Extensions that a policy may name."""
_EXTENSION = re.compile(r"^[a-z0-9][a-z0-9_-]{0,15}$")


_DIGEST_FIELDS = tuple(field.name for field in fields(Policy) if field.name.startswith("digest"))
_OUTGOING_FIELDS = tuple(field.name for field in fields(Policy) if field.name.startswith("outgoing"))


def check_policy(policy: Policy) -> Policy:
    """Return the policy, or raise InvalidInput naming the first value that cannot be."""
    for name in ("spam_at", "unsure_at"):
        value = getattr(policy, name)
        if value is not None and not 0.0 <= value <= 1.0:
            raise InvalidInput(f"{name} is a score between 0 and 1")
    if policy.spam_at is not None and policy.unsure_at is not None and policy.unsure_at > policy.spam_at:
        raise InvalidInput("unsure_at must not be above spam_at")
    for name in ("retention_days", "log_days", "training_days"):
        value = getattr(policy, name)
        if value is not None and not 1 <= value <= MAX_RETENTION_DAYS:
            raise InvalidInput(f"{name} is a number of days from 1 to {MAX_RETENTION_DAYS}")
    for name in ("spam_notation", "unsure_notation"):
        text = getattr(policy, name)
        if text is not None and (len(text) > MAX_NOTATION or not (text == "" or text.isprintable())):
            raise InvalidInput(f"{name} is at most {MAX_NOTATION} printable characters")
    if any(getattr(policy, name) is not None for name in _DIGEST_FIELDS):
        from .digest import check_digest  # noqa: PLC0415 - ingest reads policies that were checked

        check_digest(policy)
    if any(getattr(policy, name) is not None for name in _OUTGOING_FIELDS):
        from .outgoing import check_outgoing  # noqa: PLC0415 - as above

        check_outgoing(policy)
    return _with_extensions(policy)


def _with_extensions(policy: Policy) -> Policy:
    """The policy with its extensions in their one stored form. Raises InvalidInput."""
    given = policy.disallowed_extensions
    if given is None:
        return policy
    named = sorted({each.strip().lower().removeprefix("*").removeprefix(".") for each in given})
    if len(named) > MAX_DISALLOWED or not all(_EXTENSION.match(each) for each in named):
        raise InvalidInput(
            f"disallowed_extensions are at most {MAX_DISALLOWED} endings of file names, such as exe or zip"
        )
    return replace(policy, disallowed_extensions=tuple(named))


def policy_from(chosen: Mapping[str, Any]) -> Policy:
    """The policy of stored choices. A name, or a word, that this version does not know (written by a newer one) is left aside."""
    known: dict[str, Any] = {}
    for name, value in chosen.items():
        default = getattr(DEFAULTS, name, None)
        if name not in Policy.__dataclass_fields__ or value is None:
            continue
        try:
            if isinstance(default, enum.Enum):
                value = type(default)(value)  # noqa: PLW2901 - the same value in its own type
            elif isinstance(default, tuple):
                value = tuple(value)  # noqa: PLW2901 - as above
        except ValueError:
            continue
        known[name] = value
    return Policy(**known)


def resolve(chain: Iterable[Policy | None]) -> EffectivePolicy:
    """Fill every choice from the nearest scope that made it (`chain` is nearest first), the rest from DEFAULTS."""
    return resolve_from(enumerate(chain))[0]


def resolve_from(chain: Iterable[tuple[Source, Policy | None]]) -> tuple[EffectivePolicy, dict[str, Source]]:
    """The same, and by name which of the sources in `chain` made the choice. Names that are left out have the built-in value."""
    chosen: dict[str, Any] = {}
    sources: dict[str, Source] = {}
    for source, policy in chain:
        if policy is None:
            continue
        for field in fields(Policy):
            value = getattr(policy, field.name)
            if value is not None and field.name not in chosen:
                chosen[field.name], sources[field.name] = value, source
    effective = EffectivePolicy(**chosen)
    if effective.unsure_at > effective.spam_at:  # thresholds of two scopes may cross: the spam one wins
        effective = replace(effective, unsure_at=effective.spam_at)
        sources.pop("unsure_at", None)
        if "spam_at" in sources:
            sources["unsure_at"] = sources["spam_at"]
    return effective, sources


def decide(policy: EffectivePolicy, verdict: Verdict, *, dangerous: bool = False) -> Disposition:
    """disposition = policy(verdict). `dangerous` (a virus) is held also where the quarantine is off."""
    if dangerous:
        return Disposition.QUARANTINE
    if verdict is Verdict.SPAM:
        return Disposition.QUARANTINE if policy.quarantine else Disposition.TAG
    if verdict is Verdict.UNSURE and policy.unsure_notation:
        return Disposition.TAG
    return Disposition.DELIVER
