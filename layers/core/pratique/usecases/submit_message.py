"""Mail out: what a login gives us to send is judged, counted, and sent on or held.

Repeatable at every step (invariant 3), as for mail that comes in: the bytes are there before this runs, facts and copies are conditional
puts, and a second run with the same submission finds the rows of the first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pratique.domain.actor import Actor
from pratique.domain.direction import Direction
from pratique.domain.errors import Forbidden, InvalidInput, TemporaryFailure
from pratique.domain.ids import check_source_id, message_ulid
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy, Facts
from pratique.domain.outgoing import MOST_RECIPIENTS, SENDING, Limits, Standing, locked, spams_after
from pratique.observability import log_event
from pratique.ports.queue import QueueName
from pratique.ports.services import Services
from pratique.usecases.draft_submission import Draft, Submission, draft_submission
from pratique.usecases.ingest_message import FACTS_SECONDS, STRUCTURE_SECONDS
from pratique.usecases.outgoing_notices import Blocked
from pratique.usecases.send_notice import queue_lock_notice, queue_report
from pratique.usecases.who_may_send import Permit, permit

TRIES = 8
"""How often a count is made again that another writer came before."""
SPAM_REASON = "too many messages that look like spam"


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of it. `copies` are empty where it was refused and not kept; `refused` says whether the sender is told no."""

    message: str
    copies: tuple[Copy, ...]
    refused: bool


def submit_message(services: Services, actor: Actor, submission: Submission) -> Submitted:
    """Take in a message to send.

    Raises Forbidden (not an address of this login), InvalidInput, SenderLocked, LimitReached (nothing was taken), TemporaryFailure (run it
    again). The bytes of what a limit or a lock refused stay for reconcile to delete: another run of the same submission may be taking it just
    now, and what that one counted is what refuses this one.
    """
    check_source_id(submission.source_id)
    if not 1 <= len(submission.recipients) <= MOST_RECIPIENTS:
        raise InvalidInput(f"a message has from 1 to {MOST_RECIPIENTS} recipients")
    message = message_ulid(submission.source_id, submission.received_ms)
    known = services.index.get_facts(message)
    before = _stored(services, known) if known is not None else ()
    try:
        allowed = permit(services, actor, submission.mail_from, again=known is not None)
    except Forbidden:
        if known is None:
            services.store.delete(services.options.out_prefix + submission.source_id)
        raise
    if known is not None and len(before) == len(known.copy_ids):
        return _answer(services, allowed, message, before)
    draft = _draft(services, actor, submission, allowed, message, known)
    keep = allowed.policy.outgoing_quarantine or not draft.blocked
    log_event(
        "submitted",
        message=message,
        size=draft.facts.size,
        recipients=len(draft.copies),
        domain=allowed.owner.domain,
        channel=actor.channel.value,
        blocked=draft.blocked,
    )
    if keep:
        _store(services, draft)
    _report(services, draft, kept=keep)
    if not keep:
        return Submitted(message, (), refused=True)
    return _answer(services, allowed, message, draft.copies)


def _draft(
    services: Services,
    actor: Actor,
    submission: Submission,
    allowed: Permit,
    message: str,
    known: Facts | None,
) -> Draft:
    """The submission judged and counted; what was counted before is not counted again."""
    now = services.clock.now_ms() // 1000
    if known is None:
        allowed.check(len(submission.recipients), now)
    draft = draft_submission(services, actor, submission, allowed, message, known)
    if known is None:
        _count(services, draft, now)
    return draft


def _count(services: Services, draft: Draft, now: int) -> None:
    """Count the recipients, and a blocked message, and lock at the policy's limit, in one write; for a login with many senders in another one as
    well. Raises SenderLocked, LimitReached.
    """
    allowed = draft.permit
    _add(services, draft, allowed.standing, allowed.limits, len(draft.copies), now)
    if allowed.whole is not None:
        _add(services, draft, allowed.whole, allowed.whole_limits, len(draft.copies), now)


def _add(
    services: Services, draft: Draft, before: Standing, limits: Limits, recipients: int, now: int
) -> None:
    allowed = draft.permit
    amounts = dict.fromkeys(SENDING, recipients)
    for _ in range(TRIES):
        before.check(limits, recipients, now)
        after = _after(before, limits, now) if draft.is_spam else None
        done = services.identities.count(before, amounts, most=limits.per_window, now=now, after=after)
        if done is not None:
            if after is not None and after.is_locked(now):
                log_event("sender_locked", domain=allowed.owner.domain, reason="spam")
                queue_lock_notice(services, done, allowed.owner, allowed.policy)
            return
        before = services.identities.get(before.identity)
    raise TemporaryFailure("too many messages of this sender at one moment")


def _after(before: Standing, limits: Limits, now: int) -> Standing:
    if before.would_lock(limits, now):
        return locked(before, limits, now=now, reason=SPAM_REASON, by="filter")
    return replace(before, spams=spams_after(before.spams, now))


def _store(services: Services, draft: Draft) -> None:
    """Facts, structure, copies."""
    facts, now = draft.facts, services.clock.now_ms() // 1000
    services.index.add_facts(facts, expires_at=now + FACTS_SECONDS)
    if any(copy.state is State.HELD for copy in draft.copies):
        _keep_structure(services, facts, max(copy.expires_at for copy in draft.copies))
    for copy in draft.copies:
        if services.index.add_copy(copy):
            log_event(
                copy.state.value,
                id=facts.message,
                domain=copy.id.owner.domain,
                verdict=copy.verdict.value,
                score=round(copy.score, 3),
                direction=Direction.OUTGOING.value,
            )


def _keep_structure(services: Services, facts: Facts, last: int) -> None:
    from pratique.filtering.mime import make_structure  # noqa: PLC0415 - most mail is sent on, and does not pay for it

    structure = make_structure(services.store.get(facts.raw_key))
    services.index.add_structure(facts.message, structure, expires_at=last + STRUCTURE_SECONDS)


def _stored(services: Services, facts: Facts) -> tuple[Copy, ...]:
    """The copies that an earlier run of the same submission stored."""
    found = services.index.get_copies(facts.copy_ids, now=services.clock.now_ms() // 1000)
    return tuple(found[each] for each in facts.copy_ids if each in found)


def _answer(services: Services, allowed: Permit, message: str, copies: tuple[Copy, ...]) -> Submitted:
    """Queue what is to be sent (again: a queue item may have been lost), and say what the sender hears."""
    waiting = [copy for copy in copies if copy.state is State.QUEUED and copy.attempts == 0]
    if waiting:
        services.queue.send(QueueName.DELIVER, [{"id": str(copy.id)} for copy in waiting])
    held = all(copy.state is State.HELD for copy in copies)
    return Submitted(message, copies, refused=held and allowed.policy.outgoing_response == "rejected")


def _report(services: Services, draft: Draft, *, kept: bool) -> None:
    allowed, facts = draft.permit, draft.facts
    if not draft.blocked:
        return
    if allowed.policy.outgoing_abuse_address and draft.is_spam:
        blocked = Blocked(
            facts.message,
            facts.user,
            facts.mail_from,
            [str(each) for each in facts.recipients],
            facts.client_ip,
            facts.received_ms,
            was_held=kept,
        )
        queue_report(services, blocked, allowed.owner, allowed.policy, raw_key=facts.raw_key)
    elif not kept:
        services.store.delete(facts.raw_key)
