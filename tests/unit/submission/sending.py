"""A world in which example.org sends: a policy that holds what looks like spam, and a way out."""

from __future__ import annotations

from typing import Any

from pratique.domain.actor import Actor, Channel
from pratique.domain.address import parse_address
from pratique.domain.policy import Policy
from pratique.domain.scope import domain_scope, parse_scope
from pratique.usecases.draft_submission import Submission
from pratique.usecases.submission_bytes import as_submitted
from pratique.usecases.submit_message import Submitted, submit_message

from tests import builders, fakes

BOB = "bob@example.org"
EVE = "eve@else.example"
LETTER = builders.raw_message(
    sender="Bob Berg <bob@example.org>",
    to=EVE,
    subject="Minutes of the meeting",
    body="Dear Eve,\r\n\r\nhere is what we said on Monday.\r\n\r\n-- \r\nBob\r\n",
)
SPAM = builders.raw_message(
    sender="Bob Berg <bob@example.org>",
    to=EVE,
    subject="URGENT: claim your $1,000,000 lottery prize !!!",
    body=(
        "Congratulations, you have won the lottery! Viagra, Cialis, cheap replica watches at http://203.0.113.9/win.exe\r\n"
        "Click here now http://192.0.2.44:8081/casino and confirm your password and your bank account to get the inheritance of the late\r\n"
        "minister. This is no spam. To be removed from this list click http://203.0.113.9/remove\r\n"
    ),
)


def world(**policy: Any) -> fakes.World:
    """The policy is the domain's."""
    fresh = fakes.world()
    fresh.directory.put_route(builders.route("*"))
    fresh.directory.put_route(builders.route("outgoing:example.org", host="smarthost.example"))
    choose(fresh, **({"outgoing_quarantine": True} | policy))
    return fresh


def choose(fresh: fakes.World, **policy: Any) -> None:
    fresh.directory.put_policy(domain_scope("example.org"), Policy(**policy))


def login(scope: str = BOB, *, may_write: bool = True) -> Actor:
    return Actor(f"{scope}/laptop", parse_scope(scope), Channel.SMTP, may_write)


def submission(
    fresh: fakes.World,
    raw: bytes = LETTER,
    to: tuple[str, ...] = (EVE,),
    *,
    sender: str = BOB,
    source_id: str = "s1",
) -> Submission:
    """The bytes are put where a gateway puts them."""
    now_ms = fresh.clock.now_ms()
    made = as_submitted(
        raw,
        host="mx.example.org",
        source_id=source_id,
        received_ms=now_ms,
        client_ip="192.0.2.7",
        helo="laptop",
    )
    fresh.store.put(f"out/{source_id}", made)
    people = tuple(parse_address(each) for each in to)
    return Submission(source_id, now_ms, sender, people, "192.0.2.7", "laptop")


def send(
    fresh: fakes.World, raw: bytes = LETTER, to: tuple[str, ...] = (EVE,), *, user: str = BOB, **how: Any
) -> Submitted:
    return submit_message(fresh.services, login(user), submission(fresh, raw, to, **how))


def spam(fresh: fakes.World, number: int) -> Submitted:
    """The number-th message that is held."""
    return send(fresh, SPAM, source_id=f"spam{number}")
