"""SPF as RFC 7208 has it: equivalents of the cases that matter, written for this project."""

from __future__ import annotations

import pytest

from gateway.authentication.lookups import Lookups
from gateway.authentication.spf import SpfResult, check_spf
from tests.fake_zone import FakeZone

IP = "198.51.100.7"


def spf(
    zone: FakeZone, *, ip: str = IP, sender: str = "a@example.org", helo: str = "mail.example.org"
) -> str:
    return check_spf(Lookups(zone, seconds=5), client_ip=ip, mail_from=sender, helo=helo).value


def one(record: str, **more: dict[str, str | list[str]]) -> FakeZone:
    made = FakeZone({"example.org": {"TXT": record}})
    for name, records in more.items():
        for kind, values in records.items():
            made.put(name.replace("__", "."), kind, *([values] if isinstance(values, str) else values))
    return made


@pytest.mark.parametrize(
    ("record", "result"),
    [
        ("v=spf1 ip4:198.51.100.0/24 -all", "pass"),
        ("v=spf1 ip4:192.0.2.0/24 -all", "fail"),
        ("v=spf1 ip4:192.0.2.0/24 ~all", "softfail"),
        ("v=spf1 ?all", "neutral"),
        ("v=spf1", "neutral"),
        ("v=spf10 -all", "none"),
        ("V=SPF1 -ALL", "fail"),
        ("v=spf1 ip4:198.51.100.7/33 -all", "permerror"),
        ("v=spf1 moo -all", "permerror"),
        ("v=spf1 a/24 -all", "fail"),
        ("v=spf1 ip6:2001:db8::/32 -all", "fail"),
        ("v=spf1 include:absent.example -all", "permerror"),
        ("v=spf1 redirect=absent.example", "permerror"),
        ("v=spf1 exists:%{z}.example -all", "permerror"),
    ],
)
def test_results(record: str, result: str) -> None:
    assert spf(one(record)) == result


def test_no_record_is_none_and_two_are_an_error() -> None:
    assert spf(FakeZone()) == "none"
    assert spf(FakeZone({"example.org": {"TXT": ["v=spf1 -all", "v=spf1 +all"]}})) == "permerror"
    assert spf(FakeZone({"example.org": {"TXT": ["verify=1", "v=spf1 +all"]}})) == "pass"


def test_names_are_looked_up() -> None:
    """a, mx, include, redirect, exists with a macro, ptr."""
    host: dict[str, str | list[str]] = {"A": [IP]}
    assert spf(one("v=spf1 a:h.example -all", h__example=host)) == "pass"
    assert spf(one("v=spf1 mx -all", example__org={"MX": ["10 h.example"]}, h__example=host)) == "pass"
    assert spf(one("v=spf1 include:i.example -all", i__example={"TXT": f"v=spf1 ip4:{IP} -all"})) == "pass"
    assert spf(one("v=spf1 redirect=i.example", i__example={"TXT": "v=spf1 -all"})) == "fail"
    zone = one("v=spf1 exists:%{ir}.%{l1r+}.e.example -all")
    zone.put("7.100.51.198.a.e.example", "A", "127.0.0.2")
    assert spf(zone) == "pass"
    zone = one("v=spf1 ptr -all", mail__example__org=host)
    zone.put("7.100.51.198.in-addr.arpa", "PTR", "mail.example.org")
    assert spf(zone) == "pass"


def test_ipv6() -> None:
    zone = one("v=spf1 a:h.example -all", h__example={"AAAA": ["2001:db8::7"]})
    assert spf(zone, ip="2001:db8::7") == "pass"
    assert spf(zone, ip="::ffff:198.51.100.7") == "fail"


def test_the_null_sender_is_its_helo() -> None:
    zone = FakeZone({"mail.example.org": {"TXT": f"v=spf1 ip4:{IP} -all"}})
    assert spf(zone, sender="") == "pass"
    assert spf(zone, sender="", helo="localhost") == "none"


def test_ten_lookups_are_the_most() -> None:
    """RFC 7208, 4.6.4."""
    zone = FakeZone()
    for n in range(12):
        zone.put(f"n{n}.example", "TXT", f"v=spf1 include:n{n + 1}.example -all")
    zone.put("example.org", "TXT", "v=spf1 include:n0.example -all")
    assert spf(zone) == "permerror"
    assert len(zone.asked) <= 12


def test_void_lookups_are_two_at_most() -> None:
    zone = one("v=spf1 a:x1.example a:x2.example a:x3.example +all")
    assert spf(zone) == "permerror"
    assert spf(one("v=spf1 a:x1.example a:x2.example +all")) == "pass"


def test_more_than_ten_exchanges_are_an_error() -> None:
    zone = one("v=spf1 mx -all", example__org={"MX": [f"10 m{n}.example" for n in range(11)]})
    assert spf(zone) == "permerror"


def test_a_loop_ends() -> None:
    assert spf(one("v=spf1 include:example.org -all")) == "permerror"
    assert spf(one("v=spf1 redirect=example.org")) == "permerror"


def test_no_answer_is_a_temporary_error() -> None:
    zone = one("v=spf1 include:slow.example -all")
    zone.failing.add("slow.example")
    assert spf(zone) == "temperror"
    zone.down = True
    assert spf(zone) == "temperror"


def test_time_that_is_used_up_is_a_temporary_error() -> None:
    now = iter([0.0, 1.0, 6.0, 6.0, 6.0])
    ask = Lookups(one("v=spf1 include:i.example -all"), seconds=5, now=lambda: next(now))
    assert check_spf(ask, client_ip=IP, mail_from="a@example.org", helo="h") is SpfResult.TEMPERROR


@pytest.mark.parametrize(
    "record",
    [
        "v=spf1 " + "a:x.example " * 400,
        "v=spf1 exists:" + "%{l}" * 1_000,
        "v=spf1 ip4:" + "1" * 4_000,
        "v=spf1 \xff\0 -all",
        "v=spf1 %%%%%%%%%%",
        "v=spf1 exp=" + "." * 3_000 + " -all",
        "v=spf1 exists:%{p}.%{d99999999999999999999} -all",
        "v=spf1 all=" + "a" * 60_000,
    ],
)
@pytest.mark.parametrize(
    "sender", ["a@example.org", "x" * 300 + "@example.org", "ä@example.org", "a.b.c%@example.org"]
)
def test_hostile_records_and_senders_give_a_result(record: str, sender: str) -> None:
    assert spf(one(record), sender=sender) in set(SpfResult)


@pytest.mark.parametrize("ip", ["", "nonsense", "999.1.1.1"])
def test_an_address_that_is_none_gives_a_result(ip: str) -> None:
    assert spf(one("v=spf1 -all"), ip=ip) in set(SpfResult)


def test_nobody_reads_the_explanation() -> None:
    zone = one("v=spf1 -all exp=why.example")
    assert spf(zone) == "fail"
    assert [name for name, _ in zone.asked] == ["example.org"]
