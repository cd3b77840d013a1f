"""What COPY, MOVE and EXPUNGE do, by the use cases: durable and repeatable, and done before the client hears of it."""

from __future__ import annotations

from collections.abc import Sequence

from pratique.domain.actor import Actor
from pratique.domain.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    LimitReached,
    NoRoute,
    NotFound,
    PratiqueError,
    RequestNeeded,
    TemporaryFailure,
)
from pratique.domain.ids import CopyId
from pratique.ports.services import Services
from pratique.usecases.act_in_bulk import MAX_IDS, BulkAction, BulkAnswer, Verb, act_in_bulk
from pratique.usecases.request_release import request_release
from pratique.usecases.withdraw_request import withdraw_request

from gateway.imap.storage import Code, Refused

from .folders import Folder

GONE = frozenset({NotFound.code, Conflict.code})
"""It was taken out, or let go, by somebody else meanwhile: nothing is left to do about it."""


def put_into(services: Services, actor: Actor, folder: Folder, ids: Sequence[CopyId]) -> list[CopyId]:
    """Release, teach, or both. Returns those that it was done to (now or before); those that are gone are left out.

    Raises Refused or TemporaryFailure where it could not be done to one: the others may have been, and asking again is harmless.
    """
    action = BulkAction(Verb.TRAIN, label=folder.label)
    if folder.release:
        action = BulkAction(Verb.RELEASE, train=folder.label is not None)
    return _act(services, actor, action, ids)


def take_out(services: Services, actor: Actor, ids: Sequence[CopyId]) -> list[CopyId]:
    """Remove held copies: a copy on its way out is not held any more, and stays as it is (EXPUNGE after COPY to Release)."""
    return _act(services, actor, BulkAction(Verb.REMOVE), ids)


def withdraw(services: Services, actor: Actor, ids: Sequence[CopyId]) -> None:
    """Nobody is asked any more what these are."""
    for copy_id in ids:
        withdraw_request(services, actor, copy_id)


def _act(services: Services, actor: Actor, action: BulkAction, ids: Sequence[CopyId]) -> list[CopyId]:
    done: list[CopyId] = []
    to_ask: list[CopyId] = []
    for start in range(0, len(ids), MAX_IDS):
        part = ids[start : start + MAX_IDS]
        answers = act_in_bulk(services, actor, action, [str(copy_id) for copy_id in part])
        for copy_id, answer in zip(part, answers, strict=True):
            if answer.ok:
                done.append(copy_id)
            elif answer.code == RequestNeeded.code:
                to_ask.append(copy_id)
            elif answer.code not in GONE:
                raise _error(answer)
    if to_ask:
        raise Refused(Code.NOPERM, _ask(services, actor, to_ask))
    return done


def _ask(services: Services, actor: Actor, ids: Sequence[CopyId]) -> str:
    """Ask for the release of what this login may not release; what the client is told. NO, not OK: the messages stay where they are."""
    denied = 0
    for copy_id in ids:
        try:
            request_release(services, actor, copy_id)
        except Conflict:
            denied += 1
    if denied == len(ids):
        return "Not released: an administrator has denied it"
    return "Not released: an administrator decides about such mail, and has been asked to release it"


def _error(answer: BulkAnswer) -> Exception:
    if answer.code == TemporaryFailure.code:
        return TemporaryFailure(answer.error)
    return refused(_known(answer.code), answer.error)


def _known(code: str) -> type[PratiqueError]:
    return next(
        (kind for kind in (NoRoute, LimitReached, Forbidden, InvalidInput) if kind.code == code),
        PratiqueError,
    )


def refused(kind: type[PratiqueError], words: str) -> Refused:
    """NO, with the code that says why."""
    if issubclass(kind, NoRoute):
        return Refused(Code.CANNOT, "The domain has no route: there is nowhere to deliver to")
    if issubclass(kind, LimitReached):
        return Refused(Code.LIMIT, "That is enough for today")
    if issubclass(kind, Forbidden):
        return Refused(Code.NOPERM, _ascii(words) if words else "This login may not do that")
    return Refused(Code.CANNOT, _ascii(words))


def _ascii(words: str) -> str:
    return "".join(char if " " <= char <= "~" else "?" for char in words)[:200]
