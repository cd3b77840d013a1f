"""Mail to the addresses in a digest: taken in, accounted, and handed on as work; never anybody's mail.

Whoever sees a digest could answer it, so only the mailbox that it went to may, and only with mail that proves its author (DMARC alignment).
Nothing is answered here, and nothing automatic is acted on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pratique.domain.actor import Channel
from pratique.domain.address import Address
from pratique.domain.digest_link import read_link
from pratique.domain.envelope import Receipt
from pratique.domain.ids import CopyId
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy, Event, Facts
from pratique.domain.policy import DAY, Disposition
from pratique.domain.scope import domain_scope
from pratique.domain.verdict import Verdict
from pratique.filtering.parsed import ParsedMessage
from pratique.observability import log_event
from pratique.ports.queue import QueueName
from pratique.ports.services import Services
from pratique.usecases.judge_message import Seen

PREFIX = "act+"
RECORD_DAYS = 1
"""Days for which the record of a reply is kept, and with it its bytes."""
MOST_LINKS = 5
"""Addresses of one mail that are acted on."""
_BULK = frozenset({"bulk", "junk", "list", "auto_reply"})


@dataclass(frozen=True, slots=True)
class Split:
    """A receipt without the addresses of digests, and those."""

    rest: Receipt
    replies: tuple[Address, ...]


def split_replies(receipt: Receipt, domain: str, *, shared: bool = False) -> Split:
    """Part the recipients in the domain of digests from all others; where people get mail there too (`shared`), the links' addresses alone."""
    envelope = receipt.envelope
    ours = tuple(
        each for each in envelope.recipients if each.domain == domain and not (shared and not _link(each))
    )
    others = tuple(each for each in envelope.recipients if each not in ours)
    return Split(replace(receipt, envelope=replace(envelope, recipients=others)), ours)


def part_replies(services: Services, message: str, raw_key: str, seen: Seen) -> tuple[Seen, tuple[Copy, ...]]:
    """What is left for people of a mail that also went to digests' addresses, and the record of those."""
    domain = services.options.digest_domain
    split = split_replies(seen.receipt, domain, shared=_is_peoples(services, domain))
    if not split.replies:
        return seen, ()
    alone = not split.rest.envelope.recipients
    record = take_replies(services, message, raw_key, seen, split.replies, alone=alone)
    return replace(seen, receipt=split.rest), (record,)


def _is_peoples(services: Services, domain: str) -> bool:
    """Whether the domain has settings of its own, as one has that people get mail in: then nothing of theirs is taken for an answer."""
    directory = services.directory
    return directory.get_route(domain) is not None or directory.get_policy(domain_scope(domain)) is not None


def take_replies(
    services: Services, message: str, raw_key: str, seen: Seen, replies: tuple[Address, ...], *, alone: bool
) -> Copy:
    """Hand on what the mail asks for, then write the record: `delivered`, to `act@` the domain, for a day. `alone` says that nobody else got
    the mail, so that its facts are written here too. May run again.
    """
    links = [text for text in (_link(each) for each in replies[:MOST_LINKS]) if text]
    author = _author(seen)
    note = "asked for nothing" if not links else "automatic" if not author[1] else "not proven"
    if links and author[0]:
        note = "handed on"
        source = seen.receipt.source_id
        body = {"author": author[0], "source": source}
        services.queue.send(QueueName.DIGEST, [{"reply": link, **body} for link in links])
    log_event("digest_reply", message=message, links=len(links), note=note)
    copy = _record(services, message, raw_key, seen, replies[0].domain, note)
    if alone:
        services.index.add_facts(_facts(message, raw_key, seen, copy), expires_at=copy.expires_at + 30 * DAY)
    services.index.add_copy(copy)
    return copy


def _link(address: Address) -> str:
    """The link in an address, '' for any other one."""
    text = address.local.removeprefix(PREFIX) if address.local.startswith(PREFIX) else ""
    return text if text and read_link(text) else ""


def _author(seen: Seen) -> tuple[str, bool]:
    """(the author's address where it is proven and a person wrote, '' else; whether a person wrote)."""
    parsed = seen.examined.parsed
    person = bool(seen.receipt.envelope.mail_from) and not is_automatic(parsed)
    if not person or not seen.claim.proven or parsed.from_address is None:
        return "", person
    return str(parsed.from_address), True


def is_automatic(parsed: ParsedMessage) -> bool:
    """Whether a program wrote this (RFC 3834, 2; and what programs write besides)."""
    submitted = parsed.header("auto-submitted").strip().lower()
    if submitted and not submitted.startswith("no"):
        return True
    if parsed.header("precedence").strip().lower() in _BULK:
        return True
    return any(
        parsed.header(name) for name in ("list-id", "x-auto-response-suppress", "x-autoreply", "x-loop")
    )


def _record(services: Services, message: str, raw_key: str, seen: Seen, domain: str, note: str) -> Copy:
    """The copy that accounts for the mail. Its address tells no token."""
    now_ms = services.clock.now_ms()
    channel = Channel.SMTP if seen.receipt.source == "edge" else Channel.SES
    copy = Copy(
        id=CopyId(message, Address("act", domain)),
        state=State.DELIVERED,
        verdict=Verdict.HAM,
        disposition=Disposition.DELIVER,
        score=0.0,
        received_ms=seen.receipt.received_ms or now_ms,
        expires_at=now_ms // 1000 + RECORD_DAYS * DAY,
        sender=str(seen.examined.parsed.from_address or ""),
        subject="",
        size=len(seen.raw),
        raw_key=raw_key,
        reply=f"an answer to a digest: {note}",
        log_days=RECORD_DAYS,
        retention_days=RECORD_DAYS,
    )
    return copy.with_event(Event(now_ms, State.DELIVERED, "digest", channel, note))


def _facts(message: str, raw_key: str, seen: Seen, copy: Copy) -> Facts:
    receipt = seen.receipt
    return Facts(
        message=message,
        source_id=receipt.source_id,
        source=receipt.source,
        raw_key=raw_key,
        size=copy.size,
        received_ms=copy.received_ms,
        mail_from=receipt.envelope.mail_from,
        client_ip=receipt.envelope.client_ip,
        helo=receipt.envelope.helo,
        auth=receipt.auth,
        header_from=seen.examined.parsed.from_header[:160],
        subject="",
        date="",
        header_message_id="",
        recipients=(copy.id.recipient,),
    )
