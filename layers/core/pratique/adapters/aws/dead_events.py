"""DeadEvents on SQS, as Lambda's on-failure destination fills it.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html: the event is in the record's `requestPayload`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pratique.ports.dead_events import DeadEvent

from .errors import mapped

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

BATCH = 10
HIDDEN_SECONDS = 300
"""Longer than ingest may take for ten messages."""
WAIT_SECONDS = 1
"""A short poll may see an empty part of a queue that is not empty."""


class SqsDeadEvents:
    """See DeadEvents."""

    def __init__(self, client: Callable[[], SQSClient], *, url: str) -> None:
        self._client, self._url = client, url

    def take(self) -> Sequence[DeadEvent]:
        """See DeadEvents."""
        with mapped():
            answer = self._client().receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=BATCH,
                VisibilityTimeout=HIDDEN_SECONDS,
                WaitTimeSeconds=WAIT_SECONDS,
            )
        return [
            DeadEvent(found["ReceiptHandle"], _event(found["Body"])) for found in answer.get("Messages", [])
        ]

    def forget(self, dead: DeadEvent) -> None:
        """See DeadEvents."""
        with mapped():
            self._client().delete_message_batch(
                QueueUrl=self._url, Entries=[{"Id": "0", "ReceiptHandle": dead.receipt}]
            )


def _event(text: str) -> dict[str, Any] | None:
    try:
        record = json.loads(text)
    except ValueError:
        return None
    event = record.get("requestPayload") if isinstance(record, dict) else None
    return event if isinstance(event, dict) else None
