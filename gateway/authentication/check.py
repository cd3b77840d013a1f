"""One message, all checks: what an edge asks before it makes the event."""

from __future__ import annotations

import ipaddress
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from pratique.domain.address import try_address
from pratique.domain.errors import TemporaryFailure
from pratique.filtering.parse import parse
from pratique.ports.resolver import Resolver

from .arc import check_arc
from .dkim import DkimResult, Signature, check_dkim
from .dmarc import Policy, aligned, find_policy, strictest
from .lookups import Lookups
from .octets import MAX_BLOCK, read_octets
from .reverse import client_name
from .spf import SpfResult, check_spf
from .verdicts import Arrival, Status, Verdicts

SECONDS = 5.0
"""For all checks of a message together; what is not known by then is PROCESSING_FAILED."""
MOST_AUTHORS = 3
THREADS = 16
_DOMAINS = re.compile(r"@([A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)")
_log = logging.getLogger("pratique.edge")

_SPF = {
    SpfResult.PASS: Status.PASS,
    SpfResult.FAIL: Status.FAIL,
    SpfResult.SOFTFAIL: Status.GRAY,
    SpfResult.NEUTRAL: Status.GRAY,
    SpfResult.NONE: Status.GRAY,
}


@dataclass(frozen=True, slots=True)
class _Author:
    """The domain of the one address in From; '' where there is none or nobody can say which, then `several` may hold some."""

    domain: str
    several: list[str]


class SenderCheck:
    """Checks messages, a few at a time; close it at the end. Blocking: for threads."""

    def __init__(self, resolver: Resolver, *, seconds: float = SECONDS) -> None:
        self._resolver, self._seconds = resolver, seconds
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="sender-check")

    def close(self) -> None:
        """Let its threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def __call__(self, arrival: Arrival) -> Verdicts:
        """The verdicts. Never raises: what goes wrong is PROCESSING_FAILED."""
        ask = Lookups(self._resolver, seconds=self._seconds)
        try:
            return self._check(arrival, ask)
        except Exception as error:  # noqa: BLE001 - mail goes on whatever a check runs into
            _log.error("edge check error=%s", type(error).__name__)
            failed = Status.PROCESSING_FAILED
            return Verdicts(failed, failed, failed)

    def _check(self, arrival: Arrival, ask: Lookups) -> Verdicts:
        author = read_author(arrival.data)
        outside = _is_outside(arrival.client_ip)
        spf = self._threads.submit(_spf, arrival, ask) if outside else None
        named = self._threads.submit(client_name, ask, arrival.client_ip) if outside else None
        policy = self._threads.submit(_policy, author, ask)
        message = read_octets(arrival.data)
        signatures = check_dkim(message, ask, prefer=author.domain)
        arc = check_arc(message, ask)
        result = spf.result() if spf else None
        dkim = _dkim_status(signatures, author.domain)
        dmarc, asked = _dmarc(arrival, author, result, signatures, policy.result())
        status = Status.DISABLED if result is None else _SPF.get(result, Status.PROCESSING_FAILED)
        return Verdicts(status, dkim, dmarc, asked, arc, named.result() if named else None)


def read_author(data: bytes) -> _Author:
    """Whom From names, as ingest will read it: the check speaks of the address that lists are compared with."""
    parsed = parse(data[: min(MAX_BLOCK, read_octets(data[:MAX_BLOCK]).body_at)])
    one = parsed.header_count("from") == 1 and not {"several-senders", "malformed-from"} & set(parsed.defects)
    if one and parsed.from_address is not None:
        return _Author(parsed.from_address.domain, [])
    texts = [value for name, value in parsed.headers if name.lower() == "from"]
    domains = dict.fromkeys(found.lower() for text in texts[:5] for found in _DOMAINS.findall(text))
    return _Author("", list(domains)[:MOST_AUTHORS])


def _is_outside(client_ip: str) -> bool:
    """Whether SPF can speak of this client: a loopback or private address is a relay of ours, or a trial."""
    try:
        return ipaddress.ip_address(client_ip).is_global
    except ValueError:
        return False


def _spf(arrival: Arrival, ask: Lookups) -> SpfResult:
    return check_spf(ask, client_ip=arrival.client_ip, mail_from=arrival.mail_from, helo=arrival.helo)


def _policy(author: _Author, ask: Lookups) -> Policy | str | None:
    """The author's policy; as text, the strictest of several authors'. A TemporaryFailure is 'unknown'."""
    if not author.domain:
        return strictest(ask, author.several)
    try:
        return find_policy(ask, author.domain)
    except TemporaryFailure:
        return "unknown"


def _dkim_status(signatures: list[Signature], author: str) -> Status:
    """As SES words it: GRAY is unsigned, or signed by a domain that is not the author's."""
    passed = [each.domain for each in signatures if each.result is DkimResult.PASS]
    if any(author and aligned(domain, author, strict=False) for domain in passed):
        return Status.PASS
    if any(each.result is DkimResult.TEMPERROR for each in signatures):
        return Status.PROCESSING_FAILED
    failed = any(each.result is DkimResult.FAIL for each in signatures)
    return Status.FAIL if failed and not passed else Status.GRAY


def _dmarc(
    arrival: Arrival,
    author: _Author,
    spf: SpfResult | None,
    signatures: list[Signature],
    policy: Policy | str | None,
) -> tuple[Status, str]:
    """(verdict, policy). A fail needs every means to have been looked at, and to have said no."""
    if policy == "unknown":
        return Status.PROCESSING_FAILED, ""
    if not isinstance(policy, Policy):
        return (Status.FAIL, policy) if policy else (Status.GRAY, "")
    ours = aligned(_envelope_domain(arrival), author.domain, strict=policy.strict_spf)
    if (ours and spf is SpfResult.PASS) or any(
        each.result is DkimResult.PASS and aligned(each.domain, author.domain, strict=policy.strict_dkim)
        for each in signatures
    ):
        return Status.PASS, ""
    if spf is None:  # came by a relay of ours, and SPF cannot see through it
        return Status.DISABLED, ""
    if any(each.result is DkimResult.TEMPERROR for each in signatures) or (
        ours and spf is SpfResult.TEMPERROR
    ):
        return Status.PROCESSING_FAILED, ""
    return Status.FAIL, policy.action


def _envelope_domain(arrival: Arrival) -> str:
    """The domain that SPF spoke of: of MAIL FROM, of HELO for the null sender."""
    sender = try_address(arrival.mail_from)
    return sender.domain if sender else "" if arrival.mail_from else arrival.helo.lower().rstrip(".")
