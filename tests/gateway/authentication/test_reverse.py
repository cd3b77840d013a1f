"""What a client is called: a name counts where it leads back to the address."""

from __future__ import annotations

import pytest
from pratique.domain.errors import TemporaryFailure

from gateway.authentication.check import SenderCheck
from gateway.authentication.lookups import Lookups
from gateway.authentication.reverse import MOST_NAMES, client_name
from gateway.authentication.verdicts import Arrival
from tests.fake_zone import FakeZone
from tests.gateway.authentication.signer import MAIL

IP, POINTER = "8.8.4.4", "4.4.8.8.in-addr.arpa"
SIX = "2001:4860::1"
SIX_POINTER = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.8.4.1.0.0.2.ip6.arpa"


def name_of(zone: FakeZone, ip: str = IP) -> str | None:
    return client_name(Lookups(zone, seconds=5), ip)


def test_a_name_that_leads_back_counts() -> None:
    zone = FakeZone({POINTER: {"PTR": "Mail.Example.NET."}, "mail.example.net": {"A": ["192.0.2.1", IP]}})
    assert name_of(zone) == "mail.example.net"


def test_a_name_that_leads_elsewhere_does_not() -> None:
    """Whoever owns the address may write any name into it."""
    zone = FakeZone({POINTER: {"PTR": "mail.bank.example"}, "mail.bank.example": {"A": "192.0.2.1"}})
    assert name_of(zone) == ""


def test_the_first_of_several_names_that_leads_back() -> None:
    zone = FakeZone({POINTER: {"PTR": ["a.example", "b.example"]}, "b.example": {"A": IP}})
    assert name_of(zone) == "b.example"
    many = [f"n{number}.example" for number in range(20)]
    zone = FakeZone({POINTER: {"PTR": many}})
    assert name_of(zone) == ""
    assert len(zone.asked) == 1 + MOST_NAMES


def test_an_address_of_the_newer_kind() -> None:
    zone = FakeZone({SIX_POINTER: {"PTR": "six.example"}, "six.example": {"AAAA": "2001:4860:0::0001"}})
    assert name_of(zone, SIX) == "six.example"


def test_an_address_without_a_name() -> None:
    assert name_of(FakeZone()) == ""


@pytest.mark.parametrize("failing", [POINTER, "mail.example.net"])
def test_what_nobody_answers_is_not_known(failing: str) -> None:
    zone = FakeZone({POINTER: {"PTR": "mail.example.net"}, "mail.example.net": {"A": IP}})
    zone.failing.add(failing)
    assert name_of(zone) is None


def test_what_is_no_address_is_not_known() -> None:
    assert name_of(FakeZone(), "unix") is None


def test_values_that_are_no_addresses_lead_nowhere() -> None:
    zone = FakeZone({POINTER: {"PTR": "mail.example.net"}, "mail.example.net": {"A": ["", "x", IP]}})
    assert name_of(zone) == "mail.example.net"


@pytest.mark.parametrize(("ip", "name"), [(IP, "mail.example.net"), ("10.0.0.1", None), ("127.0.0.1", None)])
def test_a_check_tells_the_name_of_clients_outside(ip: str, name: str | None) -> None:
    zone = FakeZone({POINTER: {"PTR": "mail.example.net"}, "mail.example.net": {"A": IP}})
    check = SenderCheck(zone)
    try:
        assert check(Arrival(MAIL, "alice@example.org", ip, "h.example")).client_name == name
    finally:
        check.close()


def test_a_check_whose_questions_are_used_up_does_not_know() -> None:
    ask = Lookups(FakeZone(), seconds=0)
    with pytest.raises(TemporaryFailure):
        ask.ask(POINTER, "PTR")  # type: ignore[arg-type]  # as text
    assert client_name(ask, IP) is None
