"""What is to become of a message that a login gave us: judged, and a copy for each recipient, nothing stored yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pratique.domain.actor import Actor
from pratique.domain.address import Address
from pratique.domain.direction import Direction
from pratique.domain.envelope import AuthResults
from pratique.domain.errors import NotFound, TemporaryFailure
from pratique.domain.ids import CopyId
from pratique.domain.lifecycle import WATCH_SECONDS, State
from pratique.domain.listentry import ListEntry
from pratique.domain.message import MAX_SENDER, MAX_SUBJECT, Copy, Event, Facts
from pratique.domain.policy import DAY, Disposition
from pratique.domain.verdict import Contribution, Verdict, judge
from pratique.filtering.senders import entry_contribution
from pratique.ports.services import Services
from pratique.usecases.judge_outgoing import Judged, judge_outgoing
from pratique.usecases.note_uses import note_uses
from pratique.usecases.recipient_lists import entries_for_recipients
from pratique.usecases.trace import has_own_headers, trace_hops
from pratique.usecases.who_may_send import Permit, sends_as

LOOP = Contribution("loop", 30.0, "it came through here too often")


@dataclass(frozen=True, slots=True)
class Submission:
    """One message that a login gave us. Its bytes lie at the prefix of outgoing mail + `source_id` (see submission_bytes.as_submitted)."""

    source_id: str
    received_ms: int
    mail_from: str
    recipients: tuple[Address, ...]
    client_ip: str = ""
    helo: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A submission that was judged: by whom it is sent, what is known of it, and what is to become of each copy."""

    submission: Submission
    permit: Permit
    facts: Facts
    copies: tuple[Copy, ...]

    @property
    def blocked(self) -> bool:
        """Whether nobody would get it."""
        return all(copy.state is State.HELD for copy in self.copies)

    @property
    def is_spam(self) -> bool:
        """Whether it is blocked for what it is, and not because somebody said whom this sender may not write to."""
        return self.blocked and any(
            copy.state is State.HELD and all(item.signal != "list:block" for item in copy.contributions)
            for copy in self.copies
        )


def draft_submission(
    services: Services,
    actor: Actor,
    submission: Submission,
    allowed: Permit,
    message: str,
    known: Facts | None,
) -> Draft:
    """`known` are the facts of an earlier run of the same submission, if there was one: they stay."""
    raw_key = services.options.out_prefix + submission.source_id
    try:
        raw = services.store.get(raw_key)
    except NotFound:
        raise TemporaryFailure("the raw message is not in the bucket") from None
    judged = judge_outgoing(
        services,
        raw,
        mail_from=submission.mail_from,
        owner=allowed.owner,
        recipients=submission.recipients,
        own_from=lambda address: sends_as(services, actor, address),
    )
    facts = known or _facts(services, actor, submission, allowed, judged, message=message, size=len(raw))
    own = judged.own + _loop(services, raw)
    listed = _listed(services, facts)
    note_uses(services, listed.values(), now_ms=services.clock.now_ms())
    copies = tuple(
        _copy(services, actor, allowed, facts, own + _said(listed, copy_id), copy_id)
        for copy_id in facts.copy_ids
    )
    return Draft(submission, allowed, facts, copies)


def _listed(services: Services, facts: Facts) -> dict[CopyId, ListEntry]:
    """The list entry that counts for each copy that one counts for: of the sender's scopes, about the recipient."""
    found = entries_for_recipients(services, facts.copy_ids[0].owner, facts.recipients)
    return {each: found[each.recipient] for each in facts.copy_ids if each.recipient in found}


def _said(listed: Mapping[CopyId, ListEntry], copy_id: CopyId) -> tuple[Contribution, ...]:
    entry = listed.get(copy_id)
    return () if entry is None else (entry_contribution(entry),)


def _loop(services: Services, raw: bytes) -> tuple[Contribution, ...]:
    """Evidence that the message goes round in circles, by our own trace (invariant 11)."""
    if not has_own_headers(raw):
        return ()
    hops = trace_hops(raw, key=services.secrets.signing_key())
    return (LOOP,) if hops >= services.options.max_hops else ()


def _facts(
    services: Services,
    actor: Actor,
    submission: Submission,
    allowed: Permit,
    judged: Judged,
    *,
    message: str,
    size: int,
) -> Facts:
    parsed = judged.examined.parsed
    return Facts(
        message=message,
        source_id=submission.source_id,
        source="submission" if submission.client_ip else "api",
        raw_key=services.options.out_prefix + submission.source_id,
        size=size,
        received_ms=submission.received_ms,
        mail_from=submission.mail_from,
        client_ip=submission.client_ip[:45],
        helo=submission.helo[:255],
        auth=AuthResults(),
        header_from=parsed.from_header[:MAX_SENDER],
        subject=parsed.subject[:MAX_SUBJECT],
        date=parsed.date[:80],
        header_message_id=parsed.message_id[:250],
        recipients=submission.recipients,
        owners={each: allowed.owner for each in submission.recipients if each != allowed.owner},
        contributions=judged.common,
        defects=parsed.defects[:20],
        sample=judged.examined.sample,
        fingerprint=judged.examined.fingerprint,
        author=str(parsed.from_address) if judged.own_from else "",
        author_name=parsed.from_name[:80],
        direction=Direction.OUTGOING,
        user=actor.scope.key,
    )


def _copy(
    services: Services,
    actor: Actor,
    allowed: Permit,
    facts: Facts,
    own: tuple[Contribution, ...],
    copy_id: CopyId,
) -> Copy:
    policy, now_ms = allowed.policy, services.clock.now_ms()
    judgement = judge(facts.contributions + own)
    verdict = judgement.verdict(
        spam_at=policy.outgoing_spam_at, unsure_at=min(policy.unsure_at, policy.outgoing_spam_at)
    )
    held = verdict is Verdict.SPAM or LOOP in own
    state = State.HELD if held else State.QUEUED
    copy = Copy(
        id=copy_id,
        state=state,
        verdict=verdict,
        disposition=Disposition.QUARANTINE if held else Disposition.DELIVER,
        score=judgement.score,
        received_ms=facts.received_ms,
        expires_at=now_ms // 1000 + policy.outgoing_retention_days * DAY,
        sender=(facts.author or facts.mail_from or facts.header_from)[:MAX_SENDER],
        subject=facts.subject,
        size=facts.size,
        raw_key=facts.raw_key,
        contributions=own,
        watch_at=0 if held else now_ms // 1000 + WATCH_SECONDS,
        log_days=policy.log_days,
        retention_days=policy.outgoing_retention_days,
        fingerprint=facts.fingerprint,
    )
    return copy.with_event(Event(now_ms, state, "filter", actor.channel))
