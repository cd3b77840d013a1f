"""Mail in: judge it once, decide for each recipient, store, and queue what is to be delivered.

Repeatable at every step (invariant 3): the bytes are there before the event, facts and copies are conditional puts, a queue
message may come twice. A second run with the same event finds the rows of the first and changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pratique.domain.actor import Channel
from pratique.domain.address import Address
from pratique.domain.envelope import Outcome, Receipt
from pratique.domain.errors import NotFound, PermanentFailure, TemporaryFailure
from pratique.domain.ids import CopyId, message_ulid
from pratique.domain.lifecycle import WATCH_SECONDS, State
from pratique.domain.message import MAX_SENDER, MAX_SUBJECT, Copy, Event, Facts
from pratique.domain.policy import DAY, Disposition, EffectivePolicy, decide, resolve
from pratique.domain.scope import scope_chain
from pratique.domain.verdict import Contribution, Verdict, judge
from pratique.filtering.classifier.features import features
from pratique.filtering.classifier.sample import make_sample
from pratique.filtering.evidence import message_evidence
from pratique.filtering.parse import parse
from pratique.filtering.parsed import ParsedMessage
from pratique.filtering.senders import choose_entry, entry_contribution, proven_patterns, sender_patterns
from pratique.filtering.signals.provider import is_dangerous
from pratique.observability import log_event
from pratique.ports.directory import View
from pratique.ports.queue import QueueName
from pratique.ports.services import Services
from pratique.usecases.layers import layer_evidence
from pratique.usecases.outgoing import has_own_headers, trace_hops, verify_release

FACTS_SECONDS = 800 * DAY
"""Backstop of the facts row: longer than retention, delivery and record of any copy together."""
RELEASED_WEIGHT = -30.0
"""Log-odds of our own valid release header: a person decided."""
LOOP_WEIGHT = 30.0


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of a message: its ULID and every recipient's copy as it is stored."""

    message: str
    copies: tuple[Copy, ...]


@dataclass(frozen=True, slots=True)
class _Intake:
    """One message on its way in, and what is the same for all of its recipients. `patterns` are the list patterns of its sender,
    `proven` those that DMARC vouches for; `key` is the signing key where the message carries headers of ours, `hops` what they count.
    """

    receipt: Receipt
    message: str
    raw_key: str
    raw: bytes
    parsed: ParsedMessage
    patterns: list[str]
    proven: list[str]
    key: bytes | None
    hops: int
    now_ms: int


def ingest_message(services: Services, receipt: Receipt) -> Ingested:
    """Take in the message that the receipt tells of; its bytes lie at the raw prefix + source id.

    Raises TemporaryFailure when something outside failed (run it again), PermanentFailure when the envelope names nobody this can
    be stored for (the bytes stay, the event goes to the dead-letter queue, a person looks).
    """
    intake = _open(services, receipt)
    view = services.directory.look_up(receipt.envelope.recipients, intake.patterns)
    facts, own = _judge(services, intake, view)
    copies = [
        _copy(services, intake, view, facts, address, own[address]) for address in receipt.envelope.recipients
    ]
    stored = tuple(_store(services, copy, facts) for copy in copies)
    waiting = [copy for copy in stored if copy.state is State.QUEUED and copy.attempts == 0]
    if waiting:
        services.queue.send(QueueName.DELIVER, [{"id": str(copy.id)} for copy in waiting])
    if receipt.refused:
        log_event("recipients_unreadable", message=intake.message, count=len(receipt.refused))
        raise PermanentFailure(
            f"{len(receipt.refused)} envelope recipients are no addresses; the others were served"
        )
    return Ingested(intake.message, stored)


def _open(services: Services, receipt: Receipt) -> _Intake:
    if not receipt.envelope.recipients:
        raise PermanentFailure("the event names no recipient: the bytes stay where they are")
    raw_key = services.options.raw_prefix + receipt.source_id
    try:
        raw = services.store.get(raw_key)
    except NotFound:
        # SES stores the bytes before it invokes; not seeing them yet, or having lost them, both want another look.
        raise TemporaryFailure("the raw message is not in the bucket") from None
    message = message_ulid(receipt.source_id, receipt.received_ms)
    log_event(
        "accepted",
        message=message,
        size=len(raw),
        recipients=len(receipt.envelope.recipients),
        source=receipt.source,
    )
    parsed = parse(raw)
    key = services.secrets.signing_key() if has_own_headers(raw) else None
    return _Intake(
        receipt=receipt,
        message=message,
        raw_key=raw_key,
        raw=raw,
        parsed=parsed,
        patterns=sender_patterns(receipt.envelope.mail_from, parsed.from_address),
        proven=proven_patterns(parsed, dmarc_pass=receipt.auth.dmarc is Outcome.PASS),
        key=key,
        hops=trace_hops(raw, key=key) if key else 0,
        now_ms=services.clock.now_ms(),
    )


