"""Dates of IMAP (RFC 3501, 9: date, date-time) and days, numbered from 1 January 1970."""

from __future__ import annotations

import re
from calendar import timegm
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache

from .syntax import Bad, Cursor

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_EPOCH = date(1970, 1, 1)
_DATE = re.compile(rb"([0-9]{1,2})-([A-Za-z]{3})-([0-9]{4})\Z")
_DATE_TIME = re.compile(
    rb"([ 0-9][0-9])-([A-Za-z]{3})-([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) ([+-])([0-9]{2})([0-9]{2})\Z"
)
_NUMBERS = {name.lower().encode("ascii"): number for number, name in enumerate(MONTHS, 1)}
DAY = 86_400
HOUR = 60
"""Minutes."""
MOST_ZONE = 24 * HOUR
_FIRST, _LAST = -62_135_596_800, 253_402_300_800


def read_date(cursor: Cursor) -> int:
    """The number of a day: 1-Feb-1994, quoted or not. Raises Bad."""
    found = _DATE.match(cursor.astring())
    if found is None:
        raise Bad("Expected a date")
    day, month, year = found.groups()
    try:
        return (date(int(year), _NUMBERS[month.lower()], int(day)) - _EPOCH).days
    except (KeyError, ValueError):
        raise Bad("No such date") from None


def read_date_time(text: bytes) -> tuple[int, int]:
    """(seconds since 1970 UTC, minutes east of UTC). Raises Bad."""
    found = _DATE_TIME.match(text)
    if found is None:
        raise Bad("Expected a date and time")
    day, month, year, hour, minute, second, sign, hours, minutes = found.groups()
    try:
        moment = datetime(
            int(year),
            _NUMBERS[month.lower()],
            int(day),
            int(hour),
            int(minute),
            min(int(second), 59),
            tzinfo=UTC,
        )
    except (KeyError, ValueError):
        raise Bad("No such date") from None
    zone = (int(hours) * 60 + int(minutes)) * (-1 if sign == b"-" else 1)
    if int(minutes) >= HOUR or abs(zone) >= MOST_ZONE:
        raise Bad("No such time zone")
    return timegm(moment.timetuple()) - zone * 60, zone


@lru_cache(4_096)
def _hour_text(hour: int) -> str:
    day, rest = divmod(hour, 24)
    when = _EPOCH + timedelta(days=day)
    return f'"{when.day:2d}-{MONTHS[when.month - 1]}-{when.year:04d} {rest:02d}:'


@lru_cache(1_024)
def _zone_text(zone: int) -> str:
    hours, minutes = divmod(abs(zone), HOUR)
    return f' {"-" if zone < 0 else "+"}{hours:02d}{minutes:02d}"'


@cache
def _within() -> tuple[str, ...]:
    """Minutes and seconds of an hour."""
    return tuple(f"{at // 60:02d}:{at % 60:02d}" for at in range(3_600))


def write_date_time(seconds: int, zone: int) -> str:
    """With its quotes. Seconds outside of years 1 to 9999 are shown as 1970."""
    local = seconds + zone * HOUR
    if not _FIRST <= local < _LAST:
        local = zone = 0
    hour, rest = divmod(local, 3_600)
    return _hour_text(hour) + _within()[rest] + _zone_text(zone)


def day_of(seconds: int, zone: int) -> int:
    """The day where the zone is; RFC 3501, 6.4.4 has searches disregard time and zone."""
    return (seconds + zone * 60) // DAY
