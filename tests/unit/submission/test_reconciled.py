"""The hourly work and mail that is sent: what a sender was told is taken stays as long as its copies."""

from __future__ import annotations

from pratique.domain.ids import message_ulid
from pratique.domain.lifecycle import State
from pratique.ports.queue import QueueName
from pratique.usecases.expire_messages import expire_messages
from pratique.usecases.reconcile import reconcile

from tests import fakes
from tests.path import work_off
from tests.unit.submission.sending import send, spam, world


def _reconciled(here: fakes.World) -> None:
    reconcile(here.services, until_ms=here.clock.now_ms() + 60_000)


def test_what_was_taken_stays_as_long_as_its_copies() -> None:
    """Held mail of a week can still be let go; reconcile changes nothing about it."""
    here = world()
    assert send(here).copies
    assert spam(here, 1).copies
    work_off(here)
    for _ in range(7):
        here.clock.advance(days=1)
        _reconciled(here)
    assert set(here.store.objects) == {"out/s1", "out/spam1"}
    assert {copy.state for copy in here.index.all_copies()} == {State.DELIVERED, State.HELD}
    assert len(here.courier.parcels) == 1
    for _ in range(120):
        here.clock.advance(days=1)
        expire_messages(here.services, until_ms=here.clock.now_ms() + 60_000)
        _reconciled(here)
    assert here.store.objects == {}


def test_what_was_refused_and_not_kept_goes_after_some_days() -> None:
    """Its report needs the bytes before; reports that are sent or given up take them away, and reconcile what is left."""
    here = world(outgoing_quarantine=False, outgoing_abuse_address="abuse@desk.example")
    assert spam(here, 1).refused
    here.clock.advance(days=1)
    _reconciled(here)
    assert list(here.store.objects) == ["out/spam1"]
    here.clock.advance(days=6)
    _reconciled(here)
    assert here.store.objects == {}


def test_a_send_whose_queue_item_was_lost_goes_out_all_the_same() -> None:
    here = world()
    message = send(here).message
    assert message == message_ulid("s1", here.clock.now_ms())
    here.queue.drain(QueueName.DELIVER)
    here.clock.advance(days=1)
    expire_messages(here.services, until_ms=here.clock.now_ms() + 60_000)
    work_off(here)
    assert [str(parcel.recipient) for parcel in here.courier.parcels] == ["eve@else.example"]
