"""Copies and facts as rows, and the keys of every list they are in (docs/decisions/0001-index-keys.md)."""

from __future__ import annotations

import json
import zlib
from dataclasses import fields
from typing import Any

from pratique.domain.actor import Channel
from pratique.domain.direction import Direction
from pratique.domain.envelope import AuthResults, Outcome
from pratique.domain.errors import PermanentFailure
from pratique.domain.ids import CopyId, copy_id_at, copy_id_of
from pratique.domain.lifecycle import LIVE, State
from pratique.domain.message import MAX_EVENTS, Copy, Event, Facts, What
from pratique.domain.policy import DAY, Disposition
from pratique.domain.verdict import Contribution, Verdict

from .judged_rows import add_judged, judged_in
from .places import copy_key, due_keys, list_keys
from .table import TTL_ATTRIBUTE, Row, number, text, whole, words

FACTS_KEY = "META"
STRUCTURE_KEY = "STRUCTURE"
BACKSTOP_SECONDS = 7 * DAY
"""TTL takes a copy's row so long after its time: the sweep is to be first, for it keeps the history (histories.py)."""
MAX_UNPACKED = 4 << 20
"""Octets that a packed attribute may unfold to; a row holds 400 kB packed."""


def copy_row(copy: Copy, shards: int) -> Row:
    """A copy as a new row. Values that are empty are left out. The TTL attribute is only there when the copy is not on its way."""
    pk, sk = copy_key(copy.id)
    row: Row = {
        "pk": text(pk),
        "sk": text(sk),
        "gs": text(copy.id.place),
        "state": text(copy.state),
        "verdict": text(copy.verdict),
        "disposition": text(copy.disposition),
        # As text: DynamoDB's numbers end at 1E-130, and a very clean message scores below that.
        "score": text(repr(copy.score)),
        "received": number(copy.received_ms),
        "until": number(copy.expires_at),
        "sender": text(copy.sender),
        "subject": text(copy.subject),
        "size": number(copy.size),
        "raw": text(copy.raw_key),
        "log_days": number(copy.log_days),
        "retention_days": number(copy.retention_days),
        "version": number(copy.version),
        "events": {"L": [event_value(event) for event in copy.events]},
    }
    keys = list_keys(copy.id, copy.state, shards, requested=is_requested(copy), asked=copy.is_asked_for)
    row.update((name, text(key)) for name, key in keys.items())
    due = due_keys(copy.id, copy.state, expires_at=copy.expires_at, watch_at=copy.watch_at, shards=shards)
    if due is not None:
        row["ge"], row["gx"] = text(due[0]), text(due[1])
    if copy.state not in LIVE:
        row[TTL_ATTRIBUTE] = number(copy.expires_at + BACKSTOP_SECONDS)
    _add_occasional(row, copy)
    return row


def _add_occasional(row: Row, copy: Copy) -> None:
    """The attributes that most copies have no value for."""
    for name in ("notation", "reply", "lesson", "fingerprint", "triage"):
        if getattr(copy, name):
            row[name] = text(getattr(copy, name))
    for name in ("attempts", "lessons", "training_days"):
        if getattr(copy, name):
            row[name] = number(getattr(copy, name))
    for name, value in (
        ("lease", copy.lease_until_ms),
        ("watch", copy.watch_at),
        ("requested", copy.requested_until),
    ):
        if value:
            row[name] = number(value)
    add_judged(row, copy)
    if copy.contributions:
        row["why"] = text(_contributions_text(copy.contributions))


def copy_from_row(row: Row) -> Copy:
    """The copy that a row holds."""
    return Copy(
        id=copy_id_at(words(row, "gs")),
        state=State(words(row, "state")),
        verdict=Verdict(words(row, "verdict")),
        disposition=Disposition(words(row, "disposition")),
        score=float(words(row, "score")),
        received_ms=whole(row, "received"),
        expires_at=whole(row, "until"),
        sender=words(row, "sender"),
        subject=words(row, "subject"),
        size=whole(row, "size"),
        raw_key=words(row, "raw"),
        contributions=_contributions(json.loads(words(row, "why", "[]"))),
        notation=words(row, "notation"),
        attempts=whole(row, "attempts"),
        lease_until_ms=whole(row, "lease"),
        watch_at=whole(row, "watch"),
        reply=words(row, "reply"),
        lesson=words(row, "lesson"),
        lessons=whole(row, "lessons"),
        log_days=whole(row, "log_days"),
        retention_days=whole(row, "retention_days"),
        training_days=whole(row, "training_days"),
        requested_until=whole(row, "requested"),
        fingerprint=words(row, "fingerprint"),
        triage=words(row, "triage"),
        version=whole(row, "version", 1),
        events=events_from(row)[-MAX_EVENTS:],
        **judged_in(row),
    )


def is_requested(copy: Copy) -> bool:
    """Whether the copy is in the lists of those that ask for training."""
    return copy.state is State.DELIVERED and copy.requested_until > 0 and not copy.lesson


