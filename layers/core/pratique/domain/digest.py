"""Digests: what a scope chose about them, when one is due, and the record of one that was sent.

A slot is a moment (Unix seconds) at which a digest is due. Slots come from the wall clock of the chosen zone, never from the digest before, so
they cannot drift; an hour that a change of clocks skips is served an hour later on that day, one that comes twice is served once.
"""

from __future__ import annotations

import enum
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING

from .address import Address, try_address
from .errors import InvalidInput
from .ids import CopyId
from .scope import Scope

if TYPE_CHECKING:
    from .policy import EffectivePolicy, Policy

SHARDS = 16
"""Keys that what is due is spread over: that many workers share a morning."""
LANGUAGES = ("en", "de", "es", "fr", "ja")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_ITEMS = 100
MOST_ADMINS = 10
MAX_PHRASE = 60
"""Characters."""
KEPT_AFTER = 60 * 86_400
"""Seconds after the last item's end for which the record of a digest is kept, so that old links are answered clearly."""
_WEEK = 8
_QUARTER = 900


class Frequency(enum.StrEnum):
    """How often. HOURLY needs no hours; DAILY is at each of the hours; WEEKLY at each of them on the days."""

    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"


class LinkAction(enum.StrEnum):
    """What a link of a digest does once its page was confirmed."""

    RELEASE = "release"
    RELEASE_TRAIN = "release_train"
    RELEASE_ALLOW = "release_allow"
    BLOCK_REMOVE = "block_remove"
    REMOVE = "remove"
    NOT_SPAM = "not_spam"
    SPAM = "spam"
    REQUEST_RELEASE = "request_release"
    UNDO_ALLOW = "undo_allow"
    UNDO_BLOCK = "undo_block"
    UNDO_REMOVE = "undo_remove"
    UNDO_TRAIN = "undo_train"
    UNSUBSCRIBE = "unsubscribe"
    SUBSCRIBE = "subscribe"


RELEASES = frozenset({LinkAction.RELEASE, LinkAction.RELEASE_TRAIN, LinkAction.RELEASE_ALLOW})
"""What needs the right to release; whoever may only ask is offered REQUEST_RELEASE instead."""
UNDOES = {
    LinkAction.RELEASE_ALLOW: LinkAction.UNDO_ALLOW,
    LinkAction.BLOCK_REMOVE: LinkAction.UNDO_BLOCK,
    LinkAction.REMOVE: LinkAction.UNDO_REMOVE,
    LinkAction.NOT_SPAM: LinkAction.UNDO_TRAIN,
    LinkAction.SPAM: LinkAction.UNDO_TRAIN,
    LinkAction.UNSUBSCRIBE: LinkAction.SUBSCRIBE,
}
"""What takes an action back. A message that was delivered stays delivered: of Release & Whitelist only the entry is taken back."""
OFFERED = (
    LinkAction.RELEASE,
    LinkAction.RELEASE_TRAIN,
    LinkAction.RELEASE_ALLOW,
    LinkAction.REMOVE,
    LinkAction.BLOCK_REMOVE,
    LinkAction.NOT_SPAM,
    LinkAction.SPAM,
)
"""What a policy may offer on an item, in the order in which it is shown."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A scope's choices about digests, read from its policy. `to` None means the mailbox itself; `ceiling` is the highest score listed."""

    on: bool
    frequency: Frequency
    hours: tuple[int, ...]
    days: tuple[int, ...]
    zone: str
    language: str
    actions: tuple[LinkAction, ...]
    most: int
    to: Address | None
    admins: tuple[Address, ...]
    ceiling: float
    skip_blocked: bool
    catch_all: bool
    last_call: bool
    phrase: str


def plan_of(policy: EffectivePolicy) -> Plan:
    """The plan in a policy that was checked."""
    offered = set(_parts(policy.digest_actions))
    return Plan(
        on=policy.digest,
        frequency=Frequency(policy.digest_frequency),
        hours=tuple(sorted({int(hour) for hour in _parts(policy.digest_hours)})),
        days=tuple(sorted({DAYS.index(day) for day in _parts(policy.digest_days)})),
        zone=policy.digest_zone,
        language=policy.digest_language,
        actions=tuple(action for action in OFFERED if action.value in offered),
        most=policy.digest_max,
        to=try_address(policy.digest_to) if policy.digest_to else None,
        admins=tuple(filter(None, map(try_address, _parts(policy.digest_admins)))),
        ceiling=policy.digest_ceiling,
        skip_blocked=policy.digest_skip_blocked,
        catch_all=policy.digest_catch_all,
        last_call=policy.digest_last_call,
        phrase=policy.digest_phrase,
    )


