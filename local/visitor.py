"""What the laptop's front does for whoever tries it in a browser: a way in with one press, and sample mail.

Nothing of it exists in the cloud. Whoever can reach the loopback address can use it, which is everybody with an account on this machine: `--locked`
leaves the ways in out (docs/laptop.md).
"""

from __future__ import annotations

import json
import smtplib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from local.samples import Sample, sample

HOST = "127.0.0.1"
SECONDS = 60
TO = "you@example.org"
ABOUT, DOOR, SAMPLE = "/laptop/about.json", "/laptop/door", "/laptop/sample"
MAX_BODY = 1_000


@dataclass(frozen=True, slots=True)
class Visitor:
    """`doors` are API tokens by the scope that they open; none where the installation is locked."""

    smtp: int = 0
    doors: Mapping[str, str] = field(default_factory=dict)

    def about(self) -> dict[str, Any]:
        """What the panel may offer."""
        return {
            "doors": [{"scope": scope} for scope in self.doors],
            "samples": [str(kind) for kind in Sample],
            "smtp": self.smtp,
            "sink": "/sink/",
            "where": "/where/",
            "to": TO,
        }

    def answer(self, path: str, body: bytes) -> tuple[HTTPStatus, dict[str, Any]]:
        """Answer a POST. Errors have the form of the API's (RFC 9457)."""
        try:
            asked = json.loads(body)
        except ValueError:
            asked = None
        if not isinstance(asked, dict):
            return _problem(HTTPStatus.BAD_REQUEST, "malformed_request", "the body is no JSON object")
        if path == DOOR:
            token = self.doors.get(str(asked.get("scope")))
            if token is None:
                return _problem(HTTPStatus.NOT_FOUND, "not_found", "no such door")
            return HTTPStatus.OK, {"token": token}
        if path == SAMPLE:
            if asked.get("kind") not in set(Sample):
                return _problem(HTTPStatus.NOT_FOUND, "not_found", "no such sample")
            return self._send(Sample(asked["kind"]))
        return _problem(HTTPStatus.NOT_FOUND, "not_found", "there is nothing here")

    def _send(self, kind: Sample) -> tuple[HTTPStatus, dict[str, Any]]:
        sender, raw = sample(kind, to=TO, now=datetime.now(UTC))
        try:
            with smtplib.SMTP(HOST, self.smtp, local_hostname="sample.example", timeout=SECONDS) as client:
                client.ehlo()
                client.mail(sender)
                client.rcpt(TO)
                code, text = client.data(raw)
        except (OSError, smtplib.SMTPException) as error:
            return _problem(HTTPStatus.BAD_GATEWAY, "temporary_failure", f"the edge did not take it: {error}")
        return HTTPStatus.OK, {"reply": f"{code} {text.decode('utf-8', 'replace')}", "held": code >= 500}  # noqa: PLR2004 - refused


def _problem(status: HTTPStatus, code: str, detail: str) -> tuple[HTTPStatus, dict[str, Any]]:
    return status, {"title": status.phrase, "status": int(status), "code": code, "detail": detail}
