"""The points of a domain's set-up, and how each stands."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass


class Standing(enum.StrEnum):
    """OK: works. WARNING: works, but not as well as it could. FAILED: mail will not get through. UNKNOWN: could not be asked from here."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Point:
    """One point: a stable name, how it stands, what was found, and what to do about it ('' for nothing)."""

    name: str
    standing: Standing
    found: str
    advice: str = ""


_SES_INBOUND = re.compile(
    r"^(inbound-smtp\.[a-z0-9-]+\.amazonaws\.com|[a-z0-9.-]+\.mail-manager-smtp\.[a-z0-9-]+\.(amazonaws\.com|on\.aws))$"
)
"""Where SES and Mail Manager take mail in (https://docs.aws.amazon.com/ses/latest/dg/receiving-email-mx-record.html)."""


def mx_point(records: tuple[str, ...], hostname: str) -> Point:
    """Whether mail of the domain comes here: its most preferred MX is SES's, or this installation's own host."""
    hosts = sorted(
        (_preference(record), record.split()[-1].rstrip(".").lower()) for record in records if record.split()
    )
    if not hosts:
        return Point(
            "mx",
            Standing.FAILED,
            "no MX record",
            "Publish an MX record that names where mail comes in (docs/deploy.md).",
        )
    told = ", ".join(f"{host} ({preference})" for preference, host in hosts)
    ours = [bool(_SES_INBOUND.match(host)) or host == hostname.lower() for _, host in hosts]
    if ours[0] and all(ours):
        return Point("mx", Standing.OK, told)
    if any(ours):
        return Point(
            "mx",
            Standing.WARNING,
            told,
            "Some mail goes by: spam prefers the servers that filter less. Leave one way in.",
        )
    return Point(
        "mx",
        Standing.FAILED,
        told,
        "Mail of this domain goes elsewhere: point its MX record here when all else is ready.",
    )


def spf_point(records: tuple[str, ...]) -> Point:
    """One SPF record that ends in a decision (RFC 7208)."""
    found = [record for record in records if record.lower().split(" ")[0] == "v=spf1"]
    if not found:
        return Point(
            "spf",
            Standing.WARNING,
            "no SPF record",
            "Publish one, so that others can tell your mail from forged mail.",
        )
    if len(found) > 1:
        return Point(
            "spf",
            Standing.FAILED,
            f"{len(found)} SPF records",
            "More than one is an error (RFC 7208, 4.5): merge them.",
        )
    if re.search(r"[ ]\+?all\b", found[0], re.IGNORECASE):
        return Point(
            "spf",
            Standing.FAILED,
            found[0],
            "+all lets everybody send in your name: end it with -all or ~all.",
        )
    return Point("spf", Standing.OK, found[0][:200])


def dmarc_point(records: tuple[str, ...]) -> Point:
    """A DMARC record with a policy (RFC 7489)."""
    found = [record for record in records if record.replace(" ", "").lower().startswith("v=dmarc1")]
    if not found:
        return Point(
            "dmarc",
            Standing.WARNING,
            "no DMARC record",
            "Publish one at _dmarc: begin with p=none and an rua address.",
        )
    if re.search(r"\bp\s*=\s*none\b", found[0], re.IGNORECASE):
        return Point(
            "dmarc",
            Standing.WARNING,
            found[0][:200],
            "p=none only watches: go on to quarantine when the reports look right.",
        )
    return Point("dmarc", Standing.OK, found[0][:200])


def _preference(record: str) -> int:
    head = record.split(maxsplit=1)[0]
    return int(head) if head.isdecimal() else 0
