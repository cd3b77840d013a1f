"""The whole path over any Services: a message in, the queues worked off, and a picture of what there is."""

from __future__ import annotations

from dataclasses import dataclass

from pratique.domain.envelope import Receipt
from pratique.domain.ids import CopyId, message_ulid
from pratique.domain.listentry import ListEntry, ListKind
from pratique.domain.message import Copy
from pratique.domain.scope import GLOBAL, parse_scope, scope_from_key
from pratique.ports.queue import QueueName
from pratique.ports.services import Services
from pratique.usecases.deliver_copy import deliver_batch
from pratique.usecases.ingest_message import Ingested, ingest_message
from pratique.usecases.learn_lessons import learn_lessons

from tests import builders, fakes

SPAMMER = "eve@spam.example"


def opened(**changes: object) -> fakes.World:
    """A world with a route for everybody."""
    world = fakes.world(**changes)  # type: ignore[arg-type]  # Options, when a test needs other ones
    world.directory.put_route(builders.route("*"))
    return world


def arrive(
    world: fakes.World, receipt: Receipt, raw: bytes | None = None, *, services: Services | None = None
) -> Ingested:
    """The bytes are put where a receiving server puts them, then the event comes."""
    world.store.put(f"raw/{receipt.source_id}", builders.raw_message() if raw is None else raw)
    return ingest_message(services or world.services, receipt)


def block(world: fakes.World, scope: str = "global", pattern: str = SPAMMER) -> None:
    """Put a sender on a block list: the simplest certain spam."""
    world.directory.put_entry(ListEntry(parse_scope(scope), ListKind.BLOCK, pattern))


def held(world: fakes.World, source_id: str = "message-1", recipient: str = "bob@example.org") -> Copy:
    """One message in quarantine."""
    block(world)
    (copy,) = arrive(world, builders.receipt(source_id, (recipient,))).copies
    return copy


def work_off(world: fakes.World, services: Services | None = None) -> None:
    """Until both queues are empty; an item that fails comes back, as SQS has it."""
    used = services or world.services
    for _ in range(20):
        items = world.queue.drain(QueueName.DELIVER)
        for item, error in zip(items, deliver_batch(used, items), strict=True):
            if error is not None:
                world.queue.send(QueueName.DELIVER, [item])
        for item in world.queue.drain(QueueName.LEARN):
            learn_lessons(used, scope_from_key(item["scope"]))
        if not world.queue.waiting[QueueName.DELIVER] and not world.queue.waiting[QueueName.LEARN]:
            return
        world.clock.advance(seconds=1000)  # past every back-off, every lease


@dataclass(frozen=True)
class Picture:
    """What a person could tell apart."""

    states: tuple[tuple[str, str], ...]
    arrived: tuple[str, ...]
    objects: tuple[str, ...]
    lessons: tuple[int, int]
    listed: tuple[str, ...]


def picture(world: fakes.World, receipt: Receipt) -> Picture:
    """States of all copies of a message, who got it how often, what the bucket holds, what was taught and listed."""
    message = message_ulid(receipt.source_id, receipt.received_ms)
    now = world.clock.now_ms() // 1000
    states = []
    for address in receipt.envelope.recipients:
        copy = world.index.get_copy(CopyId(message, address), now=now)
        states.append((str(address), copy.state.value if copy else "gone"))
    entries = [
        e.pattern
        for scope in (GLOBAL, parse_scope("example.org"), parse_scope("bob@example.org"))
        for e in world.directory.list_entries(scope, limit=100).entries
    ]
    return Picture(
        tuple(states),
        tuple(sorted(str(parcel.recipient) for parcel in world.courier.parcels)),
        tuple(sorted(world.store.objects)),
        world.journal.counts(GLOBAL),
        tuple(entries),
    )
