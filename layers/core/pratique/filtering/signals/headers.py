"""Header fields that are missing, doubled or impossible (RFC 5322, 3.6), and structure built to hurt."""

from __future__ import annotations

from pratique.domain.envelope import Receipt
from pratique.domain.verdict import Contribution

from ..contributions import found
from ..parsed import ParsedMessage
from ..trace import stamped_s

MEANINGS = {
    "header:unended": "the fields end in a line that is none",
    "header:none": "none of From, To, Date and Message-ID: a note of some program, or what is left of a message",
    "header:missing-from": "no From field",
    "header:missing-date": "no Date field",
    "header:missing-message-id": "no Message-ID field",
    "header:missing-subject": "no Subject field",
    "header:missing-to": "neither To nor Cc",
    "header:doubled": "a field that may stand once stands twice",
    "header:malformed-from": "From is no address list",
    "header:several-senders": "several addresses in From",
    "header:hidden-subject": "invisible or direction characters in the subject",
    "header:overlong": "more fields, Received fields, parts or octets than any mail needs",
    "header:too-deep": "parts nested deeper than any mail needs",
    "header:date-invalid": "the date is none",
    "header:date-future": "dated more than two days ahead of its arrival",
    "header:date-past": "dated long before its arrival",
    "header:date-ahead": "dated hours ahead of its arrival",
    "header:date-behind": "dated a day or more before its arrival",
    "header:zone": "a time zone that is nowhere",
    "header:undisclosed": "addressed to undisclosed recipients",
    "header:to-malformed": "To is no address list",
    "header:empty": "a field of importance is there and empty",
}
_MISSING = ("from", "date", "message-id", "subject")
_NEEDED = frozenset({"from", "to", "date", "message-id"})
_ONCE = ("from", "to", "subject", "date", "message-id", "reply-to", "sender")
_DEFECTS = {
    "too-deep": "header:too-deep",
    "too-many-parts": "header:overlong",
    "too-many-received": "header:overlong",
    "header-too-long": "header:overlong",
    "too-many-fields": "header:overlong",
    "malformed-from": "header:malformed-from",
    "several-senders": "header:several-senders",
    "hidden-in-subject": "header:hidden-subject",
    "no-header-end": "header:unended",
}
DAY_S = 86_400
HOUR_S = 3_600
FUTURE_S = 2 * DAY_S
PAST_S = 30 * DAY_S
AHEAD_S = 3 * HOUR_S
_ZONES = range(-1_200, 1_401)


def evidence(parsed: ParsedMessage, receipt: Receipt) -> list[Contribution]:
    """Missing and doubled fields, dates that cannot be, and what the parser had to put up with."""
    by_name = parsed.by_name
    if _NEEDED.isdisjoint(by_name):  # one fact, not four
        return [found("header:none")]
    result = [found(f"header:missing-{name}") for name in _MISSING if name not in by_name]
    if "to" not in by_name and "cc" not in by_name:
        result.append(found("header:missing-to"))
    doubled = [name for name in _ONCE if len(by_name.get(name, ())) > 1]
    if doubled:
        result.append(found("header:doubled", ", ".join(doubled)))
    empty = [name for name in ("from", "to", "subject", "date", "message-id") if by_name.get(name) == [""]]
    if empty:
        result.append(found("header:empty", ", ".join(empty)))
    names = {_DEFECTS[defect] for defect in parsed.defects if defect in _DEFECTS}
    result += [found(name) for name in sorted(names)]
    return result + _addressed(parsed) + _date(parsed, receipt)


def _addressed(parsed: ParsedMessage) -> list[Contribution]:
    to = parsed.header("to")
    if not to or parsed.to:
        return []
    if "undisclosed" in to.lower():
        return [found("header:undisclosed")]
    return [found("header:to-malformed")]


def _date(parsed: ParsedMessage, receipt: Receipt) -> list[Contribution]:
    if parsed.date_s is None:
        return [found("header:date-invalid", parsed.date)] if parsed.date else []
    result = []
    zone = parsed.date[-5:]
    if zone[:1] in "+-" and zone[1:].isdigit() and (int(zone) not in _ZONES or zone[3:] not in _MINUTES):
        result.append(found("header:zone", zone))
    arrived_s = receipt.received_ms // 1000 if receipt.received_ms > 0 else stamped_s(parsed)
    if arrived_s is None:
        return result
    ahead_s = parsed.date_s - arrived_s
    if ahead_s > FUTURE_S:
        result.append(found("header:date-future", f"{ahead_s // DAY_S} days"))
    elif ahead_s > AHEAD_S:
        result.append(found("header:date-ahead", f"{ahead_s // HOUR_S} hours"))
    elif -ahead_s > PAST_S:
        result.append(found("header:date-past", f"{-ahead_s // DAY_S} days"))
    elif -ahead_s > DAY_S:
        result.append(found("header:date-behind", f"{-ahead_s // HOUR_S} hours"))
    return result


_MINUTES = frozenset({"00", "30", "45"})
