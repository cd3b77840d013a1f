"""What mail costs, estimated: units of work of one message, times list prices."""

from __future__ import annotations

from dataclasses import dataclass

CHUNK = 256 * 1024
"""Octets: what SES counts incoming mail in."""


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars a unit, as AWS listed them for us-east-1 when this was written (https://aws.amazon.com/pricing/); no free tier, no discounts.

    They move, and other regions differ: the estimate says what is cheap and what is dear, not what the bill will say.
    """

    ses_in: float = 0.10 / 1_000
    ses_chunk: float = 0.09 / 1_000
    ses_out: float = 0.10 / 1_000
    lambda_request: float = 0.20 / 1_000_000
    lambda_gb_second: float = 0.0000133334
    table_write: float = 0.625 / 1_000_000
    table_read: float = 0.125 / 1_000_000
    object_put: float = 0.005 / 1_000
    object_get: float = 0.0004 / 1_000
    object_gb_day: float = 0.023 / 30
    queue_request: float = 0.40 / 1_000_000


PRICES = Prices()
INGEST_GB_SECONDS = 1.77 * 0.15
"""Memory of the function ingest, times what one warm message takes it, table and bucket included."""
DELIVER_GB_SECONDS = 1.0 * 0.3
"""The same of the function deliver: most of it waits for the next hop."""
COPY_WRITES, FACTS_WRITES = 4, 3
"""Write units of a copy's row (its three lists, and the row) and of a message's facts."""
LOOK_UP_READS = 15


@dataclass(frozen=True, slots=True)
class Cost:
    """US dollars: of SES, and of everything else."""

    ses: float
    rest: float

    @property
    def total(self) -> float:
        """Both."""
        return self.ses + self.rest


def message_cost(
    *, size: int, delivered: bool, held_days: float, by_ses: bool, prices: Prices = PRICES
) -> Cost:
    """One copy of a message of `size` octets: taken in, judged, and handed over or held for so many days."""
    ses = prices.ses_in + prices.ses_chunk * (size // CHUNK) if by_ses else 0.0
    rest = prices.lambda_request + INGEST_GB_SECONDS * prices.lambda_gb_second
    rest += (COPY_WRITES + FACTS_WRITES) * prices.table_write + LOOK_UP_READS * prices.table_read
    rest += prices.object_put + prices.object_get
    rest += size / 1e9 * held_days * prices.object_gb_day
    if delivered:
        rest += prices.lambda_request + DELIVER_GB_SECONDS * prices.lambda_gb_second
        rest += 2 * COPY_WRITES * prices.table_write + prices.object_get + 3 * prices.queue_request
    return Cost(ses, rest)