def event_value(event: Event) -> dict[str, Any]:
    """One step of a copy's history."""
    parts = [event.at_ms, event.state, event.actor, event.channel, event.note]
    if event.action or event.what is not What.MOVE:
        parts += [event.what, event.action]
    return text(json.dumps(parts))


def events_from(row: Row) -> tuple[Event, ...]:
    """The steps that a row holds, the oldest first."""
    return tuple(_event(value["S"]) for value in row["events"]["L"])


def _event(value: str) -> Event:
    at_ms, state, actor, channel, note, *more = json.loads(value)
    what, action = more or (What.MOVE, "")
    return Event(at_ms, State(state), actor, Channel(channel), note, What(what), action)


def facts_row(facts: Facts, expires_at: int) -> Row:
    """A message's facts as a new row: what is searched by or changed has an attribute, the rest is packed."""
    packed = {
        "mail_from": facts.mail_from,
        "client_ip": facts.client_ip,
        "helo": facts.helo,
        "auth": {field.name: str(getattr(facts.auth, field.name)) for field in fields(AuthResults)},
        "header_from": facts.header_from,
        "subject": facts.subject,
        "date": facts.date,
        "header_message_id": facts.header_message_id,
        "recipients": [copy_id.people for copy_id in facts.copy_ids],
        "contributions": [[c.signal, c.weight, c.detail] for c in facts.contributions],
        "defects": list(facts.defects),
        "fingerprint": facts.fingerprint,
        "author": facts.author,
        "author_name": facts.author_name,
        "direction": facts.direction,
        "user": facts.user,
    }
    row: Row = {
        "pk": text(f"X#{facts.message}"),
        "sk": text(FACTS_KEY),
        "source_id": text(facts.source_id),
        # In the expiry index, where reconcile finds a message by what the receiving server called it.
        "ge": text(f"S#{facts.source_id}"),
        "gx": text(facts.message),
        "source": text(facts.source),
        "raw": text(facts.raw_key),
        "size": number(facts.size),
        "received": number(facts.received_ms),
        "packed": {"B": zlib.compress(json.dumps(packed).encode())},
        "sample": {"B": zlib.compress(facts.sample)},
        TTL_ATTRIBUTE: number(expires_at),
    }
    if facts.recipients:
        row["live"] = {"SS": sorted({str(address) for address in facts.recipients})}
    return row


def structure_row(message: str, structure: bytes, expires_at: int) -> Row:
    """What IMAP shows of a message, beside its facts. It comes packed."""
    return {
        "pk": text(f"X#{message}"),
        "sk": text(STRUCTURE_KEY),
        "structure": {"B": structure},
        TTL_ATTRIBUTE: number(expires_at),
    }


def facts_from_row(row: Row) -> Facts:
    """The facts that a row holds."""
    packed = json.loads(unpack(row["packed"]["B"]))
    auth = packed["auth"]
    return Facts(
        message=words(row, "pk")[2:],
        source_id=words(row, "source_id"),
        source=words(row, "source"),
        raw_key=words(row, "raw"),
        size=whole(row, "size"),
        received_ms=whole(row, "received"),
        mail_from=packed["mail_from"],
        client_ip=packed["client_ip"],
        helo=packed["helo"],
        auth=AuthResults(
            **{name: Outcome(auth[name]) for name in ("spf", "dkim", "dmarc", "spam", "virus")},
            dmarc_policy=auth["dmarc_policy"],
        ),
        header_from=packed["header_from"],
        subject=packed["subject"],
        date=packed["date"],
        header_message_id=packed["header_message_id"],
        recipients=tuple(found.recipient for found in _people(packed["recipients"])),
        owners={found.recipient: found.of for found in _people(packed["recipients"]) if found.of},
        contributions=_contributions(packed["contributions"]),
        defects=tuple(packed["defects"]),
        sample=unpack(row["sample"]["B"]),
        fingerprint=packed.get("fingerprint", ""),
        author=packed.get("author", ""),
        author_name=packed.get("author_name", ""),
        direction=Direction(packed.get("direction", Direction.INCOMING)),
        user=packed.get("user", ""),
    )


def unpack(data: bytes) -> bytes:
    """The octets that zlib packed, bounded. Raises PermanentFailure for what we cannot have written."""
    opened = zlib.decompressobj()
    try:
        whole_text = opened.decompress(data, MAX_UNPACKED)
    except zlib.error as error:
        raise PermanentFailure("a row's packed part cannot be read") from error
    if not opened.eof:
        raise PermanentFailure("a row's packed part is cut or too long")
    return whole_text


def _contributions_text(contributions: tuple[Contribution, ...]) -> str:
    return json.dumps([[c.signal, c.weight, c.detail] for c in contributions])


def _contributions(values: list[Any]) -> tuple[Contribution, ...]:
    return tuple(Contribution(signal, weight, detail) for signal, weight, detail in values)


def _people(values: list[str]) -> list[CopyId]:
    return [copy_id_of("", people) for people in values]
