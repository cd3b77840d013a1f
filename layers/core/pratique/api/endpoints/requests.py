"""Requests for release: ask, list, approve, deny."""

from __future__ import annotations

from pratique.domain.ids import parse_copy_id
from pratique.domain.scope import parse_scope
from pratique.usecases.answer_requests import approve_request, deny_request, list_requests
from pratique.usecases.request_release import request_release

from .. import asked_requests as asked
from .. import given, views
from ..endpoint import Call


def ask(call: Call) -> given.Message:
    """Ask for a release."""
    body: asked.AskRequest = call.body
    return views.message(
        request_release(call.services, call.actor, parse_copy_id(call.path["id"]), body.text)
    )


def list_(call: Call) -> given.MessageList:
    """Open requests."""
    query: asked.PageQuery = call.query
    page = list_requests(
        call.services,
        call.actor,
        call.actor.scope if query.scope is None else parse_scope(query.scope),
        limit=query.limit,
        cursor=query.cursor,
    )
    return given.MessageList(messages=[views.message(copy) for copy in page.copies], cursor=page.cursor)


def approve(call: Call) -> given.Message:
    """Release what was asked for."""
    body: asked.ApproveRequest = call.body
    copy_id = parse_copy_id(call.path["id"])
    return views.message(
        approve_request(call.services, call.actor, copy_id, note=body.note, override=body.override)
    )


def deny(call: Call) -> given.Message:
    """Leave it held, and say why."""
    body: asked.AnswerRequest = call.body
    return views.message(
        deny_request(call.services, call.actor, parse_copy_id(call.path["id"]), note=body.note)
    )
