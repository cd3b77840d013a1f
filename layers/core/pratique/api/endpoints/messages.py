"""Copies of messages: list, read, release, remove, restore, train."""

from __future__ import annotations

from typing import Literal

import msgspec

from pratique.domain.direction import Direction
from pratique.domain.errors import InvalidInput
from pratique.domain.ids import parse_copy_id
from pratique.domain.lesson import Label
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy
from pratique.domain.scope import parse_scope
from pratique.usecases.act_in_bulk import BulkAction, Verb, act_in_bulk
from pratique.usecases.change_lists import Listing
from pratique.usecases.find_reference import find_reference
from pratique.usecases.find_siblings import count_offer
from pratique.usecases.fold_campaigns import fold_campaigns
from pratique.usecases.list_by_mistake import list_by_mistake
from pratique.usecases.list_messages import list_messages
from pratique.usecases.read_message import raw_url, read_message
from pratique.usecases.release_message import release_message
from pratique.usecases.remove_message import remove_message
from pratique.usecases.restore_message import restore_message
from pratique.usecases.train_message import train_message

from .. import asked, given, views
from ..endpoint import Call

LINK_SECONDS = 300
"""Life of a link to the raw bytes."""


def level(asked: bool | Literal["recipient", "domain"]) -> str | None:
    """`true` is the shorthand of the actions' table for the recipient's own list."""
    if asked is True:
        return "recipient"
    return asked or None


def listing(wanted: asked.ListingAsked) -> Listing:
    """How a sender is put on a list."""
    return Listing(wanted.match, wanted.days, wanted.idle_days)


def list_(call: Call) -> given.MessageList:
    """A page of copies."""
    query: asked.MessageQuery = call.query
    scope = call.actor.scope if query.scope is None else parse_scope(query.scope)
    states = tuple(dict.fromkeys(query.state)) or (State.HELD,)
    if query.reference:
        copies = find_reference(call.services, call.actor, query.reference)
        return given.MessageList(messages=[views.message(copy) for copy in copies], cursor=None)
    if query.order == "mistake":
        if states != (State.HELD,) or query.direction is not Direction.INCOMING:
            raise InvalidInput("the order `mistake` is for held messages that came in")
        found = list_by_mistake(
            call.services, call.actor, scope, limit=query.limit, cursor=query.cursor, fold=query.fold
        )
        return given.MessageList(messages=[views.line(line) for line in found.lines], cursor=found.cursor)
    page = list_messages(
        call.services,
        call.actor,
        scope,
        states=states,
        limit=query.limit,
        cursor=query.cursor,
        direction=query.direction,
    )
    if query.fold:
        lines = fold_campaigns(page.copies)
        return given.MessageList(messages=[views.line(line) for line in lines], cursor=page.cursor)
    return given.MessageList(messages=[views.message(copy) for copy in page.copies], cursor=page.cursor)


def read(call: Call) -> given.MessageDetail:
    """One copy with its evidence."""
    return views.detail(read_message(call.services, call.actor, parse_copy_id(call.path["id"])))


def raw(call: Call) -> given.RawLink:
    """A link, not a redirect: a client that follows a redirect sends its Authorization header along, which S3 refuses
    beside a signature in the query, and a link can be given to another program.
    """
    url = raw_url(call.services, call.actor, parse_copy_id(call.path["id"]), seconds=LINK_SECONDS)
    return given.RawLink(url=url, expires_in=LINK_SECONDS)


def release(call: Call) -> given.Message:
    """Release, with or without a lesson and an allow entry."""
    body: asked.ReleaseRequest = call.body
    copy_id = parse_copy_id(call.path["id"])
    copy = release_message(
        call.services,
        call.actor,
        copy_id,
        train=body.train,
        allow=level(body.allow),
        listing=listing(body.listing),
        override=body.override,
    )
    return _with_offer(call, copy, Label.HAM if body.train else None)


def remove(call: Call) -> given.Message:
    """Remove, with or without a block entry."""
    body: asked.RemoveRequest = call.body
    copy = remove_message(
        call.services,
        call.actor,
        parse_copy_id(call.path["id"]),
        block=level(body.block),
        listing=listing(body.listing),
    )
    return _with_offer(call, copy, Label.SPAM if body.block else None)


def restore(call: Call) -> given.Message:
    """Undo of Remove."""
    return views.message(restore_message(call.services, call.actor, parse_copy_id(call.path["id"])))


def train(call: Call) -> given.Message:
    """Not Spam, Spam."""
    body: asked.TrainRequest = call.body
    copy = train_message(call.services, call.actor, parse_copy_id(call.path["id"]), body.label)
    return _with_offer(call, copy, body.label)


def _with_offer(call: Call, copy: Copy, label: Label | None) -> given.Message:
    """The copy, and after a lesson how many are like it."""
    shown = views.message(copy)
    count = count_offer(call.services, call.actor, copy, label) if label is not None else 0
    if not count or label is None:
        return shown
    aim = "release" if label is Label.HAM else "recall"
    url = f"/v1/messages/{copy.id}/siblings?aim={aim}"
    return msgspec.structs.replace(shown, offer=given.Offer(aim=aim, count=count, url=url))


def untrain(call: Call) -> given.Message:
    """Take back what was reported."""
    return views.message(train_message(call.services, call.actor, parse_copy_id(call.path["id"]), None))


def bulk(call: Call) -> given.BulkResult:
    """One action on up to 1,000 copies."""
    body: asked.BulkRequest = call.body
    action = BulkAction(
        verb=Verb(body.action),
        train=body.train,
        allow=level(body.allow),
        block=level(body.block),
        listing=listing(body.listing),
        label=body.label,
        override=body.override,
    )
    answers = act_in_bulk(call.services, call.actor, action, body.ids)
    return given.BulkResult(answers=[views.bulk_item(answer) for answer in answers])
