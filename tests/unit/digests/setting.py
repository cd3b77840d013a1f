"""A world in which digests are chosen, and mails as a reader sees them."""

from __future__ import annotations

import email
import re
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default

from pratique.domain.message import Copy
from pratique.domain.policy import Policy
from pratique.domain.scope import parse_scope
from pratique.ports.queue import QueueName
from pratique.ports.services import Options
from pratique.usecases.ingest_message import ingest_message
from pratique.usecases.run_digests import start_digests, work_shard

from tests import builders, fakes
from tests.path import SPAMMER, block

PUBLIC = "https://mail.example.com"
OPTIONS = Options(hostname="pratique.example.com", public_url=PUBLIC, digest_domain="digest.example.com")
BOB = parse_scope("bob@example.org")
ORG = parse_scope("example.org")


def world(options: Options = OPTIONS, **chosen: object) -> fakes.World:
    """A world with a route, a spammer, and digests for everybody at example.org (daily at 7 in UTC, blocked senders too)."""
    made = fakes.world(options)
    made.directory.put_route(builders.route("*"))
    block(made)
    policy = {"digest": True, "digest_skip_blocked": False} | chosen
    made.directory.put_policy(ORG, Policy(**policy))  # type: ignore[arg-type]  # a test's own words
    return made


def hold(
    world: fakes.World,
    number: int = 1,
    to: tuple[str, ...] = ("bob@example.org",),
    *,
    sender: str = SPAMMER,
    subject: str = "Cheap things",
    body: str | None = None,
) -> Copy:
    """One message that is held, at the clock's time."""
    source = f"message-{number}-{world.clock.now_ms()}"
    text = body if body is not None else f"Number {number}. {subject} only today.\r\n"
    raw = builders.raw_message(sender=f"Eve <{sender}>", subject=subject, body=text)
    world.store.put(f"raw/{source}", raw)
    receipt = builders.receipt(source, to, mail_from=sender, received_ms=world.clock.now_ms())
    return ingest_message(world.services, receipt).copies[0]


def run(world: fakes.World) -> int:
    """The schedule's run, and every worker; the shards that were given out."""
    given = start_digests(world.services)
    for item in world.queue.drain(QueueName.DIGEST):
        assert not work_shard(world.services, int(item["shard"]), until_ms=world.clock.now_ms() + 1)
    return given


def next_morning(world: fakes.World, hour: int = 7) -> None:
    """To the next such hour of UTC, and a bit."""
    seconds = world.clock.now_ms() // 1000
    world.clock.advance(seconds=(hour * 3_600 - seconds) % 86_400 + 90)


@dataclass(frozen=True)
class Mail:
    """A mail that was handed over."""

    to: str
    mail_from: str
    data: bytes
    parsed: EmailMessage

    @property
    def text(self) -> str:
        part = self.parsed.get_body(("plain",))
        assert part is not None
        return str(part.get_content())

    @property
    def html(self) -> str:
        part = self.parsed.get_body(("html",))
        assert part is not None
        return str(part.get_content())

    @property
    def urls(self) -> list[str]:
        return list(dict.fromkeys(re.findall(r'href="(https?://[^"]+)"', self.html)))

    def link(self, letter: str, line: int = 1) -> str:
        """The text of the link for an action's letter on a line."""
        return next(url.rpartition("/")[2] for url in self.urls if f".{line}.{letter}." in url)


def mails(world: fakes.World) -> list[Mail]:
    """Everything that the courier took."""
    return [
        Mail(
            str(parcel.recipient),
            parcel.mail_from,
            parcel.data,
            email.message_from_bytes(parcel.data, policy=default),
        )
        for parcel in world.courier.parcels
    ]
