"""A stolen password has the limits of one sender, however many addresses it thinks of."""

from __future__ import annotations

from typing import Any

import pytest
from pratique.domain.alias import AliasDomain
from pratique.domain.errors import LimitReached, PermanentFailure, SenderLocked
from pratique.domain.outgoing import WHOLE, Identity, Window
from pratique.domain.policy import Policy
from pratique.domain.scope import parse_scope
from pratique.ports.queue import QueueName
from pratique.usecases.deliver_copy import deliver_batch
from pratique.usecases.manage_identities import identity_named

from tests import fakes
from tests.builders import NOW
from tests.unit.api.calling import call
from tests.unit.submission.sending import BOB, SPAM, send, world

DOMAIN = "example.org"
BOBS, WHOLE_DOMAIN = Identity(BOB, BOB), Identity(DOMAIN, WHOLE)


def tagging(**policy: Any) -> fakes.World:
    """bob+anything is bob."""
    here = world(**policy)
    here.services.aliases.put_domain(AliasDomain(DOMAIN, separators="+"))
    return here


def _from_anybody(here: fakes.World, number: int) -> None:
    """One spam by the domain's login, each time from another address."""
    sent = send(here, SPAM, user=DOMAIN, sender=f"someone{number}@{DOMAIN}", source_id=f"any{number}")
    assert sent.refused


def test_all_addresses_of_a_mailbox_are_one_sender() -> None:
    """Tags, and the null sender, count with it."""
    here = tagging(outgoing_per_minute=4)
    for number, sender in enumerate((BOB, "bob+1@example.org", "Bob+2@Example.ORG", "")):
        assert send(here, sender=sender, source_id=f"s{number}").copies
    with pytest.raises(LimitReached):
        send(here, sender="bob+new@example.org", source_id="s9")
    assert here.identities.get(BOBS).count(Window.DAY, here.clock.now_ms() // 1000) == 4


def test_spam_from_ever_new_tags_locks_the_mailbox() -> None:
    here = tagging(outgoing_lock_spams=3)
    for number in range(3):
        send(here, SPAM, sender=f"bob+{number}@example.org", source_id=f"s{number}")
    with pytest.raises(SenderLocked):
        send(here, source_id="clean")


def test_a_login_with_many_senders_is_locked_as_a_whole() -> None:
    """At ten times the limit of one; the domain is told, and no single mailbox; people's own logins go on; it is unlocked by its name."""
    here = world(outgoing_lock_spams=2)
    for number in range(19):
        _from_anybody(here, number)
    assert not here.identities.get(WHOLE_DOMAIN).is_locked(here.clock.now_ms() // 1000)
    _from_anybody(here, 19)
    with pytest.raises(SenderLocked):
        send(here, user=DOMAIN, sender="new@example.org", source_id="clean")
    notices = [item for item in here.queue.drain(QueueName.DELIVER) if "notice" in item]
    assert [(item["to"], item["sender"]) for item in notices] == [("postmaster@example.org", WHOLE)]
    assert send(here, source_id="bobs").copies
    done = call(here, "POST", "/v1/identities/unlock", body={"user": DOMAIN, "sender": ""}, scope=DOMAIN)
    assert (done.body["sender"], done.body["locked"]) == (WHOLE, False)
    assert send(here, user=DOMAIN, sender="new@example.org", source_id="clean").copies


def test_how_much_a_login_with_many_senders_sends_is_limited_too() -> None:
    """Clean mail, each time from another address: ten times what one sender may, and no more; people's own logins go on."""
    here = world(outgoing_per_hour=2, outgoing_per_day=3)
    here.clock.advance(seconds=3_600 - NOW % 3_600)
    for number in range(20):
        sender = f"someone{number}@{DOMAIN}"
        assert send(here, user=DOMAIN, sender=sender, source_id=f"c{number}").copies
    with pytest.raises(LimitReached, match="20 recipients an hour are the limit of this login"):
        send(here, user=DOMAIN, sender=f"new@{DOMAIN}", source_id="more")
    assert here.index.get_facts("more") is None
    assert send(here, source_id="bobs").copies
    here.clock.advance(seconds=3_601)
    for number in range(10):
        send(here, user=DOMAIN, sender=f"someone{number}@{DOMAIN}", source_id=f"d{number}")
    with pytest.raises(LimitReached, match="30 recipients a day are the limit of this login"):
        send(here, user=DOMAIN, sender=f"new@{DOMAIN}", source_id="yet-more")


def test_what_one_mailbox_may_does_not_widen_the_login() -> None:
    """The login's limits are those of its own scope; one that says 0 there has none."""
    here = world(outgoing_per_hour=1)
    here.directory.put_policy(parse_scope(BOB), Policy(outgoing_per_hour=0))
    here.clock.advance(seconds=3_600 - NOW % 3_600)
    for number in range(10):
        assert send(here, user=DOMAIN, source_id=f"b{number}").copies
    with pytest.raises(LimitReached, match="10 recipients an hour"):
        send(here, user=DOMAIN, source_id="b10")
    here.directory.put_policy(parse_scope(DOMAIN), Policy(outgoing_per_hour=0))
    assert send(here, user=DOMAIN, source_id="b11").copies


def test_one_bad_sender_of_many_does_not_stop_the_others() -> None:
    """It is locked long before the login is."""
    here = world(outgoing_lock_spams=2)
    for number in range(2):
        send(here, SPAM, user=DOMAIN, source_id=f"s{number}")
    with pytest.raises(SenderLocked):
        send(here, user=DOMAIN, source_id="bob")
    assert send(here, user=DOMAIN, sender="ann@example.org", source_id="ann").copies


def test_recipients_that_do_not_exist_count_for_the_whole_login_too() -> None:
    here, notices = world(outgoing_refused_per_hour=1), []
    for number in range(10):
        here.courier.fail(PermanentFailure("550 5.1.1 no such user"))
        send(here, user=DOMAIN, sender=f"someone{number}@example.org", source_id=f"r{number}")
        items = here.queue.drain(QueueName.DELIVER)
        notices += [item for item in items if "notice" in item]
        deliver_batch(here.services, [item for item in items if "notice" not in item])
    assert here.identities.get(WHOLE_DOMAIN).is_locked(here.clock.now_ms() // 1000)
    deliver_batch(here.services, here.queue.drain(QueueName.DELIVER))
    assert any(b"Sending as anybody is locked" in parcel.data for parcel in here.courier.parcels)
    assert len(notices) == 2 * 9, "each of the senders before was locked, too"


@pytest.mark.parametrize(
    ("user", "sender", "meant"),
    [
        (BOB, "", BOBS),
        (BOB, "*", BOBS),
        (BOB, "bob+tag@example.org", BOBS),
        (DOMAIN, "", WHOLE_DOMAIN),
        (DOMAIN, "*", WHOLE_DOMAIN),
        (DOMAIN, "bob+tag@example.org", Identity(DOMAIN, BOB)),
        ("global", "", Identity("*", WHOLE)),
    ],
)
def test_whom_a_person_means(user: str, sender: str, meant: Identity) -> None:
    assert identity_named(tagging().services, parse_scope(user), sender) == meant


def test_the_operators_login_is_locked_like_any() -> None:
    """By hand, whatever it sends as."""
    here = world()
    body = {"user": "global", "sender": ""}
    assert call(here, "POST", "/v1/identities/lock", body=body, scope=DOMAIN).status in (403, 404)
    assert call(here, "POST", "/v1/identities/lock", body=body, scope="global").body["user"] == "global"
    with pytest.raises(SenderLocked):
        send(here, user="global", source_id="x")
