"""The tolerant reading of an SES (or Mail Manager InvokeLambda) event: facts come from here, never from the mail.

Shape: https://docs.aws.amazon.com/ses/latest/dg/receiving-email-action-lambda-event.html. Spam lacks Subject, From, To, Date and
Message-ID, `dmarcPolicy` is a string or an object, verdicts may be DISABLED or absent: only the message id and the recipients
have to be there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pratique.domain.address import Address, try_address
from pratique.domain.envelope import AuthResults, Envelope, Outcome, Receipt
from pratique.domain.errors import InvalidInput, PermanentFailure
from pratique.domain.ids import check_source_id
from pratique.observability import log_event

MAX_RECIPIENTS = 1000
_POLICIES = frozenset({"none", "quarantine", "reject"})
_OUTCOMES = {outcome.value: outcome for outcome in Outcome}


def read_receipts(event: object) -> list[Receipt]:
    """Every message of an event. Raises InvalidInput for an event that names no message at all."""
    records = _mapping(event).get("Records")
    found = [_mapping(_mapping(record).get("ses")) for record in records] if isinstance(records, list) else []
    if not found or not all(found):
        raise InvalidInput("not an SES event: Records[].ses is missing")
    return [_read(ses) for ses in found]


def _read(ses: Mapping[str, Any]) -> Receipt:
    mail, receipt = _mapping(ses.get("mail")), _mapping(ses.get("receipt"))
    edge = _mapping(receipt.get("pratique"))
    recipients, refused = _recipients(receipt, mail)
    return Receipt(
        source_id=check_source_id(_text(mail.get("messageId"))),
        received_ms=_milliseconds(receipt.get("timestamp")) or _milliseconds(mail.get("timestamp")),
        envelope=Envelope(
            mail_from=_sender(mail.get("source")),
            recipients=recipients,
            client_ip=_text(edge.get("clientIp"))[:45],
            helo=_text(edge.get("helo"))[:255],
            client_name=_text(edge["clientName"])[:253].lower() if "clientName" in edge else None,
        ),
        auth=AuthResults(
            spf=_outcome(receipt.get("spfVerdict")),
            dkim=_outcome(receipt.get("dkimVerdict")),
            dmarc=_outcome(receipt.get("dmarcVerdict")),
            spam=_outcome(receipt.get("spamVerdict")),
            virus=_outcome(receipt.get("virusVerdict")),
            dmarc_policy=_dmarc_policy(receipt.get("dmarcPolicy")),
        ),
        refused=refused,
        source="edge" if edge else "ses",
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _sender(value: object) -> str:
    """MAIL FROM; SES writes the null sender as an empty string, `<>` or (seen in the field) MAILER-DAEMON's null."""
    text = _text(value).strip()
    return "" if text == "<>" else text[:320]


def _recipients(
    receipt: Mapping[str, Any], mail: Mapping[str, Any]
) -> tuple[tuple[Address, ...], tuple[str, ...]]:
    """Envelope recipients: `receipt.recipients`; `mail.destination` (the envelope too, of the whole message) where that is absent."""
    listed = receipt.get("recipients")
    if not isinstance(listed, list) or not listed:
        listed = mail.get("destination")
    texts = [t for t in listed if isinstance(t, str)] if isinstance(listed, list) else []
    good: dict[Address, None] = {}
    refused: list[str] = []
    for text in texts[:MAX_RECIPIENTS]:
        address = try_address(text)
        if address is None:
            refused.append(text[:320])
        else:
            good[address] = None
    refused.extend(text[:320] for text in texts[MAX_RECIPIENTS:])
    return tuple(good), tuple(refused)


def _outcome(value: object) -> Outcome:
    status = _mapping(value).get("status", value)
    word = _text(status).lower()
    return _OUTCOMES.get(word, Outcome.UNKNOWN)


def _dmarc_policy(value: object) -> str:
    inner = _mapping(value)
    word = _text(inner.get("policy") or inner.get("status") if inner else value).lower()
    return word if word in _POLICIES else ""


def _milliseconds(value: object) -> int:
    """Unix milliseconds of an ISO 8601 time, 0 where there is none."""
    try:
        moment = datetime.fromisoformat(_text(value))
    except ValueError:
        return 0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0, int(moment.timestamp() * 1000))


def check_readable(receipt: Receipt, message: str) -> None:
    """Raises PermanentFailure where some envelope recipients are no addresses: the others were served, and a person looks at the event."""
    if receipt.refused:
        log_event("recipients_unreadable", message=message, count=len(receipt.refused))
        raise PermanentFailure(
            f"{len(receipt.refused)} envelope recipients are no addresses; the others were served"
        )
