"""Filters that run as servers: SpamAssassin (spamd, by its own protocol) and rspamd (HTTP), on loopback, one child each, no network tests."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.measures import cpu_of_family
from bench.peers_common import Judged, Peer, Task, children_cpu, free_port, server

RSPAMD = """
.include "/etc/rspamd/common.conf"
options {{ pidfile = "{home}/pid"; dns {{ nameserver = ["127.0.0.1:1"]; timeout = 0.01s; retransmits = 1; }}; filters = "chartable,regexp"; }}
logging {{ type = "console"; level = "error"; }}
worker "normal" {{ bind_socket = "127.0.0.1:{port}"; count = 1; }}
rbl {{ enabled = false; }}
spf {{ enabled = false; }}
dkim {{ enabled = false; }}
arc {{ enabled = false; }}
dmarc {{ enabled = false; }}
surbl {{ enabled = false; }}
fuzzy_check {{ enabled = false; }}
asn {{ enabled = false; }}
phishing {{ openphish_enabled = false; phishtank_enabled = false; }}
"""
_SAID = re.compile(rb"^Spam: \w+ ; (-?[0-9.]+) / ", re.MULTILINE)


def spamassassin() -> Peer | None:
    """SpamAssassin -L, its rules alone; spam from 5 on."""
    if not shutil.which("spamd"):
        return None

    def peer(task: Task) -> Iterator[Judged]:
        with tempfile.TemporaryDirectory() as home, _spamd(["--cf=use_bayes 0"], home) as (pid, ask):
            yield _asked("SpamAssassin -L", 5.0, task, pid, ask)

    return peer


def spamassassin_bayes() -> Peer | None:
    """SpamAssassin -L with its Bayes filter, taught by sa-learn; it learns nothing by itself."""
    if not shutil.which("spamd") or not shutil.which("sa-learn"):
        return None

    def peer(task: Task) -> Iterator[Judged]:
        with tempfile.TemporaryDirectory() as home:
            words = [
                f"--cf=bayes_path {home}/bayes",
                "--cf=bayes_auto_learn 0",
                "--cf=bayes_auto_expire 0",
                "--cf=use_bayes 1",
                "--cf=bayes_file_mode 0777",
            ]
            Path(home).chmod(
                0o777
            )  # started by root, spamd works as nobody, and would go without a word list it may not read
            before = children_cpu()
            for kind, is_spam in (("--ham", False), ("--spam", True)):
                names = "".join(f"{each.name}\n" for each in task.lessons if each.is_spam is is_spam)
                listed = Path(home) / f"list{kind}"
                listed.write_text(names, encoding="ascii")
                command = [
                    "sa-learn",
                    "-L",
                    kind,
                    "--no-sync",
                    f"--folders={listed}",
                    f"--prefspath={home}/prefs",
                ]
                command += [f"--cf={word.removeprefix('--cf=')}" for word in words]
                subprocess.run(command, capture_output=True, check=True)
            subprocess.run(["sa-learn", "-L", "--sync", *words], capture_output=True, check=True)
            learning = children_cpu() - before
            with _spamd(words, home) as (pid, ask):
                yield _asked("SpamAssassin -L with Bayes", 5.0, task, pid, ask, learning=learning)

    return peer


@contextlib.contextmanager
def _spamd(settings: list[str], home: str) -> Iterator[tuple[int, Callable[[bytes], float]]]:
    port = free_port()
    workers = ["--min-children=1", "--max-children=1", "--max-conn-per-child=1000000"]
    place = ["-i", "127.0.0.1", "-p", str(port), "-s", "stderr", f"--helper-home-dir={home}"]

    def ask(raw: bytes) -> float:
        with socket.create_connection(("127.0.0.1", port), timeout=300) as line:
            line.sendall(b"CHECK SPAMC/1.5\r\nContent-length: %d\r\n\r\n" % len(raw) + raw)
            line.shutdown(socket.SHUT_WR)
            answer = b""
            while chunk := line.recv(65536):
                answer += chunk
        found = _SAID.search(answer)
        if found is None:
            raise SystemExit(f"spamd answered {answer[:200]!r}")
        return float(found.group(1))

    with server(["spamd", "-L", "-x", *settings, *workers, *place], port) as process:
        yield process.pid, ask


def rspamd() -> Peer | None:
    """rspamd with what needs no network and no Redis; spam from 6 on (it adds a header there)."""
    if not shutil.which("rspamd"):
        return None

    def peer(task: Task) -> Iterator[Judged]:
        port = free_port()
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

        def ask(raw: bytes) -> float:
            line.request("POST", "/checkv2", raw)
            return float(json.loads(line.getresponse().read())["score"])

        with tempfile.TemporaryDirectory() as home:
            config = Path(home) / "rspamd.conf"
            config.write_text(RSPAMD.format(home=home, port=port), encoding="utf-8")
            places = [word for name in ("DBDIR", "RUNDIR", "LOGDIR") for word in ("--var", f"{name}={home}")]
            with server(["rspamd", "-f", "-i", "-c", str(config), *places], port) as process:
                yield _asked("rspamd", 6.0, task, process.pid, ask)

    return peer


def _asked(
    name: str, threshold: float, task: Task, pid: int, ask: Callable[[bytes], float], *, learning: float = 0.0
) -> Judged:
    for each in task.asked[:3]:
        ask(each.read())
    before = cpu_of_family(pid)
    scored = [(ask(each.read()), each.is_spam) for each in task.asked]
    return Judged(name, scored, threshold, cpu_of_family(pid) - before, learning, len(task.lessons))
