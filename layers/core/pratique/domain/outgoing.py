"""Who sends, how much, and when somebody is stopped: identities, their limits and their locks (docs/outgoing.md).

The choices of a policy: `outgoing_quarantine` holds spam that is sent (off: it is refused and not kept) from a score of `outgoing_spam_at` on,
for `outgoing_retention_days`. `outgoing_response` is what the sender of held mail hears: `rejected` (a 550) or `accepted`. With
`outgoing_user_release` a sender may release its own held mail; else an administrator must. `outgoing_per_minute`, `..._hour`, `..._day` are
limits of recipients, `outgoing_refused_per_hour` of recipients that next hops refused for good (0: no limit). `outgoing_lock_spams` held
messages (0: never) within `outgoing_lock_window_minutes` lock an identity for `outgoing_lock_minutes`, `outgoing_unlocks` times before a person
has to unlock it. `outgoing_notice_address` hears of locks ('' is postmaster of the domain), `outgoing_abuse_address` gets a report (RFC 5965)
of each blocked message ('' for none), with the whole message if `outgoing_report_full`.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from .address import parse_address
from .errors import InvalidInput, LimitReached, SenderLocked
from .policy import MAX_RETENTION_DAYS, Policy
from .scope import GLOBAL, Scope, domain_scope, scope_from_key

MINUTE, HOUR, DAY = 60, 3_600, 86_400
FOREVER = 253_402_300_799
"""Unix seconds (the end of the year 9999): a lock that only a person ends."""
MOST_RECIPIENTS = 100
"""Of one message."""
MOST_SPAMS = 100
"""Times of held messages that are remembered; no threshold of a lock is higher."""
FORGET_LOCKS = 7 * DAY
"""After so long without a lock, earlier ones count no more."""
WHOLE = "*"
"""In place of a sender: all that a login sends, whatever its sender is."""
WHOLE_TIMES = 10
"""A login that has many senders has so many times the limits of one of them, all together."""
_BETWEEN = "\x1f"


class Window(enum.StrEnum):
    """What is counted, over which calendar-aligned stretch of time (UTC)."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    REFUSED = "refused"
    """Recipients that next hops refused for good, by the hour."""

    @property
    def seconds(self) -> int:
        """Its length."""
        return {Window.MINUTE: MINUTE, Window.DAY: DAY}.get(self, HOUR)


SENDING = (Window.MINUTE, Window.HOUR, Window.DAY)
_A = {Window.MINUTE: "a minute", Window.HOUR: "an hour", Window.DAY: "a day"}


@dataclass(frozen=True, slots=True, order=True)
class Identity:
    """Somebody who sends: as whom they logged in, and the mailbox that the envelope sender belongs to. All its aliases and plus-addresses are
    this one sender, and so is the null one: else whoever stole a password would have as many limits as he can think of addresses.
    """

    user: str
    """The key of the login's scope."""
    sender: str
    """An address, or WHOLE."""

    @property
    def scope(self) -> Scope:
        """The domain that it belongs to."""
        domain = scope_from_key(self.user).domain
        return GLOBAL if domain is None else domain_scope(domain)

    @property
    def key(self) -> str:
        """As one word of a key."""
        return f"{self.user}{_BETWEEN}{self.sender}"

    def __str__(self) -> str:
        return f"{self.user} as {self.sender}"