def _judge(
    services: Services, intake: _Intake, view: View
) -> tuple[Facts, dict[Address, tuple[Contribution, ...]]]:
    """Facts as they are stored (those of an earlier run of the same event, if there was one) and each recipient's own evidence."""
    receipt, parsed = intake.receipt, intake.parsed
    sample = make_sample(intake.raw, parsed)
    common, own = layer_evidence(services, view.models, features(sample), receipt.envelope.recipients)
    facts = Facts(
        message=intake.message,
        source_id=receipt.source_id,
        source=receipt.source,
        raw_key=intake.raw_key,
        size=len(intake.raw),
        received_ms=receipt.received_ms or intake.now_ms,
        mail_from=receipt.envelope.mail_from,
        client_ip=receipt.envelope.client_ip,
        helo=receipt.envelope.helo,
        auth=receipt.auth,
        header_from=parsed.from_header[:MAX_SENDER],
        subject=parsed.subject[:MAX_SUBJECT],
        date=parsed.date[:80],
        header_message_id=parsed.message_id[:250],
        recipients=receipt.envelope.recipients,
        contributions=message_evidence(parsed, receipt) + common,
        defects=parsed.defects[:20],
        sample=sample,
    )
    if not services.index.add_facts(facts, expires_at=intake.now_ms // 1000 + FACTS_SECONDS):
        facts = services.index.get_facts(intake.message) or facts
    return facts, own


def _copy(
    services: Services,
    intake: _Intake,
    view: View,
    facts: Facts,
    recipient: Address,
    own: tuple[Contribution, ...],
) -> Copy:
    policy = resolve(view.policies.get(scope) for scope in scope_chain(recipient))
    evidence = own + _personal(services, intake, view, recipient)
    judgement = judge(facts.contributions + evidence)
    verdict = judgement.verdict(spam_at=policy.spam_at, unsure_at=policy.unsure_at)
    released = any(c.signal == "released" for c in evidence)
    dangerous = (is_dangerous(intake.receipt) and not released) or any(c.signal == "loop" for c in evidence)
    disposition = decide(policy, verdict, dangerous=dangerous)
    held = disposition is Disposition.QUARANTINE
    now = intake.now_ms // 1000
    state = State.HELD if held else State.QUEUED
    channel = Channel.SMTP if intake.receipt.source == "edge" else Channel.SES
    copy = Copy(
        id=CopyId(intake.message, recipient),
        state=state,
        verdict=verdict,
        disposition=disposition,
        score=judgement.score,
        received_ms=facts.received_ms,
        expires_at=now + policy.retention_days * DAY,
        sender=(str(intake.parsed.from_address or "") or facts.mail_from or facts.header_from)[:MAX_SENDER],
        subject=facts.subject,
        size=facts.size,
        raw_key=facts.raw_key,
        contributions=evidence,
        notation=_notation(policy, disposition, verdict),
        watch_at=0 if held else now + WATCH_SECONDS,
        log_days=policy.log_days,
        retention_days=policy.retention_days,
    )
    return copy.with_event(Event(intake.now_ms, state, "filter", channel))


def _personal(
    services: Services, intake: _Intake, view: View, recipient: Address
) -> tuple[Contribution, ...]:
    """Evidence that holds for one recipient: list entries, our own release header, a loop."""
    found: list[Contribution] = []
    entry = choose_entry(view.entries, recipient, intake.patterns, proven=intake.proven)
    if entry is not None:
        found.append(entry_contribution(entry))
    if intake.key is not None:
        origin = verify_release(intake.raw, recipient=recipient, key=intake.key, now_ms=intake.now_ms)
        if origin is not None:
            found.append(Contribution("released", RELEASED_WEIGHT, f"released before as {origin}"))
    if intake.hops >= services.options.max_hops:
        most = services.options.max_hops
        found.append(Contribution("loop", LOOP_WEIGHT, f"came through here {most} times"))
    return tuple(found)


def _notation(policy: EffectivePolicy, disposition: Disposition, verdict: Verdict) -> str:
    if disposition is not Disposition.TAG:
        return ""
    return policy.spam_notation if verdict is Verdict.SPAM else policy.unsure_notation


def _store(services: Services, copy: Copy, facts: Facts) -> Copy:
    """The copy as it is in the index: this one if it is new, else that of an earlier run."""
    if services.index.add_copy(copy):
        log_event(
            copy.state.value,
            id=facts.message,
            domain=copy.id.recipient.domain,
            verdict=copy.verdict.value,
            score=round(copy.score, 3),
        )
        return copy
    known = services.index.get_copy(copy.id, now=services.clock.now_ms() // 1000)
    # Gone since (expired, purged): say what it was, and do nothing more about it.
    return known or replace(copy, attempts=max(copy.attempts, 1))
