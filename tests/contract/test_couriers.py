"""What every courier promises, whatever way it takes: SMTP by DATA and by BDAT, both SES couriers, and the fake that other tests use."""

from __future__ import annotations

import email
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from pratique.adapters.aws.ses import SesRewrittenCourier, SesWrappedCourier
from pratique.adapters.smtp import SmtpCourier, Timeouts
from pratique.domain.address import parse_address
from pratique.domain.errors import PermanentFailure, TemporaryFailure
from pratique.domain.route import Route, RouteKind, Tls
from pratique.ports.couriers import Courier, Parcel

from tests.builders import raw_message, route
from tests.contract.next_hops import LOOPBACK, Mailbox, TinyHop, aiosmtpd_hop
from tests.contract.ses_recorder import SesRecorder
from tests.fakes import FakeCourier, FakeSecrets

MAIL = raw_message(body="Dear Bob,\r\n.\r\n..two dots\r\n\r\n")
QUICK = Timeouts(connect=5, command=5, answer=5, total=10)
SENDER = "quarantine@example.org"


@dataclass
class Way:
    """A courier, its route, and a hand on its next hop. `arrived` gives (recipient, the original as it can be read there)."""

    courier: Courier
    route: Route
    arrived: Callable[[], list[tuple[str, bytes]]]
    refuse: Callable[[str], None]
    """'now', 'for good', or '' to take mail again."""


def parcel(data: bytes = MAIL, *, mail_from: str = "eve@spam.example", to: str = "bob@example.org") -> Parcel:
    return Parcel(mail_from, parse_address(to), data, "01M3250V01KQNRG2T3QQVF8SD0.x")


def _data(stack: ExitStack) -> Way:
    box = Mailbox()
    port = stack.enter_context(aiosmtpd_hop(box))

    def refuse(when: str) -> None:
        box.answers = (
            {"RCPT": {"now": "451 4.7.1 greylisted", "for good": "550 5.1.1 no such user"}[when]}
            if when
            else {}
        )

    courier = SmtpCourier(FakeSecrets(), hostname="our.example", timeouts=QUICK)
    where = route(host=LOOPBACK, port=port, tls=Tls.NONE)
    return Way(courier, where, lambda: [(to, data) for _, to, data in box.taken], refuse)


def _bdat(stack: ExitStack) -> Way:
    hop = TinyHop(features=("CHUNKING", "8BITMIME"))
    port = stack.enter_context(hop.running())

    def refuse(when: str) -> None:
        hop.replies = {"BDAT": {"now": b"452 4.2.2 full", "for good": b"554 5.6.0 no"}[when]} if when else {}
        hop.messages.clear()

    def arrived() -> list[tuple[str, bytes]]:
        to = [line[9:-1].decode() for line in hop.commands if line.startswith(b"RCPT TO:<")]
        return list(zip(to[-len(hop.messages) :], hop.messages, strict=True)) if hop.messages else []

    courier = SmtpCourier(FakeSecrets(), hostname="our.example", timeouts=QUICK)
    return Way(courier, route(host=LOOPBACK, port=port, tls=Tls.NONE), arrived, refuse)


def _ses(kind: RouteKind) -> Way:
    ses = SesRecorder()
    made = (SesRewrittenCourier if kind is RouteKind.SES_REWRITTEN else SesWrappedCourier)(ses.client)

    def refuse(when: str) -> None:
        ses.answer = {
            "": (200, "", ""),
            "now": (429, "TooManyRequestsException", "slow down"),
            "for good": (400, "MessageRejected", "no"),
        }[when]

    def original(sent: bytes) -> bytes:
        if kind is RouteKind.SES_WRAPPED:
            boundary = email.message_from_bytes(sent).get_boundary()
            return sent.split(f"\r\n--{boundary}".encode())[2].partition(b"\r\n\r\n")[2]
        body = sent.partition(b"\r\n\r\n")[2]
        return MAIL.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + body  # the header is what it may change

    where = route(kind=kind, sender=SENDER, host="")
    return Way(made, where, lambda: [(to, original(data)) for _, to, data in ses.sent()], refuse)


def _fake() -> Way:
    fake = FakeCourier()

    def refuse(when: str) -> None:
        errors = {"now": TemporaryFailure("451 later"), "for good": PermanentFailure("550 no")}
        if when:
            fake.fail(errors[when])

    return Way(fake, route(), lambda: [(str(p.recipient), p.data) for p in fake.parcels], refuse)


@pytest.fixture(params=["smtp", "smtp-chunking", "ses-rewritten", "ses-wrapped", "fake"])
def way(request: pytest.FixtureRequest) -> Iterator[Way]:
    with ExitStack() as stack:
        name: str = request.param
        if name == "smtp":
            made = _data(stack)
        elif name == "smtp-chunking":
            made = _bdat(stack)
        else:
            made = _fake() if name == "fake" else _ses(RouteKind(name))
        yield made
        made.courier.close()


def test_it_hands_over_and_returns_the_answer(way: Way) -> None:
    answer = way.courier.send(parcel(), way.route)
    assert 0 < len(answer) <= 200
    assert answer.isprintable()
    assert way.arrived() == [("bob@example.org", MAIL)]


def test_it_carries_the_null_sender(way: Way) -> None:
    way.courier.send(parcel(mail_from=""), way.route)
    assert len(way.arrived()) == 1


def test_one_batch_goes_to_several_recipients(way: Way) -> None:
    everyone = [f"user{n}@example.org" for n in range(3)]
    for to in everyone:
        way.courier.send(parcel(to=to), way.route)
    assert [to for to, _ in way.arrived()] == everyone


def test_a_refusal_says_whether_to_try_again_and_the_next_one_still_goes(way: Way) -> None:
    way.refuse("now")
    with pytest.raises(TemporaryFailure) as later:
        way.courier.send(parcel(), way.route)
    way.refuse("for good")
    with pytest.raises(PermanentFailure) as never:
        way.courier.send(parcel(), way.route)
    for caught in (later, never):
        assert 0 < len(str(caught.value)) <= 200
    way.refuse("")
    way.courier.send(parcel(), way.route)
    assert len(way.arrived()) == 1


def test_close_can_be_called_twice_and_sending_starts_anew(way: Way) -> None:
    way.courier.close()
    way.courier.send(parcel(), way.route)
    way.courier.close()
    way.courier.close()
    way.courier.send(parcel(), way.route)
    assert len(way.arrived()) == 2
