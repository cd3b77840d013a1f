"""What a scope chose, how choices are inherited, and what is done with a verdict."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, fields

from .errors import InvalidInput
from .verdict import Verdict

DAY = 86_400
"""Seconds."""


class Disposition(enum.StrEnum):
    """What we do with a recipient's copy."""

    DELIVER = "deliver"
    TAG = "tag"
    QUARANTINE = "quarantine"


@dataclass(frozen=True, slots=True)
class Policy:
    """The choices of one scope. None means *use what is above*, which is not the same as the same value.

    Thresholds are scores (0..1); `retention_days` is for held mail, `log_days` for the record of mail that was
    delivered, released or removed (bytes and row go together). With `training_requested`, unsure mail that was delivered is shown
    for `training_days` to whoever wants to say what it is. What the `digest` fields mean is in domain/digest.py.
    `notify_sender`: whether the sender of held mail is told (docs/notices.md).
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
    notify_sender: bool | None = None


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
    notify_sender: bool = True


DEFAULTS = EffectivePolicy()
MAX_RETENTION_DAYS = 365
MAX_NOTATION = 60
"""Characters of printable ASCII."""


_DIGEST_FIELDS = tuple(field.name for field in fields(Policy) if field.name.startswith("digest"))


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
        if text is not None and (
            len(text) > MAX_NOTATION or not (text.isascii() and (text == "" or text.isprintable()))
        ):
            raise InvalidInput(f"{name} is at most {MAX_NOTATION} printable ASCII characters")
    if any(getattr(policy, name) is not None for name in _DIGEST_FIELDS):
        from .digest import check_digest  # noqa: PLC0415 - ingest reads policies that were checked

        check_digest(policy)
    return policy


def resolve(chain: Iterable[Policy | None]) -> EffectivePolicy:
    """Fill every choice from the nearest scope that made it (`chain` is nearest first), the rest from DEFAULTS."""
    chosen: dict[str, object] = {}
    for policy in chain:
        if policy is None:
            continue
        for field in fields(Policy):
            value = getattr(policy, field.name)
            if value is not None:
                chosen.setdefault(field.name, value)
    effective = EffectivePolicy(**chosen)  # type: ignore[arg-type]  # names and types are Policy's own
    if effective.unsure_at > effective.spam_at:  # thresholds of two scopes may cross: the spam one wins
        chosen["unsure_at"] = effective.spam_at
        effective = EffectivePolicy(**chosen)  # type: ignore[arg-type]  # as above
    return effective


def decide(policy: EffectivePolicy, verdict: Verdict, *, dangerous: bool = False) -> Disposition:
    """disposition = policy(verdict). `dangerous` (a virus) is held also where the quarantine is off."""
    if dangerous:
        return Disposition.QUARANTINE
    if verdict is Verdict.SPAM:
        return Disposition.QUARANTINE if policy.quarantine else Disposition.TAG
    if verdict is Verdict.UNSURE and policy.unsure_notation:
        return Disposition.TAG
    return Disposition.DELIVER
