"""Lessons from mail that did not come through here: a corpus, a Maildir of ham, a folder of spam."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from pratique.domain.actor import Actor
from pratique.domain.envelope import Envelope, Receipt
from pratique.domain.errors import Forbidden, InvalidInput
from pratique.domain.lesson import Label, Lesson, author_of, standing_of
from pratique.domain.scope import Level, Scope
from pratique.filtering.examine import examine
from pratique.observability import log_event
from pratique.ports.queue import QueueName
from pratique.ports.services import Services
from pratique.usecases.train_message import give_back, spend_lessons

MAX_UPLOADS = 500
_NO_RECEIPT = Receipt("upload", 0, Envelope("", ()))


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

    Raises NotFound, Forbidden, InvalidInput (more than 500 at once), LimitReached.
    """
    actor.must_change(scope)
    if actor.scope.level is Level.RECIPIENT:
        raise Forbidden("only an administrator may teach from uploaded mail")
    if len(uploads) > MAX_UPLOADS:
        raise InvalidInput(f"at most {MAX_UPLOADS} messages at once")
    now_ms = services.clock.now_ms()
    lessons = [_lesson(actor, upload, scope, now_ms) for upload in uploads]
    distinct = {lesson.id: lesson for lesson in lessons}
    spend_lessons(services, actor, len(distinct))
    new = services.journal.add(list(distinct.values()))
    give_back(services, actor, len(distinct) - new)
    if lessons:
        services.queue.send(QueueName.LEARN, [{"scope": scope.key}])
    log_event("uploaded", lessons=len(lessons), new=new, level=scope.level.value)
    return TrainResult(new, len(lessons) - new)


def _lesson(actor: Actor, upload: Upload, scope: Scope, now_ms: int) -> Lesson:
    digest = hashlib.sha256(f"{scope.key}\n{upload.label.value}\n".encode() + upload.raw).hexdigest()[:32]
    standing = standing_of(actor)
    return Lesson(
        digest,
        scope,
        upload.label,
        author_of(actor),
        now_ms,
        examine(upload.raw, _NO_RECEIPT).sample,
        origin=f"upload:{upload.name[:200]}",
        channel=actor.channel,
        standing=standing,
        giver=actor.scope,
        rate=standing.rate,
    )
