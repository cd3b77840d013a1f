"""WorkQueue on SQS standard queues, each with a dead-letter queue."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pratique.domain.errors import PermanentFailure, TemporaryFailure
from pratique.ports.queue import QueueName

from .errors import mapped

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef, SendMessageBatchRequestEntryTypeDef

BATCH = 10
MAX_DELAY_SECONDS = 900
HIDDEN_SECONDS = 60
"""How long a dead message that is being moved is out of sight."""
WAIT_SECONDS = 1
"""Long polling: asks every SQS server, so that an empty answer means empty."""
COUNTED = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
)


@dataclass(frozen=True, slots=True)
class QueueUrls:
    """Where a queue and its dead-letter queue are ('' where this function has nothing to do with them)."""

    main: str
    dead: str


class SqsWorkQueue:
    """Bodies are JSON objects of strings."""

    def __init__(self, sqs: Callable[[], SQSClient], *, urls: Mapping[QueueName, QueueUrls]) -> None:
        self._sqs, self._urls = sqs, urls

    def send(self, queue: QueueName, bodies: Sequence[dict[str, str]], *, delay_seconds: int = 0) -> None:
        """See WorkQueue."""
        delay = max(0, min(delay_seconds, MAX_DELAY_SECONDS))
        self._send(self._main(queue), [json.dumps(body) for body in bodies], delay)

    def bury(self, queue: QueueName, bodies: Sequence[dict[str, str]]) -> None:
        """See WorkQueue."""
        self._send(self._dead(queue), [json.dumps(body) for body in bodies], 0)

    def redrive(self, queue: QueueName, *, limit: int) -> int:
        """See WorkQueue. What is no JSON object stays where it is, out of sight for a minute, and does not count."""
        moved = 0
        while moved < limit:
            found = receive(
                self._sqs(), self._dead(queue), most=min(BATCH, limit - moved), hidden=HIDDEN_SECONDS
            )
            if not found:
                break
            bodies = [(message, _body(message)) for message in found]
            good = [(message, {**body, "again": "yes"}) for message, body in bodies if body is not None]
            self._send(self._main(queue), [json.dumps(body) for _, body in good], 0)
            forget(self._sqs(), self._dead(queue), [message["ReceiptHandle"] for message, _ in good])
            moved += len(good)
        return moved

    def depths(self, queue: QueueName) -> tuple[int, int]:
        """See WorkQueue. Waiting includes delayed ones and those under way."""
        counts = []
        for url in (self._main(queue), self._dead(queue)):
            with mapped():
                found = self._sqs().get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
            attributes = {str(name): value for name, value in found.get("Attributes", {}).items()}
            counts.append(sum(int(attributes.get(name, "0")) for name in COUNTED))
        return counts[0], counts[1]

    def _main(self, queue: QueueName) -> str:
        return _known(self._urls[queue].main, queue)

    def _dead(self, queue: QueueName) -> str:
        return _known(self._urls[queue].dead, queue)

    def _send(self, url: str, texts: Sequence[str], delay: int) -> None:
        for start in range(0, len(texts), BATCH):
            entries: list[SendMessageBatchRequestEntryTypeDef] = [
                {"Id": str(number), "MessageBody": text, "DelaySeconds": delay}
                for number, text in enumerate(texts[start : start + BATCH])
            ]
            with mapped():
                answer = self._sqs().send_message_batch(QueueUrl=url, Entries=entries)
            failed = answer.get("Failed", [])
            if failed:
                raise TemporaryFailure(f"the queue did not take a message: {failed[0]['Code']}")


def receive(sqs: SQSClient, url: str, *, most: int, hidden: int) -> list[MessageTypeDef]:
    """Up to `most` (at most ten) messages of a queue, out of sight for `hidden` seconds; none only where none is in sight."""
    with mapped():
        answer = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=most, VisibilityTimeout=hidden, WaitTimeSeconds=WAIT_SECONDS
        )
    return answer.get("Messages", [])


def forget(sqs: SQSClient, url: str, receipts: Sequence[str]) -> None:
    """Delete what was received (at most ten)."""
    if receipts:
        with mapped():
            sqs.delete_message_batch(
                QueueUrl=url,
                Entries=[{"Id": str(n), "ReceiptHandle": receipt} for n, receipt in enumerate(receipts)],
            )


def _known(url: str, queue: QueueName) -> str:
    if not url:
        raise PermanentFailure(f"this function has no {queue} queue, or no dead-letter queue of it")
    return url


def _body(message: MessageTypeDef) -> dict[str, str] | None:
    try:
        body = json.loads(message["Body"])
    except ValueError:
        return None
    if not isinstance(body, dict) or not all(isinstance(value, str) for value in body.values()):
        return None
    return body
