"""What a mail client marks as seen needs no last call."""

from __future__ import annotations

import time

from tests.gateway.quarantine.serving import PATIENCE, Gateway

BOB = "bob@example.org"


def looked(gateway: Gateway, *, wanted: int) -> int:
    """How many copies were looked at; waits for that many."""
    copies = [copy.id for copy in gateway.world.index.all_copies()]
    end = time.monotonic() + PATIENCE
    while (found := len(gateway.world.digests.looked_at(copies))) < wanted and time.monotonic() < end:
        time.sleep(0.01)
    return found


def test_reading_in_ones_own_mailbox_is_looking(gateway: Gateway) -> None:
    """Fetching a body marks it as seen; a peek does not."""
    for number in range(3):
        gateway.receive(BOB, subject=f"Letter {number}", body=f"words of letter {number}")
    client = gateway.client(BOB)
    client.select("Caught")
    first, second, _ = client.uids()
    client.uid("FETCH", str(first), "(BODY.PEEK[])")
    client.uid("FETCH", str(second), "(BODY[])")
    client.uid("STORE", str(second), "+FLAGS", "(\\Flagged)")
    assert looked(gateway, wanted=1) == 1


def test_an_administrators_look_is_none_of_the_owner(gateway: Gateway) -> None:
    gateway.receive(BOB)
    client = gateway.client("example.org")
    client.select("Caught")
    (uid,) = client.uids()
    client.uid("STORE", str(uid), "+FLAGS", "(\\Seen)")
    assert looked(gateway, wanted=0) == 0
