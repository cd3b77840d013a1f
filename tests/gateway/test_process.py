"""The gateway as a process: what it listens on, TLS, health, and its end."""

from __future__ import annotations

import imaplib
import os
import re
import shutil
import signal
import smtplib
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.__main__ import main
from gateway.imap_service import ImapOptions
from local.mail_clients import LOGINS, certificate, logins
from local.stack import ROOT

PATIENCE = 30.0


@contextmanager
def process(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """`python -m gateway`, and the ports that it says it listens on."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT}:{ROOT / 'layers' / 'core'}",
        "PYTHONUNBUFFERED": "1",
        "AWS_REGION": "eu-west-1",
        "PRATIQUE_TABLE": "nobody-asks",
        "PRATIQUE_BUCKET": "nobody-asks",
        "PRATIQUE_ANY_DOMAIN": "yes",
    }
    command = [sys.executable, "-m", "gateway", *arguments]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as running:
        try:
            assert running.stderr is not None
            ports: list[int] = []
            for line in running.stderr:
                found = re.search(r"listening on \S+:(\d+)", line)
                if found:
                    ports.append(int(found[1]))
                if len(ports) == sum(
                    each in ("--smtp", "--imap", "--imaps", "--health") for each in arguments
                ):
                    break
            yield running, ports
        finally:
            running.kill()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on this machine")
    made = certificate(tmp_path_factory.mktemp("certificate"))
    assert made is not None
    return made


def test_the_edge_takes_mail_over_tls_from_whoever_wants_it(files: tuple[Path, Path]) -> None:
    """STARTTLS is offered and not demanded; without a certificate it is not offered. Nobody can log in."""
    context = ssl.create_default_context(cafile=str(files[0]))
    secured = ["--smtp", "127.0.0.1:0", "--certificate", str(files[0]), "--key", str(files[1])]
    with process(*secured) as (_, (port,)), smtplib.SMTP("localhost", port, timeout=PATIENCE) as smtp:
        smtp.ehlo()
        assert smtp.has_extn("starttls")
        assert smtp.mail("alice@example.net")[0] == 250
        smtp.rset()
        assert smtp.starttls(context=context)[0] == 220
        smtp.ehlo()
        assert (smtp.has_extn("starttls"), smtp.has_extn("auth")) == (False, False)
        assert smtp.mail("alice@example.net")[0] == 250
        assert smtp.rcpt("bob@example.org")[0] == 250
    with (
        process("--smtp", "127.0.0.1:0") as (_, (port,)),
        smtplib.SMTP("localhost", port, timeout=PATIENCE) as smtp,
    ):
        smtp.ehlo()
        assert not smtp.has_extn("starttls")


def test_it_serves_imap_alone_and_ends_gracefully(files: tuple[Path, Path]) -> None:
    """STARTTLS and TLS with the certificate, health over HTTP; at SIGTERM clients are told BYE."""
    arguments = ["--imap", "127.0.0.1:0", "--imaps", "127.0.0.1:0", "--health", "127.0.0.1:0"]
    arguments += ["--certificate", str(files[0]), "--key", str(files[1])]
    context = ssl.create_default_context(cafile=str(files[0]))
    with process(*arguments) as (running, (plain, tls, health)):
        with urllib.request.urlopen(f"http://127.0.0.1:{health}/", timeout=PATIENCE) as answer:
            assert (answer.status, answer.read()) == (200, b"ok\n")
        imap = imaplib.IMAP4("localhost", plain, timeout=PATIENCE)
        assert "LOGINDISABLED" not in imap.capabilities  # the loopback address
        assert imap.starttls(context)[0] == "OK"
        other = imaplib.IMAP4_SSL("localhost", tls, ssl_context=context, timeout=PATIENCE)
        assert "AUTH=PLAIN" in other.capabilities
        running.send_signal(signal.SIGTERM)
        for each in (imap, other):
            assert each.readline().startswith(b"* BYE")
            each.shutdown()
        assert running.wait(PATIENCE) == 0
        with pytest.raises(urllib.error.URLError):
            urllib.request.urlopen(f"http://127.0.0.1:{health}/", timeout=PATIENCE)


def test_a_certificate_is_read_again_when_it_was_renewed(files: tuple[Path, Path], tmp_path: Path) -> None:
    """At SIGHUP, without an end of anything."""
    for source in files:
        shutil.copy(source, tmp_path)
    chain, key = (tmp_path / each.name for each in files)
    with process("--imaps", "127.0.0.1:0", "--certificate", str(chain), "--key", str(key)) as (
        running,
        (port,),
    ):
        chain.unlink()
        key.unlink()
        assert certificate(tmp_path) == (chain, key)
        fresh = ssl.create_default_context(cafile=str(chain))
        old = ssl.create_default_context(cafile=str(files[0]))
        imaplib.IMAP4_SSL("localhost", port, ssl_context=old, timeout=PATIENCE).shutdown()
        running.send_signal(signal.SIGHUP)
        while True:
            try:
                imaplib.IMAP4_SSL("localhost", port, ssl_context=fresh, timeout=PATIENCE).shutdown()
            except ssl.SSLCertVerificationError:
                continue
            break
        assert running.poll() is None


@pytest.mark.parametrize(
    "arguments",
    [
        ["--imap", "nowhere"],
        ["--imap", "127.0.0.1:66000"],
        ["--imaps", "127.0.0.1:993"],
        ["--imap", "127.0.0.1:0", "--certificate", "chain.pem"],
        ["--imap", "127.0.0.1:0", "--connections", "0"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_is_said(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_passwords_go_in_the_clear_on_loopback_only() -> None:
    """Elsewhere a client must have TLS first: its own, or the load balancer's."""
    assert [each.plaintext for each in ImapOptions(plain=("127.0.0.1", 1143)).places] == [True]
    assert [each.plaintext for each in ImapOptions(plain=("::1", 1143)).places] == [True]
    for host in ("0.0.0.0", "10.0.0.1", "imap.example.org"):
        assert [each.plaintext for each in ImapOptions(plain=(host, 1143)).places] == [False]
    (behind,) = ImapOptions(behind_tls=("0.0.0.0", 1143), proxies=("10.0.0.0/16",)).places
    assert (behind.secure, behind.proxies, behind.plaintext) == (True, ("10.0.0.0/16",), False)


def test_a_laptops_logins_stay_and_are_its_owners(tmp_path: Path) -> None:
    """The same at each start, readable by nobody else."""
    first = logins(tmp_path / "imap-logins")
    assert [each.login for each in first] == list(LOGINS)
    assert logins(tmp_path / "imap-logins") == first
    assert len({each.password for each in first}) == len(LOGINS)
    assert (tmp_path / "imap-logins").stat().st_mode & 0o777 == 0o600


def test_a_laptops_certificate_stays_and_its_key_is_its_owners(files: tuple[Path, Path]) -> None:
    assert certificate(files[0].parent) == files
    assert files[1].stat().st_mode & 0o777 == 0o600


def test_without_openssl_there_is_no_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert certificate(tmp_path) is None