def identity_of(key: str) -> Identity:
    """The identity whose `key` this is, as we stored it."""
    user, _, sender = key.partition(_BETWEEN)
    return Identity(user, sender)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a sender may do, of a policy. Recipients in a window of time (0: no limit); `lock_spams` held messages within `lock_window`
    lock the identity for `lock_time`, at most `unlocks` times before a person has to end the lock. Times in seconds.
    """

    per_window: dict[Window, int] = field(default_factory=dict)
    lock_spams: int = 5
    lock_window: int = 600
    lock_time: int = 1_800
    unlocks: int = 3

    def whole(self) -> Limits:
        """Those of a login with many senders, all of them together."""
        spams = min(self.lock_spams * WHOLE_TIMES, MOST_SPAMS)
        windows = {window: most * WHOLE_TIMES for window, most in self.per_window.items()}
        return replace(self, per_window=windows, lock_spams=spams)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of an identity. `counts`: per kind of window, the number of the current one and what was counted in it.
    `spams`: when its last messages were held, the oldest first. `locked_until` in Unix seconds (0: never locked, or unlocked by somebody);
    `locks` counts automatic ones.
    """

    identity: Identity
    counts: dict[Window, tuple[int, int]] = field(default_factory=dict)
    spams: tuple[int, ...] = ()
    locked_until: int = 0
    locked_at: int = 0
    reason: str = ""
    locked_by: str = ""
    locks: int = 0
    last: int = 0
    """When it last sent (Unix seconds)."""

    def count(self, window: Window, now: int) -> int:
        """What was counted in the window that `now` (Unix seconds) lies in."""
        number, counted = self.counts.get(window, (0, 0))
        return counted if number >= now // window.seconds else 0

    def is_locked(self, now: int) -> bool:
        """Whether it may not send now."""
        return self.locked_until > now

    def check(self, limits: Limits, recipients: int, now: int) -> None:
        """Raise SenderLocked or LimitReached where it may not send to so many recipients now."""
        if self.is_locked(now):
            raise SenderLocked(lock_text(self), forever=self.locked_until >= FOREVER)
        for window in SENDING:
            most = limits.per_window.get(window, 0)
            if most and self.count(window, now) + recipients > most:
                whose = "login" if self.identity.sender == WHOLE else "sender"
                raise LimitReached(f"{most} recipients {_A[window]} are the limit of this {whose}")

    def would_lock(self, limits: Limits, now: int) -> bool:
        """Whether one more held message locks it."""
        recent = sum(at > now - limits.lock_window for at in self.spams)
        return bool(limits.lock_spams) and recent + 1 >= limits.lock_spams


RESPONSES = ("rejected", "accepted")
MOST_COUNTED = 10_000_000
_BOUNDS = {
    "outgoing_retention_days": (1, MAX_RETENTION_DAYS),
    "outgoing_per_minute": (0, MOST_COUNTED),
    "outgoing_per_hour": (0, MOST_COUNTED),
    "outgoing_per_day": (0, MOST_COUNTED),
    "outgoing_refused_per_hour": (0, MOST_COUNTED),
    "outgoing_lock_spams": (0, MOST_SPAMS),
    "outgoing_lock_window_minutes": (1, 1_440),
    "outgoing_lock_minutes": (1, 43_200),
    "outgoing_unlocks": (0, 100),
}


def check_outgoing(policy: Policy) -> None:
    """Raise InvalidInput naming the first choice about outgoing mail that cannot be."""
    if policy.outgoing_spam_at is not None and not 0.0 <= policy.outgoing_spam_at <= 1.0:
        raise InvalidInput("outgoing_spam_at is a score between 0 and 1")
    if policy.outgoing_response is not None and policy.outgoing_response not in RESPONSES:
        raise InvalidInput(f"outgoing_response is one of: {', '.join(RESPONSES)}")
    for name, (least, most) in _BOUNDS.items():
        value = getattr(policy, name)
        if value is not None and not least <= value <= most:
            raise InvalidInput(f"{name} is a number from {least} to {most}")
    for address in (policy.outgoing_notice_address, policy.outgoing_abuse_address):
        if address:
            parse_address(address)


def lock_text(standing: Standing) -> str:
    """What a locked sender is told."""
    why = f" ({standing.reason})" if standing.reason else ""
    if standing.locked_until >= FOREVER:
        return f"this sender is locked{why}: only an administrator can unlock it"
    return f"this sender is locked for a while{why}"


def locked(standing: Standing, limits: Limits, *, now: int, reason: str, by: str) -> Standing:
    """The identity after an automatic lock: with an end, as long as there were not too many of them lately."""
    before = standing.locks if now - standing.locked_at < FORGET_LOCKS else 0
    until = now + limits.lock_time if before < limits.unlocks else FOREVER
    return replace(
        standing,
        locked_until=until,
        locked_at=now,
        reason=reason,
        locked_by=by,
        locks=before + 1,
        spams=(),
    )


def spams_after(spams: Sequence[int], now: int) -> tuple[int, ...]:
    """The times of held messages with one more."""
    return (*spams, now)[-MOST_SPAMS:]
