"""Reconcile, first walk: every stored message has its facts, its facts have their copies, and what has none left is gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pratique.domain.direction import Direction
from pratique.domain.envelope import AuthResults, Envelope, Outcome, Receipt
from pratique.domain.errors import InvalidInput, NotFound, PratiqueError, TemporaryFailure
from pratique.domain.gap import Gap, GapKind
from pratique.domain.ids import CopyId, check_source_id
from pratique.domain.message import Facts
from pratique.observability import log_event
from pratique.ports.message_store import StoredObject
from pratique.ports.services import Services
from pratique.usecases.envelopes import EDGE_MARK, read_envelope, written_by_ses
from pratique.usecases.expire_messages import purge_copy
from pratique.usecases.ingest_message import ingest_message
from pratique.usecases.receipts import read_receipts

GRACE_MS = 15 * 60_000
"""What is younger may still be under way."""
EVENT_MS = (6 * 60 + 30) * 60_000
"""Lambda keeps an event that it could not hand to ingest for six hours; only then is it certain that it does not come by itself."""
ABANDONED_MS = 5 * 86_400_000
"""Bytes that our edge stored and did not accept go after so long: the sender was told to come again, and has done so or given up."""
SETUP = "AMAZON_SES_SETUP_NOTIFICATION"
_FAILS = (b"x-ses-virus-verdict: fail", b"x-ses-spam-verdict: fail")


@dataclass(slots=True)
class Mended:
    """What a walk did: messages taken in that nobody had, copies that were missing, messages purged late, tries of the edge that led to
    nothing, objects that wait for their event, new gaps.
    """

    recovered: int = 0
    completed: int = 0
    purged: int = 0
    abandoned: int = 0
    waiting: int = 0
    gaps: int = 0
    failed: int = 0
    seen: int = field(default=0)


def reconcile_objects(
    services: Services, objects: Sequence[StoredObject], mended: Mended, *, prefix: str, grace_ms: int
) -> None:
    """Look after one page of the store, whose keys begin with `prefix`: what came in, or what people sent. What is younger than `grace_ms` may
    still be under way, and is left alone. Repeatable: what was mended is found in order.
    """
    outgoing = prefix == services.options.out_prefix
    now_ms = services.clock.now_ms()
    old = [each for each in objects if each.stored_ms + grace_ms <= now_ms and not each.key.endswith(SETUP)]
    mended.seen += len(old)
    names = {each: each.key.removeprefix(prefix) for each in old}
    messages = services.index.messages_of([names[each] for each in old])
    known = services.index.get_many_facts(list(messages.values()))
    _complete(services, list(known.values()), mended)
    for each in old:
        if names[each] in messages:
            continue
        if outgoing:
            _not_accepted(services, each, mended)
            continue
        try:
            _orphan(services, each, names[each], mended)
        except TemporaryFailure:
            raise
        except PratiqueError as error:
            mended.failed += 1
            log_event("not_reconciled", code=error.code)


def _complete(services: Services, known: Sequence[Facts], mended: Mended) -> None:
    """Copies that facts promise and nobody has; messages whose copies have all ended."""
    wanted = [copy_id for facts in known for copy_id in facts.copy_ids]
    there = set(services.index.get_copies(wanted, now=0))
    ended = services.index.has_ended([c for c in wanted if c not in there], now=0)
    for facts in known:
        missing = [c for c in facts.copy_ids if c not in there and c not in ended]
        # One that TTL took, for want of a sweep, was dropped from the message by the stream: it is over, and is not to come back.
        missing = [c for c in missing if services.index.is_expected(c)]
        if missing and facts.direction is Direction.INCOMING:
            ingest_message(services, receipt_of(facts))
            mended.completed += len(missing)
            log_event("completed", message=facts.message, copies=len(missing))
        elif not missing and not any(c in there for c in facts.copy_ids):
            purged = [purge_copy(services, copy_id) for copy_id in facts.copy_ids]
            mended.purged += any(purged)


def receipt_of(facts: Facts) -> Receipt:
    """What the receiving server told, as the facts keep it."""
    envelope = Envelope(facts.mail_from, facts.recipients, facts.client_ip, facts.helo)
    return Receipt(facts.source_id, facts.received_ms, envelope, facts.auth, source=facts.source)


def _orphan(services: Services, each: StoredObject, name: str, mended: Mended) -> None:
    """Bytes without facts: taken in if the envelope is known, else a person is told. Nobody guesses from To and Cc."""
    check_source_id(name)
    event = read_envelope(services, each.key)
    if event is not None:
        for receipt in read_receipts(event):
            ingest_message(services, receipt)
        mended.recovered += 1
        log_event("recovered", source=name)
        return
    if name.startswith(EDGE_MARK):
        _not_accepted(services, each, mended)
        return
    if services.clock.now_ms() - each.stored_ms < EVENT_MS:
        mended.waiting += 1
        return
    _without_event(services, each, name, mended)


def _not_accepted(services: Services, each: StoredObject, mended: Mended) -> None:
    """Whoever brought it was told to come again: it is nobody's, and goes after some days."""
    if services.clock.now_ms() - each.stored_ms < ABANDONED_MS:
        mended.waiting += 1
        return
    services.store.delete(each.key)
    mended.abandoned += 1


def _without_event(services: Services, each: StoredObject, name: str, mended: Mended) -> None:
    """SES's event never came. SES names one recipient in the message itself; whether there were others is not written anywhere."""
    if services.ledger.get_gap(name) is not None:
        return
    raw = services.store.get(each.key)
    written = written_by_ses(raw, name)
    kind = GapKind.PARTIAL if written else GapKind.NO_ENVELOPE
    hint = str(written.recipient) if written else ""
    now_ms = services.clock.now_ms()
    services.ledger.note_gap(Gap(name, kind, now_ms, each.size, each.stored_ms, hint))
    mended.gaps += 1
    if written:
        envelope = Envelope(written.mail_from, (written.recipient,))
        ingest_message(services, Receipt(name, each.stored_ms, envelope, _warnings(raw)))
        mended.recovered += 1
        log_event("recovered", source=name)


def _warnings(raw: bytes) -> AuthResults:
    """Of verdicts in the message only a FAIL is believed: a stranger who writes one harms nobody else."""
    head = raw[:65_536].lower()
    virus, spam = (Outcome.FAIL if line in head else Outcome.UNKNOWN for line in _FAILS)
    return AuthResults(spam=spam, virus=virus)


def recover(services: Services, name: str, receipt_from: Envelope) -> tuple[CopyId, ...]:
    """Take in a message that is in the store for recipients that a person names, also for more of them. Raises NotFound (no such message),
    InvalidInput.
    """
    key = services.options.raw_prefix + check_source_id(name)
    found = [each for each in services.store.list_objects(key, limit=1) if each.key == key]
    if not found:
        raise NotFound("no such message in the store")
    if not receipt_from.recipients:
        raise InvalidInput("name at least one recipient")
    message = services.index.messages_of([name]).get(name)
    facts = services.index.get_facts(message) if message else None
    if facts is None:
        receipt = Receipt(name, found[0].stored_ms, receipt_from, _warnings(services.store.get(key)))
    else:
        known = receipt_of(facts)
        people = dict.fromkeys([*known.envelope.recipients, *receipt_from.recipients])
        envelope = Envelope(
            known.envelope.mail_from, tuple(people), known.envelope.client_ip, known.envelope.helo
        )
        receipt = Receipt(name, facts.received_ms, envelope, facts.auth, source=facts.source)
    return tuple(copy.id for copy in ingest_message(services, receipt).copies)
