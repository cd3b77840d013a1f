"""One action on many messages, answered for each."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from pratique.domain.action import Deed, DeedKind
from pratique.domain.actor import Actor
from pratique.domain.errors import InvalidInput, NotFound, PratiqueError, TemporaryFailure
from pratique.domain.ids import CopyId, parse_copy_id
from pratique.domain.lesson import Label
from pratique.domain.message import Copy
from pratique.domain.route import Route
from pratique.ports.services import Services
from pratique.usecases.acting import acting, note_deed
from pratique.usecases.change_lists import USUAL, Listing
from pratique.usecases.release_message import Outbox, release_one
from pratique.usecases.release_rights import Policies
from pratique.usecases.remove_message import remove_one
from pratique.usecases.restore_message import restore_one
from pratique.usecases.train_message import teach, untrain

MAX_IDS = 1000
WORKERS = 8
"""Writes under way at once: the API must answer within 30 seconds (API Gateway's limit)."""


class Verb(enum.StrEnum):
    """What can be done to many at once."""

    RELEASE = "release"
    REMOVE = "remove"
    RESTORE = "restore"
    TRAIN = "train"
    UNTRAIN = "untrain"


@dataclass(frozen=True, slots=True)
class BulkAction:
    """The action and its options, as for one message."""

    verb: Verb
    train: bool = False
    allow: str | None = None
    block: str | None = None
    label: Label | None = None
    listing: Listing = USUAL
    override: bool = False


@dataclass(frozen=True, slots=True)
class BulkAnswer:
    """What became of one id: `state` of the copy when ok, else the error's stable code and its text."""

    id: str
    ok: bool
    state: str = ""
    code: str = ""
    error: str = ""


def act_in_bulk(services: Services, actor: Actor, action: BulkAction, ids: Sequence[str]) -> list[BulkAnswer]:
    """Act on up to 1,000 messages. Answers come in the order of `ids`; an id given twice is acted on once.

    Raises InvalidInput for the call as a whole (too many, no label); what concerns one id is in its answer.
    """
    if len(ids) > MAX_IDS:
        raise InvalidInput(f"at most {MAX_IDS} ids at once")
    if action.verb is Verb.TRAIN and action.label is None:
        raise InvalidInput("training needs a label")
    distinct = dict.fromkeys(ids)
    wanted: dict[str, CopyId | PratiqueError] = {text: _readable(actor, text) for text in distinct}
    found = services.index.get_copies(
        [c for c in wanted.values() if isinstance(c, CopyId)], now=services.clock.now_ms() // 1000
    )
    planned = [Deed(_PLANNED[action.verb], text) for text in distinct] if action.verb in _PLANNED else []
    subject = f"{len(distinct)} messages"
    with acting(
        services, actor, actor.scope, f"bulk.{action.verb.value}", subject, planned=planned
    ) as running:
        answers = _act_on_all(services, running, action, wanted, found)
    return [answers[text] for text in ids]


_PLANNED = {Verb.RELEASE: DeedKind.RELEASE, Verb.REMOVE: DeedKind.REMOVE, Verb.RESTORE: DeedKind.RESTORE}


def _act_on_all(
    services: Services,
    actor: Actor,
    action: BulkAction,
    wanted: dict[str, CopyId | PratiqueError],
    found: dict[CopyId, Copy],
) -> dict[str, BulkAnswer]:
    outbox = Outbox([], set())
    routes: dict[str, Route | None] = {}
    policies: Policies = {}

    def act(item: tuple[str, CopyId | PratiqueError]) -> tuple[str, BulkAnswer]:
        text, target = item
        if isinstance(target, PratiqueError):
            return text, _refused(text, target)
        try:
            copy = _act(services, actor, action, found.get(target), outbox, routes, policies)
        except PratiqueError as error:
            if isinstance(error, TemporaryFailure) and action.verb in _PLANNED:
                note_deed(
                    actor, Deed(_PLANNED[action.verb], text)
                )  # it may have happened, and only the answer is lost
            return text, _refused(text, error)
        return text, BulkAnswer(text, ok=True, state=copy.state.value)

    with ThreadPoolExecutor(WORKERS) as pool:
        answers = dict(pool.map(act, wanted.items()))
    outbox.send(services)
    return answers


def _readable(actor: Actor, text: str) -> CopyId | PratiqueError:
    try:
        copy_id = parse_copy_id(text)
        actor.must_change(copy_id.owner)
    except PratiqueError as error:
        return error
    return copy_id


def _act(
    services: Services,
    actor: Actor,
    action: BulkAction,
    copy: Copy | None,
    outbox: Outbox,
    routes: dict[str, Route | None],
    policies: Policies,
) -> Copy:
    if action.verb is Verb.RELEASE:
        return release_one(
            services,
            actor,
            copy,
            outbox,
            train=action.train,
            allow=action.allow,
            routes=routes,
            listing=action.listing,
            override=action.override,
            policies=policies,
        )
    if action.verb is Verb.REMOVE:
        return remove_one(services, actor, copy, block=action.block, listing=action.listing)
    if action.verb is Verb.RESTORE:
        return restore_one(services, actor, copy)
    if copy is None:
        raise NotFound("no such message")
    if action.verb is Verb.UNTRAIN or action.label is None:
        return untrain(services, actor, copy, outbox.learn)
    return teach(services, actor, copy, action.label, outbox.learn)


def _refused(text: str, error: PratiqueError) -> BulkAnswer:
    return BulkAnswer(text, ok=False, code=error.code, error=str(error.args[0]) if error.args else error.code)
