"""Bouncer on SES: SendBounce (https://docs.aws.amazon.com/ses/latest/APIReference/API_SendBounce.html).

SES writes the message: subject, From and the original's header are its own; ours are the text, the status fields and fields that begin with X-. It
takes only mail that it received itself in this account and region, for 24 hours, once a second, and from a verified address.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from pratique.domain.notice import STATUS, Notice

from .errors import mapped

if TYPE_CHECKING:
    from mypy_boto3_ses.client import SESClient
    from mypy_boto3_ses.type_defs import BouncedRecipientInfoTypeDef

EVERY_SECONDS = 2.1
"""Between two calls of one worker. Two work at once at most (template.yaml: two is the least that Lambda takes for a queue)."""


class SesBouncer:
    """One call a notice, never repeated by the SDK: a bounce has no idempotency key."""

    def __init__(
        self,
        client: Callable[[], SESClient],
        *,
        pause: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client, self._pause, self._monotonic = client, pause, monotonic
        self._next = 0.0

    def bounce(self, notice: Notice, *, sender: str, hostname: str) -> str:
        """See Bouncer."""
        wait = self._next - self._monotonic()
        if wait > 0:
            self._pause(wait)
        self._next = self._monotonic() + EVERY_SECONDS
        told: list[BouncedRecipientInfoTypeDef] = [
            {
                "Recipient": str(recipient),
                "RecipientDsnFields": {
                    "Action": "failed",
                    "Status": STATUS,
                    "DiagnosticCode": f"smtp; {notice.diagnostic}",
                },
            }
            for recipient in notice.recipients
        ]
        with mapped():
            try:
                answer = self._client().send_bounce(
                    OriginalMessageId=notice.source_id,
                    BounceSender=sender,
                    Explanation=notice.text,
                    MessageDsn={
                        "ReportingMta": f"dns; {hostname}",
                        "ArrivalDate": datetime.fromtimestamp(notice.received_ms / 1000, UTC),
                        "ExtensionFields": [{"Name": "X-Reference", "Value": notice.message}],
                    },
                    BouncedRecipientInfoList=told,
                )
            except (ReadTimeoutError, ConnectionClosedError):
                return "SES gave no answer; it may have sent it"
        return f"SES took it as {answer['MessageId']}"[:200]
