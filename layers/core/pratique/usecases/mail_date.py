"""A moment as header fields write it."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime


def mail_date(at_ms: int) -> str:
    """Unix milliseconds as Date and Received have them (RFC 5322, 3.3), in UTC."""
    return format_datetime(datetime.fromtimestamp(at_ms / 1000, UTC))
