"""A town with mail: senders, receiving servers, workers, people, clocks; everything random, and the same again for the same seed."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from pratique.domain.actor import Actor, Channel
from pratique.domain.address import Address, parse_address
from pratique.domain.envelope import AuthResults, Outcome, Receipt
from pratique.domain.errors import PratiqueError
from pratique.domain.ids import CopyId, message_ulid, parse_copy_id
from pratique.domain.lesson import Label
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy
from pratique.domain.scope import GLOBAL, domain_scope, recipient_scope, scope_from_key
from pratique.ports.queue import QueueName
from pratique.ports.services import Services
from pratique.usecases.act_in_bulk import BulkAction, Verb, act_in_bulk
from pratique.usecases.deliver_copy import deliver_batch
from pratique.usecases.envelopes import EDGE_MARK, envelope_key
from pratique.usecases.expire_messages import expire_messages, purge_copy
from pratique.usecases.ingest_message import ingest_message
from pratique.usecases.learn_lessons import learn_lessons
from pratique.usecases.reconcile import reconcile
from pratique.usecases.recover_message import recover_message
from pratique.usecases.release_message import release_message
from pratique.usecases.remove_message import remove_message
from pratique.usecases.restore_message import restore_message
from pratique.usecases.train_message import train_message
from pratique.usecases.undo_action import undo_action

from gateway.ses_event import ses_event
from tests import builders
from tests.faultrun.weather import NextHop, Post, Storm
from tests.faults import Killed, watched
from tests.path import SPAMMER, block, opened

DOMAINS = ("example.org", "example.net", "town.example")
PEOPLE = tuple(
    parse_address(f"{name}@{domain}") for domain in DOMAINS for name in ("ann", "bob", "cid", "dan", "eve")
)
DEAD = (Killed, PratiqueError)
FAST = 16
"""Lessons that the learner looks at cost most of a run: it works this seldom."""


@dataclass
class Sent:
    """A message that a receiving server has taken: its receipt, and whether all of its recipients count as accepted."""

    receipt: Receipt
    event: dict[str, object] | None
    tries: int = 0


class Town:
    """One run. `accepted` is what a receiving server said yes to: the truth that the ledger has to agree with."""

    def __init__(self, seed: int, *, rate: float = 0.01) -> None:
        self.chance = random.Random(seed)
        self.world = opened()
        block(self.world)
        self.hop = NextHop(self.chance)
        self.post = Post(self.chance, self.world.clock.now_ms)
        self.world.couriers._courier = self.hop  # type: ignore[assignment]
        self.calm: Services = replace(self.world.services, queue=self.post)
        self.storm = Storm(self.chance, rate)
        self.rough = watched(self.calm, self.storm)
        self.accepted: set[CopyId] = set()
        self.waiting: list[Sent] = []
        self.refused: list[Receipt] = []
        self.dead: list[Sent] = []
        self.people: dict[str, Receipt] = {}
        self.names: dict[str, str] = {}
        self.unnoted: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        self.actions: list[str] = []
        self._streamed = 0
        self._number = 0

    # ---- mail in

    def mail_comes(self) -> None:
        """One message, by SES or by the edge."""
        self._number += 1
        edge = self.chance.random() < 0.5
        name = f"{EDGE_MARK if edge else 'ses'}{self._number:06d}"
        people = tuple(self.chance.sample(PEOPLE, self.chance.choice((1, 1, 1, 1, 2, 3, 5))))
        receipt, raw = self._message(name, people, edge=edge)
        self.people[name] = receipt
        self.names[message_ulid(name, receipt.received_ms)] = name
        self.world.store.put(f"raw/{name}", raw)
        if edge:
            self._edge(receipt, raw)
        else:
            self._ses(receipt)

    def _message(self, name: str, people: tuple[Address, ...], *, edge: bool) -> tuple[Receipt, bytes]:
        kind = self.chance.choice(("ham", "ham", "ham", "spam", "spam", "virus", "odd", "bare"))
        sender = (
            SPAMMER if kind == "spam" else self.chance.choice(("pat@friend.example", "sam@shop.example", ""))
        )
        raw = builders.raw_message(
            sender=sender or "MAILER-DAEMON@friend.example",
            to="undisclosed-recipients:;",
            subject=f"{kind} {name}",
            body=f"This is {kind} number {name}.\r\n" * self.chance.randint(1, 5),
        )
        if kind == "odd":
            raw = (
                raw.replace(b"Content-Type: text/plain", b"Content-Type: multipart/mixed; boundary=")
                + b"\xff\x00--\r\n"
            )
        if kind == "bare":
            raw = b"no header at all"
        if not edge:
            received = f"Received: from mx by inbound-smtp.eu-west-1.amazonaws.com with SMTP id {name}\r\n for {people[0]};\r\n date\r\n"
            raw = f"Return-Path: <{sender}>\r\n{received}".encode() + raw
        auth = AuthResults(virus=Outcome.FAIL) if kind == "virus" else builders.PASSES
        now_ms = self.world.clock.now_ms()
        made = builders.receipt(
            name,
            tuple(map(str, people)),
            mail_from=sender,
            received_ms=now_ms,
            auth=auth,
            source="edge" if edge else "ses",
        )
        return made, raw

    def _ses(self, receipt: Receipt) -> None:
        """SES has said 250. Its event may come once, twice, late, or never."""
        self.accepted |= self._copies(receipt)
        mood = self.chance.random()
        if mood < 0.01:
            self.done["events dropped"] += 1
            return
        self.waiting.append(Sent(receipt, None))
        if mood < 0.03:
            self.done["events doubled"] += 1
            self.waiting.append(Sent(receipt, None))

    def _edge(self, receipt: Receipt, raw: bytes) -> None:
        """The edge says 250 or 550 when ingest has answered; else the sender comes again, with the same id, or gives up."""
        for _ in range(self.chance.randint(1, 4)):
            try:
                ingest_message(self.rough, receipt)
            except DEAD:
                self.world.clock.advance(seconds=self.chance.randint(1, 600))
                continue
            self.accepted |= self._copies(receipt)
            if (
                self.chance.random() < 0.98
            ):  # else the edge died before it wrote the envelope down, and after the rows were there
                self.world.store.put(
                    envelope_key(self.calm.options, f"raw/{receipt.source_id}"), _event(receipt, raw)
                )
            return
        self.done["refused by the edge (451)"] += 1
        self.refused.append(receipt)

    def _copies(self, receipt: Receipt) -> set[CopyId]:
        message = message_ulid(receipt.source_id, receipt.received_ms)
        return {CopyId(message, address) for address in receipt.envelope.recipients}

    def events(self, services: Services) -> None:
        """Lambda hands events to ingest: three times at most, then they are dead letters."""
        waiting, self.waiting = self.waiting, []
        for sent in waiting:
            try:
                ingest_message(services, sent.receipt)
            except DEAD:
                sent.tries += 1
                (self.dead if sent.tries >= 3 else self.waiting).append(sent)

    # ---- workers and clocks

    def work(self, services: Services) -> None:
        """One turn of the deliver and learn functions."""
        for _ in range(5):
            items = self.post.take(QueueName.DELIVER, 3)
            if not items:
                break
            self.hop.just_taken = Counter()
            try:
                results = deliver_batch(services, [body for body, _ in items])
            except Killed:
                self.post.back(QueueName.DELIVER, items)
            else:
                failed = [item for item, error in zip(items, results, strict=True) if error is not None]
                self.post.back(QueueName.DELIVER, failed)
            self._note(self.hop.just_taken)
        self.learn(services)

    def _note(self, taken: Counter[str]) -> None:
        """What the next hop took, and nobody could write down: it may come a second time, and nobody can help that (RFC 5321, 6.1)."""
        for name, times in taken.items():
            copy = self._stored(name)
            arrived = copy is not None and copy.state in (State.DELIVERED, State.RELEASED)
            self.unnoted[name] += times - arrived

    def _stored(self, name: str) -> Copy | None:
        return self.world.index.get_copy(parse_copy_id(name), now=self.world.clock.now_ms() // 1000)

    def learn(self, services: Services) -> None:
        """The learner, seldom."""
        if self.chance.random() < 1 / FAST:
            for body, received in self.post.take(QueueName.LEARN, 10):
                try:
                    learn_lessons(services, scope_from_key(body["scope"]))
                except DEAD:
                    self.post.back(QueueName.LEARN, [(body, received)])

    def count(self, services: Services) -> None:
        """The stream's function: a batch that failed comes again, and some come twice."""
        stream = self.world.index.stream
        while self._streamed < len(stream):
            batch = stream[self._streamed : self._streamed + 100]
            try:
                services.ledger.count(batch)
                for change in batch:  # purge reads the same stream
                    if change.copy in self.world.index.has_ended([change.copy], now=0):
                        purge_copy(services, change.copy)
            except DEAD:
                return
            self._streamed += len(batch) - (50 if self.chance.random() < 0.05 and len(batch) > 60 else 0)

    def sweep(self, services: Services) -> None:
        """The sweep; it may die in the middle."""
        self._try(lambda: expire_messages(services, until_ms=self.world.clock.now_ms() + 60_000))

    def reconcile(self, services: Services) -> None:
        """A run of reconcile; it may die in the middle, and the next goes on."""
        self._try(lambda: reconcile(services, until_ms=self.world.clock.now_ms() + 60_000))

    def _try(self, run: Callable[[], object]) -> bool:
        try:
            run()
        except DEAD:
            return False
        return True

    def look_at_refused(self) -> None:
        """Of what the edge put off, some is there all the same: ingest had died behind the first row. It counts as received, like all that is
        there; the sender, which was told to come again, may have sent it a second time as another message.
        """
        for receipt in self.refused:
            copies = self._copies(receipt)
            if any(self.world.index.history(each, now=0) for each in copies):
                self.accepted |= copies
                self.done["taken in though the edge said 451"] += 1

    # ---- people

    def somebody_acts(self, services: Services) -> None:
        """A recipient, an administrator or the operator does something with some message of theirs."""
        person = self.chance.choice(PEOPLE)
        scope = self.chance.choice((recipient_scope(person), domain_scope(person.domain), GLOBAL))
        channel = self.chance.choice((Channel.API, Channel.IMAP, Channel.PANEL))
        actor = Actor(f"somebody of {scope}", scope, channel)
        state = self.chance.choice(
            (State.HELD, State.HELD, State.HELD, State.FAILED, State.REMOVED, State.DELIVERED)
        )
        now = self.world.clock.now_ms() // 1000
        page = self.world.index.list_copies(recipient_scope(person), states=[state], limit=30, now=now)
        if page.copies:
            self._act(services, actor, [copy.id for copy in page.copies])

    def _act(self, services: Services, actor: Actor, ids: list[CopyId]) -> None:
        one = self.chance.choice(ids)
        some = [str(each) for each in self.chance.sample(ids, min(len(ids), 4))]
        doings: dict[str, Callable[[], object]] = {
            "release": lambda: release_message(services, actor, one),
            "release and train": lambda: release_message(services, actor, one, train=True),
            "release and allow": lambda: release_message(services, actor, one, allow="recipient"),
            "remove": lambda: remove_message(services, actor, one),
            "remove and block": lambda: remove_message(services, actor, one, block="recipient"),
            "restore": lambda: restore_message(services, actor, one),
            "report": lambda: train_message(services, actor, one, self.chance.choice(list(Label))),
            "bulk release": lambda: act_in_bulk(services, actor, BulkAction(Verb.RELEASE), some),
            "bulk remove": lambda: act_in_bulk(services, actor, BulkAction(Verb.REMOVE), some),
            "undo": lambda: self._undo(services, actor),
        }
        name = self.chance.choice(list(doings))
        for _ in range(self.chance.choice((1, 1, 1, 2))):  # two tabs, an impatient finger
            self.done[name if self._try(doings[name]) else f"{name}, in vain"] += 1

    def _undo(self, services: Services, actor: Actor) -> None:
        known = list(self.world.actions.known)
        if known:
            undo_action(services, actor, self.chance.choice(known[-50:]))

    def operator_looks(self) -> None:
        """Dead letters go back to work; what nobody accounts for is asked for, and the answer is the true envelope."""
        self.waiting += [Sent(sent.receipt, None) for sent in self.dead]
        self.dead.clear()
        self.post.redrive(QueueName.DELIVER, limit=10_000)
        self.post.redrive(QueueName.LEARN, limit=10_000)
        operator = builders.actor(GLOBAL)
        for gap in self.calm.ledger.gaps(limit=1000):
            receipt = self.people.get(gap.id)
            if receipt is not None:
                people = list(map(str, receipt.envelope.recipients))
                recover_message(self.calm, operator, gap.id, people, receipt.envelope.mail_from)


def _event(receipt: Receipt, raw: bytes) -> bytes:
    event = ses_event(
        source_id=receipt.source_id,
        received_ms=receipt.received_ms,
        mail_from=receipt.envelope.mail_from,
        recipients=list(map(str, receipt.envelope.recipients)),
        data=raw,
        client_ip=receipt.envelope.client_ip,
        helo=receipt.envelope.helo,
    )
    return json.dumps(event).encode()
