"""Looking whether a next hop answers, with real servers."""

from __future__ import annotations

import socket

import pytest
from pratique.adapters.smtp_client import Timeouts
from pratique.adapters.smtp_probe import SmtpProbe
from pratique.domain.errors import PermanentFailure, TemporaryFailure
from pratique.domain.route import Route, RouteKind, Tls

from tests.contract.next_hops import LOOPBACK, Mailbox, aiosmtpd_hop, trusting

HASTY = Timeouts(connect=0.5, command=0.5, answer=0.5, total=1.0)


def to(port: int, tls: Tls) -> Route:
    return Route("example.org", RouteKind.SMTP, LOOPBACK, port, tls)


def test_a_server_greets_and_gets_nothing() -> None:
    """Without TLS, and with it."""
    probe, mailbox = SmtpProbe(hostname="our.example", tls_context=trusting), Mailbox()
    with aiosmtpd_hop(mailbox) as port:
        assert "without TLS" in probe.probe(to(port, Tls.NONE))
        assert "without TLS" in probe.probe(to(port, Tls.OPPORTUNISTIC))
        with pytest.raises(TemporaryFailure, match="no STARTTLS"):
            probe.probe(to(port, Tls.REQUIRED))
    with aiosmtpd_hop(mailbox, starttls=True) as port:
        assert "with TLS" in probe.probe(to(port, Tls.REQUIRED))
        with pytest.raises(TemporaryFailure, match="no connection"):
            SmtpProbe(hostname="our.example").probe(to(port, Tls.REQUIRED))
    assert mailbox.taken == []


def test_nobody_there_silence_and_port_25() -> None:
    probe = SmtpProbe(hostname="our.example", timeouts=HASTY)
    with socket.socket() as silent:
        silent.bind((LOOPBACK, 0))
        silent.listen()
        port = silent.getsockname()[1]
        for tls in (Tls.NONE, Tls.IMPLICIT):
            with pytest.raises(TemporaryFailure, match=r"no connection|not ready"):
                probe.probe(to(port, tls))
    with pytest.raises(TemporaryFailure, match="no connection"):
        probe.probe(to(port, Tls.NONE))
    with pytest.raises(PermanentFailure, match="port 25"):
        probe.probe(to(25, Tls.NONE))
