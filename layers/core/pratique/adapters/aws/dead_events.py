"""DeadEvents on SQS, as Lambda's on-failure destination fills it.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html: the event is in the record's `requestPayload`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pratique.ports.dead_events import DeadEvent

from .queue import BATCH, forget, receive

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

HIDDEN_SECONDS = 300
"""Longer than ingest may take for ten messages."""


class SqsDeadEvents:
    """See DeadEvents."""

    def __init__(self, client: Callable[[], SQSClient], *, url: str) -> None:
        self._client, self._url = client, url

    def take(self) -> Sequence[DeadEvent]:
        """See DeadEvents."""
        found = receive(self._client(), self._url, most=BATCH, hidden=HIDDEN_SECONDS)
        return [DeadEvent(message["ReceiptHandle"], _event(message["Body"])) for message in found]

    def forget(self, dead: DeadEvent) -> None:
        """See DeadEvents."""
        forget(self._client(), self._url, [dead.receipt])


def _event(text: str) -> dict[str, Any] | None:
    try:
        record = json.loads(text)
    except ValueError:
        return None
    event = record.get("requestPayload") if isinstance(record, dict) else None
    return event if isinstance(event, dict) else None
