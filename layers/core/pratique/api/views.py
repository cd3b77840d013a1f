"""From the field's words to what goes over the wire."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from pratique.domain.app_password import AppPassword
from pratique.domain.ids import CopyId
from pratique.domain.lifecycle import State
from pratique.domain.log_status import log_status
from pratique.domain.message import Copy, Event
from pratique.domain.release_request import ReleaseRequest
from pratique.domain.route import Route
from pratique.domain.scope import scope_chain
from pratique.domain.token import Token
from pratique.usecases.act_in_bulk import BulkAnswer
from pratique.usecases.fold_campaigns import Line, mistake_of
from pratique.usecases.read_message import MessageView

from . import given, given_settings


def moment(seconds: float) -> datetime:
    """Unix seconds as a time of day in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def clean(text: str) -> str:
    """Text of a stranger without lone surrogates, which JSON cannot carry as UTF-8."""
    return text.encode("utf-8", "replace").decode()


def line(found: Line) -> given.Message:
    """A line of a folded list: its copy, and what it stands for."""
    return msgspec.structs.replace(
        message(found.copy),
        chance=found.mistake.chance if found.copy.state is State.HELD else None,
        folded=[str(copy.id) for copy in found.others],
    )


def message(copy: Copy) -> given.Message:
    """A row of a list."""
    mistake = mistake_of(copy) if copy.state is State.HELD else None
    return given.Message(
        id=str(copy.id),
        recipient=str(copy.id.recipient),
        owner=str(copy.id.owner),
        direction=copy.id.direction,
        state=copy.state,
        status=log_status(copy),
        verdict=copy.verdict,
        disposition=copy.disposition,
        score=copy.score,
        received_at=moment(copy.received_ms / 1000),
        expires_at=moment(copy.expires_at),
        sender=clean(copy.sender),
        subject=clean(copy.subject),
        size=copy.size,
        lesson=copy.lesson,
        attempts=copy.attempts,
        reply=clean(copy.reply),
        chance=mistake.chance if mistake else None,
        reasons=list(mistake.reasons) if mistake else [],
        decided=decision(copy),
        held_for=copy.held_for,
        release_request=_request(copy.release_request),
    )


def _request(asked: ReleaseRequest | None) -> given.RequestView | None:
    if asked is None:
        return None
    return given.RequestView(
        state=asked.state,
        by=asked.by,
        at=moment(asked.at_ms / 1000),
        text=asked.text,
        answered_by=asked.answered_by,
        answered_at=moment(asked.answered_ms / 1000) if asked.answered_ms else None,
        note=asked.note,
    )


def decision(copy: Copy) -> given.Decision | None:
    """Who decided what becomes of it."""
    last = copy.decided
    if last is None:
        return None
    return given.Decision(moment(last.at_ms / 1000), last.state, last.actor, last.channel, last.action)


def step(event: Event) -> given.Step:
    """One step of a history."""
    return given.Step(
        moment(event.at_ms / 1000),
        event.state,
        event.actor,
        event.channel,
        clean(event.note),
        event.what,
        event.action,
    )


def detail(view: MessageView) -> given.MessageDetail:
    """A copy with its evidence and history."""
    facts, auth = view.facts, view.facts.auth
    return given.MessageDetail(
        message=message(view.copy),
        contributions=[given.Evidence(c.signal, c.weight, clean(c.detail)) for c in view.contributions],
        history=[step(event) for event in view.copy.events],
        checks=given.Checks(auth.spf, auth.dkim, auth.dmarc, auth.spam, auth.virus, auth.dmarc_policy),
        mail_from=clean(facts.mail_from),
        header_from=clean(facts.header_from),
        header_message_id=clean(facts.header_message_id),
        date=clean(facts.date),
        client_ip=clean(facts.client_ip),
        helo=clean(facts.helo),
        defects=[clean(d) for d in facts.defects],
        policies=judged_by(view.copy.id, view.copy.policy_versions),
        extensions=list(view.copy.extensions),
    )


def judged_by(copy_id: CopyId, versions: Sequence[int]) -> list[given.JudgedBy]:
    """The policies that a copy was judged by."""
    scopes = zip(scope_chain(copy_id.owner), versions, strict=False)
    return [given.JudgedBy(str(scope), version) for scope, version in scopes]


def bulk_item(answer: BulkAnswer) -> given.BulkItem:
    """One answer of a bulk call."""
    return given.BulkItem(
        id=answer.id,
        ok=answer.ok,
        state=answer.state or None,
        code=answer.code or None,
        detail=answer.error or None,
    )


def route(found: Route) -> given_settings.RouteView:
    """A next hop."""
    return given_settings.RouteView(
        **{n: getattr(found, n) for n in given_settings.RouteView.__struct_fields__}
    )


def password(found: AppPassword) -> given_settings.PasswordView:
    """An app password without its text."""
    return given_settings.PasswordView(
        id=found.id,
        login=str(found.scope),
        label=found.label,
        may_write=found.may_write,
        created_at=moment(found.created_ms / 1000),
        created_by=found.created_by,
        expires_at=None if found.expires_at is None else moment(found.expires_at),
        used_at=moment(found.used_ms / 1000) if found.used_ms else None,
    )


def token(found: Token) -> given_settings.TokenView:
    """A token without its secret."""
    return given_settings.TokenView(
        id=found.id,
        name=found.name,
        scope=str(found.scope),
        may_write=found.may_write,
        created_at=moment(found.created_ms / 1000),
        created_by=found.created_by,
        expires_at=None if found.expires_at is None else moment(found.expires_at),
    )
