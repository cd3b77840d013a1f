"""Mail in: judge it once, decide for each recipient, store, and queue what is to be delivered.

Repeatable at every step (invariant 3): the bytes are there before the event, facts and copies are conditional puts, a queue
message may come twice. A second run with the same event finds the rows of the first and changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pratique.domain.actor import Channel
from pratique.domain.address import Address
from pratique.domain.envelope import Receipt
from pratique.domain.errors import NotFound, PermanentFailure, TemporaryFailure
from pratique.domain.ids import CopyId
from pratique.domain.lifecycle import WATCH_SECONDS, State
from pratique.domain.listentry import ListEntry
from pratique.domain.message import MAX_SENDER, MAX_SUBJECT, Copy, Event, Facts
from pratique.domain.policy import DAY, Disposition, EffectivePolicy, decide, resolve
from pratique.domain.scope import scope_chain
from pratique.domain.verdict import Contribution, Verdict, judge
from pratique.filtering.signals.provider import is_dangerous
from pratique.observability import log_event
from pratique.ports.directory import View
from pratique.ports.queue import QueueName
from pratique.ports.services import Services
from pratique.usecases.judge_message import (
    Seen,
    calibration_evidence,
    entry_that_counts,
    gather_evidence,
    look_at,
    personal_evidence,
)
from pratique.usecases.late_events import message_of, with_strangers
from pratique.usecases.note_uses import note_uses
from pratique.usecases.receipts import check_readable

FACTS_SECONDS = 800 * DAY
"""Backstop of the facts row: longer than retention, delivery and record of any copy together."""
STRUCTURE_SECONDS = 400 * DAY
"""Backstop of the structure: a released or failed copy is kept for another retention at most."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of a message: its ULID and every recipient's copy as it is stored. `quiet` are the ids of held copies of which the sender is
    not to hear.
    """

    message: str
    copies: tuple[Copy, ...]
    quiet: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Intake:
    """A message on its way in: its ULID, where its bytes lie, and what was seen of it."""

    message: str
    raw_key: str
    seen: Seen

    @property
    def receipt(self) -> Receipt:
        """What the receiving server told."""
        return self.seen.receipt


@dataclass(frozen=True, slots=True)
class _Judged:
    """What is thought of a message: its facts; whose each recipient's copy is; and by owner, its own evidence and the list entry that
    counts for it.
    """

    view: View
    facts: Facts
    owners: dict[Address, Address]
    own: dict[Address, tuple[Contribution, ...]]
    entries: dict[Address, ListEntry]

    @property
    def copy_ids(self) -> list[CopyId]:
        """One copy for each recipient, also where several are one person's: each goes where it was sent."""
        return [CopyId(self.facts.message, recipient, owner) for recipient, owner in self.owners.items()]


def ingest_message(services: Services, receipt: Receipt) -> Ingested:
    """Take in the message that the receipt tells of; its bytes lie at the raw prefix + source id.

    Raises TemporaryFailure when something outside failed (run it again), PermanentFailure when the envelope names nobody this can
    be stored for (the bytes stay, the event goes to the dead-letter queue, a person looks).
    """
    intake = _open(services, receipt)
    replies: tuple[Copy, ...] = ()
    if services.options.digest_domain in {each.domain for each in receipt.envelope.recipients}:
        from pratique.usecases.take_replies import part_replies  # noqa: PLC0415 - few answer a digest, nobody else pays for it

        left, replies = part_replies(services, intake.message, intake.raw_key, intake.seen)
        intake = replace(intake, seen=left)
        if not intake.receipt.envelope.recipients:
            check_readable(intake.receipt, intake.message)
            return Ingested(intake.message, replies)
    judged = _judge(
        services, intake, _look_up(services, intake, intake.receipt.envelope.recipients, aliases=True)
    )
    copies = [_copy(services, intake, judged, copy_id) for copy_id in judged.copy_ids]
    if any(copy.state is State.HELD or copy.training_days for copy in copies):
        _keep_structure(services, intake, max(copy.expires_at for copy in copies))
    stored = tuple(_store(services, copy, judged.facts) for copy in copies)
    waiting = [copy for copy in stored if copy.state is State.QUEUED and copy.attempts == 0]
    if waiting:
        services.queue.send(QueueName.DELIVER, [{"id": str(copy.id)} for copy in waiting])
    quiet = _tell(services, intake, judged.view, stored)
    note_uses(services, judged.entries.values(), now_ms=intake.seen.now_ms)
    check_readable(intake.receipt, intake.message)
    return Ingested(intake.message, stored + replies, quiet)


