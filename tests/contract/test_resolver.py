"""Resolver: the fake zone, and dnspython in front of a name server on the loopback address."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from pratique.adapters.dns import DnsResolver
from pratique.domain.errors import TemporaryFailure
from pratique.ports.resolver import RecordKind, Resolver

from tests.fake_zone import FakeZone

RECORDS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "example.org": {"TXT": ["v=spf1 -all", "gr\xfc\xdf"], "MX": ["10 mail.example.org", "20 b.example.org"]},
    "mail.example.org": {"A": ["192.0.2.1", "192.0.2.2"], "AAAA": ["2001:db8::1"]},
    "alias.example.org": {"CNAME": ["mail.example.org"]},
    "1.2.0.192.in-addr.arpa": {"PTR": ["mail.example.org"]},
    "_dmarc.example.org": {"TXT": ["x" * 400]},
}
SLOW = "slow.example.org"
BROKEN = "broken.example.org"


def _reply(question: bytes) -> bytes | None:
    """A name server's answer; None for none."""
    query = dns.message.from_wire(question)
    asked = query.question[0]
    name = asked.name.to_text().lower().rstrip(".")
    if name == SLOW:
        return None
    reply = dns.message.make_response(query)
    reply.flags |= dns.flags.RA
    if name == BROKEN:
        reply.set_rcode(dns.rcode.SERVFAIL)
        return reply.to_wire()
    if name not in RECORDS:
        reply.set_rcode(dns.rcode.NXDOMAIN)
        return reply.to_wire()
    if "CNAME" in RECORDS[name]:
        target = RECORDS[name]["CNAME"][0]
        reply.answer.append(dns.rrset.from_text(asked.name, 60, "IN", "CNAME", target + "."))
        name, owner = target, target + "."
    else:
        owner = asked.name.to_text()
    kind = dns.rdatatype.to_text(asked.rdtype)
    values = RECORDS[name].get(kind, ())
    if values:
        reply.answer.append(dns.rrset.from_text(owner, 300, "IN", kind, *(_text(v, kind) for v in values)))
    return reply.to_wire()


def _text(value: str, kind: str) -> str:
    if kind == "TXT":  # strings of 255 octets at most, as zones have them
        octets = "".join(f"\\{ord(c):03}" if not c.isascii() else c for c in value)
        parts = [octets[n : n + 200] for n in range(0, len(octets), 200)]
        return " ".join(f'"{part}"' for part in parts)
    return value + "." if kind in ("MX", "PTR") else value


@contextmanager
def name_server() -> Iterator[tuple[str, int]]:
    """One that answers by UDP until the end."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(0.05)
        ended = threading.Event()

        def serve() -> None:
            while not ended.is_set():
                try:
                    question, client = server.recvfrom(4096)
                except TimeoutError:
                    continue
                reply = _reply(question)
                if reply is not None:
                    server.sendto(reply, client)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()
        finally:
            ended.set()
            thread.join(10)


@pytest.fixture(params=["fake", "dnspython"])
def resolver(request: pytest.FixtureRequest) -> Iterator[Resolver]:
    if request.param == "fake":
        zone = FakeZone(RECORDS)
        zone.failing = {SLOW, BROKEN}
        yield zone
        return
    with name_server() as (address, port):
        yield DnsResolver([(address, port)])


@pytest.mark.parametrize(
    ("name", "kind", "values"),
    [
        ("example.org", RecordKind.TXT, ["v=spf1 -all", "gr\xfc\xdf"]),
        ("example.org.", RecordKind.MX, ["10 mail.example.org", "20 b.example.org"]),
        ("mail.example.org", RecordKind.A, ["192.0.2.1", "192.0.2.2"]),
        ("mail.example.org", RecordKind.AAAA, ["2001:db8::1"]),
        ("alias.example.org", RecordKind.A, ["192.0.2.1", "192.0.2.2"]),
        ("1.2.0.192.in-addr.arpa", RecordKind.PTR, ["mail.example.org"]),
        ("_dmarc.example.org", RecordKind.TXT, ["x" * 400]),
        ("example.org", RecordKind.A, []),
        ("absent.example.org", RecordKind.A, []),
    ],
)
def test_answers(resolver: Resolver, name: str, kind: RecordKind, values: list[str]) -> None:
    """Octet for octet; aliases are followed; an absence of name or record is an answer."""
    answer = resolver.resolve(name, kind, seconds=5)
    assert sorted(answer.values) == sorted(values)
    assert answer.seconds > 0


@pytest.mark.parametrize("name", [SLOW, BROKEN])
def test_no_answer_is_a_temporary_failure(resolver: Resolver, name: str) -> None:
    with pytest.raises(TemporaryFailure):
        resolver.resolve(name, RecordKind.TXT, seconds=0.2)


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "a..b",
        "x" * 64 + ".example",
        ("x" * 60 + ".") * 5,
        "a\\.b.example",
        "\udcff.example",
        "ü.example",
    ],
)
def test_what_can_be_no_name_has_no_records(resolver: Resolver, name: str) -> None:
    assert resolver.resolve(name, RecordKind.TXT, seconds=5).values == ()


def test_where_there_is_no_server_it_is_a_temporary_failure() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(TemporaryFailure):
        DnsResolver([("127.0.0.1", port)]).resolve("example.org", RecordKind.TXT, seconds=0.2)


def test_a_machine_without_a_resolver_is_a_temporary_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    import dns.resolver

    def nothing(*_: object, **__: object) -> Callable[[], None]:
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(dns.resolver, "Resolver", nothing)
    with pytest.raises(TemporaryFailure):
        DnsResolver().resolve("example.org", RecordKind.TXT, seconds=1)