def check_digest(policy: Policy) -> None:
    """Raise InvalidInput naming the first of the digest's choices that cannot be."""
    _check_words("digest_frequency", policy.digest_frequency, [each.value for each in Frequency], most=1)
    _check_words("digest_hours", policy.digest_hours, [str(hour) for hour in range(24)], most=24)
    _check_words("digest_days", policy.digest_days, DAYS, most=7)
    _check_words("digest_language", policy.digest_language, LANGUAGES, most=1)
    _check_words("digest_actions", policy.digest_actions, [a.value for a in OFFERED], least=0, most=9)
    if policy.digest_zone is not None:
        zone_named(policy.digest_zone)
    if policy.digest_max is not None and not 1 <= policy.digest_max <= MOST_ITEMS:
        raise InvalidInput(f"digest_max is a number from 1 to {MOST_ITEMS}")
    if policy.digest_ceiling is not None and not 0.0 <= policy.digest_ceiling <= 1.0:
        raise InvalidInput("digest_ceiling is a score between 0 and 1")
    if policy.digest_to and try_address(policy.digest_to) is None:
        raise InvalidInput("digest_to is one mail address, or empty")
    admins = _parts(policy.digest_admins or "")
    if len(admins) > MOST_ADMINS or any(try_address(each) is None for each in admins):
        raise InvalidInput(f"digest_admins is at most {MOST_ADMINS} mail addresses, separated by commas")
    phrase = policy.digest_phrase
    if phrase is not None and (len(phrase) > MAX_PHRASE or not (phrase == "" or phrase.isprintable())):
        raise InvalidInput(f"digest_phrase is at most {MAX_PHRASE} characters on one line")


def _parts(text: str) -> list[str]:
    return [part for part in (each.strip() for each in text.split(",")) if part]


def _check_words(
    name: str, text: str | None, known: tuple[str, ...] | list[str], *, most: int, least: int = 1
) -> None:
    if text is None:
        return
    parts = _parts(text)
    if not least <= len(parts) <= most or not set(parts) <= set(known):
        how = "one of" if most == 1 else "some of, separated by commas,"
        raise InvalidInput(f"{name} is {how} {', '.join(known)}")


@lru_cache(maxsize=64)
def zone_named(name: str) -> tzinfo:
    """An IANA time zone. Raises InvalidInput."""
    if name == "UTC":
        return UTC
    import zoneinfo  # noqa: PLC0415 - most of what reads policies never tells the time in a zone

    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput("digest_zone is an IANA time zone such as Europe/Vienna") from None


def next_slot(plan: Plan, after: int) -> int:
    """The first slot after a moment (Unix seconds)."""
    if plan.frequency is Frequency.HOURLY:
        return next(slot for slot in _hours(plan, after) if slot > after)
    return next(slot for slot in _slots(plan, after, 1) if slot > after)


def latest_slot(plan: Plan, until: int) -> int:
    """The last slot that is not after a moment."""
    if plan.frequency is Frequency.HOURLY:
        return max(slot for slot in _hours(plan, until - 2 * 3_600) if slot <= until)
    return next(slot for slot in _slots(plan, until, -1) if slot <= until)


def _hours(plan: Plan, after: int) -> Iterator[int]:
    """Full hours on the wall clock, from about `after` on: zones differ from UTC by quarters of an hour."""
    zone = zone_named(plan.zone)
    first = after // _QUARTER * _QUARTER
    for at in range(first, first + 4 * 3_600, _QUARTER):
        if datetime.fromtimestamp(at, zone).minute == 0:
            yield at


def _slots(plan: Plan, near: int, step: int) -> Iterator[int]:
    """Slots from a day before `near` on, or backwards from a day after it, for long enough that a week's only one is among them."""
    zone = zone_named(plan.zone)
    day = datetime.fromtimestamp(near, zone).date() - timedelta(days=step)
    for number in range(_WEEK + 2):
        then: date = day + timedelta(days=step * number)
        if plan.frequency is Frequency.WEEKLY and then.weekday() not in plan.days:
            continue
        for hour in plan.hours[::step]:
            yield int(datetime(then.year, then.month, then.day, hour, tzinfo=zone).timestamp())


def shard_of_scope(scope: Scope) -> int:
    """The shard in which a scope is found when it is due."""
    return zlib.crc32(scope.key.encode()) % SHARDS


@dataclass(frozen=True, slots=True)
class Progress:
    """What is kept of a scope's digests between them. Times in Unix seconds unless named otherwise; 0 for never.

    `due` is when somebody looks again; `armed` when that was set; `news_ms` when something last was held; `slot` the last slot that was
    claimed, `sending` the last that was about to be handed over; `seen_ms` up to when what was held has been reported; `failures` in a row.
    """

    scope: Scope
    due: int = 0
    armed: int = 0
    news_ms: int = 0
    slot: int = 0
    sending: int = 0
    lease: int = 0
    seen_ms: int = 0
    sent: int = 0
    failures: int = 0


@dataclass(frozen=True, slots=True)
class SheetItem:
    """One line of a digest: the copies that it stands for, and when the last of them expires (Unix seconds)."""

    copies: tuple[CopyId, ...]
    ends: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """The record of a digest that was sent: what its links are about. `who` is the mailbox that it went to."""

    id: str
    scope: Scope
    who: Address
    language: str
    zone: str
    made_ms: int
    items: tuple[SheetItem, ...]

    @property
    def ends(self) -> int:
        """When its last item expires (Unix seconds)."""
        return max((item.ends for item in self.items), default=self.made_ms // 1000)