def _tell(services: Services, intake: _Intake, view: View, copies: tuple[Copy, ...]) -> frozenset[str]:
    if not any(copy.state is State.HELD for copy in copies):
        return frozenset()
    from pratique.usecases.tell_of_held import tell_of_held  # noqa: PLC0415 - most mail is delivered, and does not pay for it

    return tell_of_held(services, intake.seen, view, copies)


def _keep_structure(services: Services, intake: _Intake, last: int) -> None:
    """What a mail client is shown of the message without its bytes: only where one may ask. Before the copies, for they show it.

    `last` is when the last copy expires at the earliest (Unix seconds); the row goes with the facts, and by its own end a year later.
    """
    from pratique.filtering.mime import make_structure  # noqa: PLC0415 - most mail is delivered, and does not pay for it

    structure = make_structure(intake.seen.raw)
    services.index.add_structure(intake.message, structure, expires_at=last + STRUCTURE_SECONDS)


def _open(services: Services, receipt: Receipt) -> _Intake:
    if not receipt.envelope.recipients:
        raise PermanentFailure("the event names no recipient: the bytes stay where they are")
    raw_key = services.options.raw_prefix + receipt.source_id
    try:
        raw = services.store.get(raw_key)
    except NotFound:
        # SES stores the bytes before it invokes; not seeing them yet, or having lost them, both want another look.
        raise TemporaryFailure("the raw message is not in the bucket") from None
    message = message_of(services, receipt)
    log_event(
        "accepted",
        message=message,
        size=len(raw),
        recipients=len(receipt.envelope.recipients),
        source=receipt.source,
    )
    return _Intake(message, raw_key, look_at(services, receipt, raw))


def _look_up(
    services: Services, intake: _Intake, people: Sequence[Address], *, aliases: bool = False
) -> View:
    seen = intake.seen
    return services.directory.look_up(
        people, seen.sender.patterns, seen.claim.question, host=seen.sender.host, aliases=aliases
    )


