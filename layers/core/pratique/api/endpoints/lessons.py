"""Lessons from raw messages."""

from __future__ import annotations

from pratique.domain.scope import parse_scope

from .. import asked, given
from ..endpoint import Call


def upload(call: Call) -> given.LessonsResult:
    """A batch of labelled raw messages."""
    from pratique.usecases.train_upload import (  # noqa: PLC0415 - brings the mail parser, which no other call needs at a cold start
        Upload,
        train_upload,
    )

    body: asked.LessonsRequest = call.body
    scope = call.actor.scope if body.scope is None else parse_scope(body.scope)
    uploads = [Upload(name=m.name, raw=m.raw, label=m.label) for m in body.messages]
    result = train_upload(call.services, call.actor, uploads, scope=scope)
    return given.LessonsResult(new=result.new, known=result.known)
