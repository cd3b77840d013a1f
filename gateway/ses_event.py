"""The event that SES would send for a message, so that ingest sees one shape whatever took the mail in.

https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from .authentication.verdicts import UNCHECKED, Verdicts

MAX_HEADERS = 50 * 1024
"""Octets of header that SES puts into an event; above it says `headersTruncated`."""
_FIELD = re.compile(rb"^([!-9;-~]{1,200}):[ \t]*(.*)$", re.DOTALL)
_COMMON = {"from": "from", "to": "to", "cc": "cc", "reply-to": "replyTo"}
_SINGLE = {"date": "date", "subject": "subject", "message-id": "messageId"}


def ses_event(
    *,
    source_id: str,
    received_ms: int,
    mail_from: str,
    recipients: Sequence[str],
    data: bytes,
    client_ip: str,
    helo: str,
    verdicts: Verdicts = UNCHECKED,
) -> dict[str, Any]:
    """One record for one message. What this edge does not check is DISABLED: nobody looked, which is no evidence either way (GRAY would be).

    `receipt.pratique` is ours: the client's address, its HELO, its name in the DNS and the state of the forwarders' seals, which SES keeps to itself.
    Ingest believes it because nobody but an edge has the right to invoke it.
    """
    moment = datetime.fromtimestamp(received_ms / 1000, UTC).isoformat(timespec="milliseconds")
    timestamp = moment.replace("+00:00", "Z")
    headers, truncated = read_headers(data)
    return {
        "Records": [
            {
                "eventSource": "aws:ses",
                "eventVersion": "1.0",
                "ses": {
                    "mail": {
                        "timestamp": timestamp,
                        "source": mail_from,
                        "messageId": source_id,
                        "destination": list(recipients),
                        "headersTruncated": truncated,
                        "headers": headers,
                        "commonHeaders": _common(headers, mail_from),
                    },
                    "receipt": {
                        "timestamp": timestamp,
                        "processingTimeMillis": 0,
                        "recipients": list(recipients),
                        "spamVerdict": {"status": "DISABLED"},
                        "virusVerdict": {"status": "DISABLED"},
                        "spfVerdict": {"status": verdicts.spf.value},
                        "dkimVerdict": {"status": verdicts.dkim.value},
                        "dmarcVerdict": {"status": verdicts.dmarc.value},
                        **({"dmarcPolicy": verdicts.policy} if verdicts.policy else {}),
                        "action": {"type": "Lambda", "invocationType": "RequestResponse"},
                        "pratique": {
                            "clientIp": client_ip,
                            "helo": helo.encode("utf-8", "replace").decode(),
                            **({} if verdicts.client_name is None else {"clientName": verdicts.client_name}),
                            **({"arc": verdicts.arc} if verdicts.arc else {}),
                        },
                    },
                },
            }
        ]
    }


def read_headers(data: bytes) -> tuple[list[dict[str, str]], bool]:
    """The header fields at the top of a message, unfolded, and whether some were left out. Never raises."""
    block = data[: MAX_HEADERS + 1]
    end = re.search(rb"(?:\A|\r?\n)\r?\n", block)
    truncated = end is None and len(data) > MAX_HEADERS
    if end is not None:
        block = block[: end.start()]
    elif truncated:
        block = block[: block.rfind(b"\n") + 1]  # the last field may be cut in two
    fields = []
    for text in re.split(rb"\r?\n(?![ \t])", block):
        found = _FIELD.match(text)
        if found:
            value = re.sub(rb"\r?\n", b"", found.group(2)).strip()
            fields.append({"name": found.group(1).decode(), "value": value.decode("utf-8", "replace")})
    return fields, truncated


def _common(headers: list[dict[str, str]], mail_from: str) -> dict[str, Any]:
    common: dict[str, Any] = {"returnPath": mail_from}
    for header in headers:
        name = header["name"].lower()
        if name in _COMMON:
            common.setdefault(_COMMON[name], []).append(header["value"])
        elif name in _SINGLE:
            common.setdefault(_SINGLE[name], header["value"])
    return common