def _judge(services: Services, intake: _Intake, view: View) -> _Judged:
    """Facts as they are stored (those of an earlier run of the same event, if there was one) and each owner's evidence.

    Whose mail it is stays as the first run found it: were the copies of a second run somebody else's, they would be delivered again.
    """
    people = intake.receipt.envelope.recipients
    owners = {address: view.owner(address) for address in people}
    evidence = gather_evidence(services, intake.seen, view, list(dict.fromkeys(owners.values())))
    facts = _facts(intake, view, evidence.common)
    if not services.index.add_facts(facts, expires_at=intake.seen.now_ms // 1000 + FACTS_SECONDS):
        facts = with_strangers(services, services.index.get_facts(intake.message) or facts, owners)
        known = {each: facts.owners.get(each, each) for each in people if each in facts.recipients}
        if known.items() - owners.items():
            owners |= known
            mailboxes = list(dict.fromkeys(owners.values()))
            view = _look_up(services, intake, mailboxes)
            evidence = gather_evidence(services, intake.seen, view, mailboxes)
    entries = {owner: entry_that_counts(intake.seen, view, owner) for owner in owners.values()}
    return _Judged(view, facts, owners, evidence.own, {o: e for o, e in entries.items() if e is not None})


def _facts(intake: _Intake, view: View, common: tuple[Contribution, ...]) -> Facts:
    receipt, examined = intake.receipt, intake.seen.examined
    parsed, now_ms = examined.parsed, intake.seen.now_ms
    return Facts(
        message=intake.message,
        source_id=receipt.source_id,
        source=receipt.source,
        raw_key=intake.raw_key,
        size=len(intake.seen.raw),
        received_ms=receipt.received_ms or now_ms,
        mail_from=receipt.envelope.mail_from,
        client_ip=intake.seen.sender.host[:45],
        helo=receipt.envelope.helo,
        auth=receipt.auth,
        header_from=parsed.from_header[:MAX_SENDER],
        subject=parsed.subject[:MAX_SUBJECT],
        date=parsed.date[:80],
        header_message_id=parsed.message_id[:250],
        recipients=receipt.envelope.recipients,
        owners=view.owners,
        contributions=common,
        defects=parsed.defects[:20],
        sample=examined.sample,
        fingerprint=examined.fingerprint,
        author=str(parsed.from_address) if intake.seen.claim.proven else "",
        author_name=parsed.from_name[:80],
    )


def _copy(services: Services, intake: _Intake, judged: _Judged, copy_id: CopyId) -> Copy:
    view, facts, owner = judged.view, judged.facts, copy_id.owner
    policy = resolve(view.policies.get(scope) for scope in scope_chain(owner))
    entry = judged.entries.get(owner)
    evidence = judged.own[owner] + personal_evidence(services, intake.seen, view, copy_id, entry)
    evidence += calibration_evidence(view, owner, facts.contributions + evidence, spam_at=policy.spam_at)
    judgement = judge(facts.contributions + evidence)
    verdict = judgement.verdict(spam_at=policy.spam_at, unsure_at=policy.unsure_at)
    disposition = decide(policy, verdict, dangerous=_is_dangerous(intake, evidence))
    held = disposition is Disposition.QUARANTINE
    now = intake.seen.now_ms // 1000
    copy = Copy(
        id=copy_id,
        state=State.HELD if held else State.QUEUED,
        verdict=verdict,
        disposition=disposition,
        score=judgement.score,
        received_ms=facts.received_ms,
        expires_at=now + policy.retention_days * DAY,
        sender=_sender(intake, facts),
        subject=facts.subject,
        size=facts.size,
        raw_key=facts.raw_key,
        contributions=evidence,
        notation=_notation(policy, disposition, verdict),
        notation_in=policy.notation,
        policy_versions=tuple(view.versions.get(scope, 0) for scope in scope_chain(owner)),
        watch_at=0 if held else now + WATCH_SECONDS,
        log_days=policy.log_days,
        retention_days=policy.retention_days,
        training_days=_training_days(policy, verdict),
        fingerprint=facts.fingerprint,
    )
    if held:
        from pratique.usecases.hold_copy import as_held  # noqa: PLC0415 - most mail is delivered, and does not pay for it

        dangerous = _is_dangerous(intake, evidence)
        copy = as_held(copy, judgement.contributions, intake.seen, policy, dangerous=dangerous)
    return copy.with_event(_judged(intake, copy.state))


def _judged(intake: _Intake, state: State) -> Event:
    channel = Channel.SMTP if intake.receipt.source == "edge" else Channel.SES
    return Event(intake.seen.now_ms, state, "filter", channel)


def _is_dangerous(intake: _Intake, own: tuple[Contribution, ...]) -> bool:
    marks = {item.signal for item in own}
    return (is_dangerous(intake.receipt) and "released" not in marks) or "loop" in marks


def _sender(intake: _Intake, facts: Facts) -> str:
    written = str(intake.seen.examined.parsed.from_address or "")
    return (written or facts.mail_from or facts.header_from)[:MAX_SENDER]


def _training_days(policy: EffectivePolicy, verdict: Verdict) -> int:
    return policy.training_days if policy.training_requested and verdict is Verdict.UNSURE else 0


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
            domain=copy.id.owner.domain,
            verdict=copy.verdict.value,
            score=round(copy.score, 3),
        )
        return copy
    known = services.index.get_copy(copy.id, now=services.clock.now_ms() // 1000)
    # Gone since (expired, purged): say what it was, and do nothing more about it.
    return known or replace(copy, attempts=max(copy.attempts, 1))
