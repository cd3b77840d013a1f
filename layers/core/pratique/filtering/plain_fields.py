"""Header fields that are written plainly: read by one anchored pattern each, as mail-parser reads them, in a tenth of its time.

Nine fields out of ten are. Whatever is not plain (comments, encoded words, groups, routes, octets beyond ASCII, a date of another form) is
no business of this module: it says so, and mail-parser reads the field. A test reads thousands of real fields both ways.
"""

from __future__ import annotations

import datetime
import re

from .parsed import MAX_ADDRESSES

Named = list[tuple[str, str]]
"""(display name, address) pairs, as mail-parser gives them."""

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOMAIN = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*"
_SPEC = rf"{_ATOM}(?:\.{_ATOM})*@{_DOMAIN}"
_WORD = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+"
_QUOTED_WORD = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.,:;@-]+"
_ITEM = re.compile(
    rf'[ \t]*(?:(?:"({_QUOTED_WORD}(?: {_QUOTED_WORD}){{0,20}})" ?|({_WORD}(?: {_WORD}){{0,20}}) )?<({_SPEC})>|({_SPEC}))[ \t]*(,|\Z)'
)
_DATE = re.compile(
    r"(?:(Mon|Tue|Wed|Thu|Fri|Sat|Sun), {1,2})?(\d{1,2}) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) "
    r"((?:19|20)\d\d) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)([0-5]\d)(?: \([A-Za-z]{1,5}\))?"
)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = {
    "Jan": 1, "Feb": 2, "Mar": 3, "Apr": 4, "May": 5, "Jun": 6, "Jul": 7, "Aug": 8, "Sep": 9, "Oct": 10, "Nov": 11, "Dec": 12,
}  # fmt: skip
_EPOCH = datetime.date(1970, 1, 1).toordinal()
_LONGEST = 255
_NO_LEAP = 59


def plain_addresses(value: str) -> Named | None:
    """The mailboxes of a plainly written address field, None if it is not plain."""
    if not value.isascii() or "=?" in value:
        return None
    found: Named = []
    end = 0
    while (item := _ITEM.match(value, end)) is not None:
        quoted, phrase, named, bare, follows = item.groups()
        spec = named or bare
        if len(spec) > _LONGEST:
            return None
        name = quoted or phrase or ""
        found.append(("" if name == spec else name, spec))
        end = item.end()
        if not follows:
            return found
        if len(found) > MAX_ADDRESSES:
            return None
    return None


def plain_date(value: str) -> int | None:
    """The Unix seconds of a date written as RFC 5322, 3.3 wants it, None for any other."""
    found = _DATE.fullmatch(value)
    if found is None:
        return None
    weekday, day, month, year, hour, minute, second, sign, zone_hours, zone_minutes = found.groups()
    try:
        date = datetime.date(int(year), _MONTHS[month], int(day))
    except ValueError:
        return None
    seconds = int(second)
    if seconds > _NO_LEAP or int(hour) > 23 or int(minute) > _NO_LEAP:  # noqa: PLR2004 - hours of a day
        return None
    if weekday and _DAYS[date.weekday()] != weekday:
        return None
    offset = int(zone_hours) * 60 + int(zone_minutes)
    minutes = int(hour) * 60 + int(minute) - (offset if sign == "+" else -offset)
    return (date.toordinal() - _EPOCH) * 86_400 + minutes * 60 + seconds
