"""Release, Release & Train, Release & Whitelist."""

from __future__ import annotations

from dataclasses import dataclass

from pratique.domain.action import Deed, DeedKind
from pratique.domain.actor import Actor
from pratique.domain.errors import Conflict, LimitReached, NoRoute, NotFound
from pratique.domain.ids import CopyId
from pratique.domain.lesson import Label
from pratique.domain.lifecycle import WATCH_SECONDS, State
from pratique.domain.listentry import ListKind
from pratique.domain.message import Copy
from pratique.domain.policy import DAY
from pratique.domain.route import OUTGOING_ROUTE, Route
from pratique.domain.scope import recipient_scope
from pratique.ports.queue import QueueName
from pratique.ports.services import Services
from pratique.usecases.acting import acting, note_deed, was_done_by
from pratique.usecases.change_lists import USUAL, Listing, list_sender, list_target
from pratique.usecases.find_route import route_of
from pratique.usecases.know_senders import vouch_for
from pratique.usecases.move_copy import move_copy
from pratique.usecases.release_rights import Policies, must_release
from pratique.usecases.train_message import teach

RELEASABLE = (State.HELD, State.FAILED)
_ALREADY = frozenset({State.RELEASING, State.RELEASED})


@dataclass(slots=True)
class Outbox:
    """Queue items of one or many actions, sent together at the end. A copy whose item is lost is found by its watch time."""

    deliver: list[dict[str, str]]
    learn: set[str]

    def send(self, services: Services) -> None:
        """Send what has gathered. Raises TemporaryFailure: acting again sends again."""
        if self.deliver:
            services.queue.send(QueueName.DELIVER, self.deliver)
        if self.learn:
            services.queue.send(QueueName.LEARN, [{"scope": scope} for scope in sorted(self.learn)])


def release_message(
    services: Services,
    actor: Actor,
    copy_id: CopyId,
    *,
    train: bool = False,
    allow: str | None = None,
    listing: Listing = USUAL,
    override: bool = False,
) -> Copy:
    """Send a held message on to its recipient; with `train` report it as ham; with `allow` ("recipient" or "domain") put its sender
    on that level's allow list, as `listing` says; an administrator's `override` lets a virus go. Releasing twice delivers once. Returns the
    copy as it is now.

    Raises NotFound, Forbidden, RequestNeeded (a recipient may only ask for it, see release_rights.py), NoRoute (nowhere to deliver to),
    Conflict (removed, or delivered without having been held), InvalidInput (no sender to allow), LimitReached (it is let go, but not taught).
    """
    actor.must_change(copy_id.owner)
    outbox = Outbox([], set())
    copy = services.index.get_copy(copy_id, now=services.clock.now_ms() // 1000)
    with acting(
        services,
        actor,
        recipient_scope(copy_id.owner),
        "message.release" + (".train" if train else "") + (".allow" if allow else ""),
        str(copy_id),
        planned=[released(copy_id)],
    ) as running:
        try:
            done = release_one(
                services,
                running,
                copy,
                outbox,
                train=train,
                allow=allow,
                routes={},
                listing=listing,
                override=override,
            )
        except LimitReached:  # it is on its way all the same
            outbox.send(services)
            raise
        outbox.send(services)
    return done


def released(copy_id: CopyId) -> Deed:
    """The deed of letting a copy go."""
    return Deed(DeedKind.RELEASE, str(copy_id))


def release_one(
    services: Services,
    actor: Actor,
    copy: Copy | None,
    outbox: Outbox,
    *,
    train: bool,
    allow: str | None,
    routes: dict[str, Route | None],
    listing: Listing = USUAL,
    override: bool = False,
    policies: Policies | None = None,
) -> Copy:
    """The release of one copy whose scope has been checked; queue items go to `outbox`. Raises as release_message. `routes` and `policies`
    keep what was looked up for the next copy.
    """
    if copy is None:
        raise NotFound("no such message")
    if copy.state not in (*RELEASABLE, *_ALREADY):
        raise Conflict(f"this message is {copy.state.value}, not held", copy)
    if copy.state in RELEASABLE:
        must_release(services, actor, copy, override=override, policies=policies)
    domain = copy.id.owner.domain if copy.id.is_outgoing else copy.id.recipient.domain
    place = OUTGOING_ROUTE + domain if copy.id.is_outgoing else domain
    if place not in routes:
        routes[place] = route_of(services, copy.id)
    if routes[place] is None:
        way = "outgoing route" if copy.id.is_outgoing else "route"
        raise NoRoute(f"the domain {domain} has no {way}: there is nowhere to deliver to")
    entry = None
    if allow is not None:
        entry = list_target(services, actor, copy, allow, ListKind.ALLOW, listing=listing)
    now = services.clock.now_ms() // 1000
    moved = move_copy(
        services,
        actor,
        copy,
        State.RELEASING,
        expected=RELEASABLE,
        already=_ALREADY,
        expires_at=now + copy.retention_days * DAY,
        watch_at=now + WATCH_SECONDS,
    )
    if was_done_by(actor, moved):
        note_deed(actor, released(copy.id))
    if moved.state is State.RELEASING and moved.attempts == 0:
        outbox.deliver.append({"id": str(copy.id)})
    if entry is not None:
        list_sender(services, actor, entry)
    if train:
        return teach(services, actor, moved, Label.HAM, outbox.learn)
    vouch_for(services, moved)
    return moved
