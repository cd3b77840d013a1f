"""Lessons as rows, and the keys of everything that the journal holds (docs/decisions/0004-lessons-can-be-undone.md)."""

from __future__ import annotations

import zlib

from pratique.domain.actor import Channel
from pratique.domain.lesson import Label, Lesson, LessonRecord, LessonState, Standing
from pratique.domain.scope import Scope, scope_from_key
from pratique.ports.journal import Kept, Outcome, Waiting

from .rows import unpack
from .table import TTL_ATTRIBUTE, Key, Row, number, text, whole, words

KEPT_SECONDS = 400 * 86_400
"""How long the record of a lesson stays: the same report is no new lesson for that long."""
STATE_KEY = "STATE"
DUE = "J#due"
"""Partition of the expiry index with one row per scope: when the oldest lesson is old enough for its base."""


def partition(kind: str, scope: Scope) -> str:
    """`J`: records. `JP`: waiting, `JU`: taken back, `JK`: kept, `JH`: held out, `JQ`: parked."""
    return f"{kind}#{scope.key}"


def record_key(scope: Scope, lesson_id: str) -> Key:
    """Where the record of a lesson is."""
    return partition("J", scope), f"L#{lesson_id}"


def kept_key(scope: Scope, seq: int) -> Key:
    """Where a lesson of the model is."""
    return partition("JK", scope), f"{seq:015d}"


def aside_key(scope: Scope, lesson_id: str, state: LessonState) -> Key:
    """Where the sample of a lesson that is held out or parked is."""
    return partition("JH" if state is LessonState.HELD_OUT else "JQ", scope), lesson_id


def place_at(at_ms: int, lesson_id: str) -> str:
    """Where a lesson waits: by time, then by id."""
    return f"{at_ms:015d}#{lesson_id}"


def author_partition(domain: str | None, author: str) -> str:
    """The partition of the global index with what an author taught a domain and its people (None: the global layer)."""
    return f"J@{domain or '*'}@{author}"


def _fields(lesson: Lesson) -> Row:
    row: Row = {
        "lesson": text(lesson.id),
        "label": text(lesson.label),
        "author": text(lesson.author),
        "created": number(lesson.created_ms),
        "channel": text(lesson.channel),
        "standing": text(lesson.standing),
        "rate": text(repr(lesson.rate)),
    }
    if lesson.origin:
        row["origin"] = text(lesson.origin)
    if lesson.giver is not None:
        row["giver"] = text(lesson.giver.key)
    if lesson.fingerprint:
        row["fingerprint"] = text(lesson.fingerprint)
    if lesson.accepted:
        row["accepted"] = {"BOOL": True}
    return row


def _lesson(scope: Scope, row: Row, sample: bytes) -> Lesson:
    giver = words(row, "giver")
    return Lesson(
        id=words(row, "lesson"),
        scope=scope,
        label=Label(words(row, "label")),
        author=words(row, "author"),
        created_ms=whole(row, "created"),
        sample=sample,
        origin=words(row, "origin"),
        channel=Channel(words(row, "channel")),
        standing=Standing(words(row, "standing")),
        giver=scope_from_key(giver) if giver else None,
        rate=float(words(row, "rate")),
        fingerprint=words(row, "fingerprint"),
        accepted="accepted" in row,
    )


def record_row(record: LessonRecord, place: str) -> Row:
    """The record of a lesson, in the lists of its scope, its state there and its author. `place` is where it waits, or waited."""
    lesson = record.lesson
    pk, sk = record_key(lesson.scope, lesson.id)
    row = _fields(lesson) | {
        "pk": text(pk),
        "sk": text(sk),
        "state": text(record.state),
        "place": text(place),
        "gr": text(pk),
        "gd": text(f"{pk}#{record.state}"),
        "gg": text(author_partition(lesson.scope.domain, lesson.author)),
        "gs": text(place_at(lesson.created_ms, lesson.id)),
        TTL_ATTRIBUTE: number(lesson.created_ms // 1000 + KEPT_SECONDS),
    }
    if record.seq:
        row["seq"] = number(record.seq)
    if record.changed_ms:
        row["changed"] = number(record.changed_ms)
        row["by"] = text(record.changed_by)
    if record.note:
        row["note"] = text(record.note)
    return row


def record_from_row(row: Row) -> LessonRecord:
    """The record that a row holds."""
    scope = scope_from_key(words(row, "pk").partition("#")[2])
    return LessonRecord(
        lesson=_lesson(scope, row, b""),
        state=LessonState(words(row, "state")),
        seq=whole(row, "seq"),
        changed_ms=whole(row, "changed"),
        changed_by=words(row, "by"),
        note=words(row, "note"),
    )


def waiting_row(lesson: Lesson, place: str) -> Row:
    """A lesson that waits, with its sample."""
    return _fields(lesson) | {
        "pk": text(partition("JP", lesson.scope)),
        "sk": text(place),
        "sample": {"B": zlib.compress(lesson.sample)},
    }


def waiting_from_row(scope: Scope, row: Row) -> Waiting:
    """The lesson that waits in a row."""
    return Waiting(words(row, "sk"), _lesson(scope, row, unpack(row["sample"]["B"])))


def sample_row(outcome: Outcome, *, now_ms: int, until: int) -> Row | None:
    """Where the sample of a settled lesson goes: kept for replay, or aside; None for nowhere."""
    lesson = outcome.waiting.lesson
    packed = {"B": zlib.compress(lesson.sample)}
    if outcome.state is LessonState.APPLIED:
        pk, sk = kept_key(lesson.scope, outcome.seq)
        return {
            "pk": text(pk),
            "sk": text(sk),
            "lesson": text(lesson.id),
            "label": text(lesson.label),
            "rate": text(repr(lesson.rate)),
            "base": text(" ".join(map(repr, outcome.base))),
            "kept": number(now_ms),
            "sample": packed,
        }
    if outcome.state in (LessonState.HELD_OUT, LessonState.PARKED):
        pk, sk = aside_key(lesson.scope, lesson.id, outcome.state)
        return {
            "pk": text(pk),
            "sk": text(sk),
            "label": text(lesson.label),
            "sample": packed,
            TTL_ATTRIBUTE: number(until),
        }
    return None


def kept_from_row(row: Row) -> Kept:
    """A lesson of the model."""
    return Kept(
        seq=int(words(row, "sk")),
        id=words(row, "lesson"),
        label=Label(words(row, "label")),
        rate=float(words(row, "rate")),
        base=tuple(map(float, words(row, "base").split())),
        sample=unpack(row["sample"]["B"]),
        kept_ms=whole(row, "kept"),
    )
