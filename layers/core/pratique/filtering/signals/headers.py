"""Header fields that are missing, doubled or impossible (RFC 5322, 3.6), and structure built to hurt."""

from __future__ import annotations

from pratique.domain.envelope import Receipt
from pratique.domain.verdict import Contribution

from ..contributions import contribution
from ..parsed import ParsedMessage

_MISSING = {"from": 1.5, "date": 0.9, "message-id": 0.9, "subject": 0.3}
_ONCE = ("from", "to", "subject", "date", "message-id", "reply-to")
_DEFECTS = {
    "too-deep": 1.5,
    "too-many-parts": 0.8,
    "too-many-received": 0.8,
    "header-too-long": 1.0,
    "too-many-fields": 1.0,
    "malformed-from": 1.0,
    "several-senders": 0.6,
    "hidden-in-subject": 1.2,
}
DAY_MS = 86_400_000
FUTURE_DAYS = 2
PAST_DAYS = 60


def evidence(parsed: ParsedMessage, receipt: Receipt) -> list[Contribution]:
    """Missing and doubled fields, dates that cannot be, and what the parser had to put up with."""
    count = parsed.header_count
    found = [contribution(f"missing:{name}", weight) for name, weight in _MISSING.items() if not count(name)]
    if not count("to") and not count("cc"):
        found.append(contribution("missing:to", 0.2))
    doubled = [name for name in _ONCE if count(name) > 1]
    if doubled:
        found.append(contribution("doubled-field", 0.8, ", ".join(doubled)))
    found += [contribution(name, weight) for name, weight in _DEFECTS.items() if name in parsed.defects]
    return found + _date(parsed, receipt)


def _date(parsed: ParsedMessage, receipt: Receipt) -> list[Contribution]:
    if parsed.date and parsed.date_s is None:
        return [contribution("date", 0.7, f"not a date: {parsed.date}")]
    if parsed.date_s is None or receipt.received_ms <= 0:
        return []
    ahead_ms = parsed.date_s * 1000 - receipt.received_ms
    if ahead_ms > FUTURE_DAYS * DAY_MS:
        return [contribution("date", 0.8, f"dated {ahead_ms // DAY_MS} days ahead")]
    if -ahead_ms > PAST_DAYS * DAY_MS:
        return [contribution("date", 0.5, f"dated {-ahead_ms // DAY_MS} days ago")]
    return []
