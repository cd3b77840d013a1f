"""Lessons from mail that did not come through here: a corpus, a Maildir of ham, a folder of spam."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from pratique.domain.actor import Actor
from pratique.domain.errors import Forbidden, InvalidInput
from pratique.domain.lesson import Label, Lesson
from pratique.domain.scope import Level, Scope
from pratique.filtering.classifier.sample import make_sample
from pratique.filtering.parse import parse
from pratique.observability import log_event
from pratique.ports.queue import QueueName
from pratique.ports.services import Services

MAX_UPLOADS = 500


@dataclass(frozen=True, slots=True)
class Upload:
    """One labelled message. `name` says where it came from (a file's name)."""

    name: str
    raw: bytes
    label: Label


@dataclass(frozen=True, slots=True)
class TrainResult:
    """How many lessons were new, and how many were known already (the same bytes, label and scope)."""

    new: int
    known: int


def train_upload(services: Services, actor: Actor, uploads: Sequence[Upload], *, scope: Scope) -> TrainResult:
    """Teach a scope's layer from labelled messages. Administrators only: nobody else can vouch for mail that was not received here.

    Raises NotFound, Forbidden, InvalidInput (more than 500 at once).
    """
    actor.must_change(scope)
    if actor.scope.level is Level.RECIPIENT:
        raise Forbidden("only an administrator may teach from uploaded mail")
    if len(uploads) > MAX_UPLOADS:
        raise InvalidInput(f"at most {MAX_UPLOADS} messages at once")
    now_ms = services.clock.now_ms()
    lessons = [_lesson(actor, upload, scope, now_ms) for upload in uploads]
    distinct = {lesson.id: lesson for lesson in lessons}
    new = services.journal.add(list(distinct.values()))
    if lessons:
        services.queue.send(QueueName.LEARN, [{"scope": scope.key}])
    log_event("uploaded", lessons=len(lessons), new=new, level=scope.level.value)
    return TrainResult(new, len(lessons) - new)


def _lesson(actor: Actor, upload: Upload, scope: Scope, now_ms: int) -> Lesson:
    digest = hashlib.sha256(f"{scope.key}\n{upload.label.value}\n".encode() + upload.raw).hexdigest()[:32]
    sample = make_sample(upload.raw, parse(upload.raw))
    return Lesson(
        digest, scope, upload.label, actor.name, now_ms, sample, origin=f"upload:{upload.name[:200]}"
    )
