"""Parse and judge, in messages/s on one core, beside other filters on the same mail in the same run. `python -m bench.judge`

The mail is the SpamAssassin corpus: every k-th message of it; what learns has learnt all the others.
Peers are measured where their programs are installed (Debian: bogofilter, spamd, rspamd), each as it is fastest, without a process
for each message, on loopback, with no network tests:

- bogofilter 1.2: `bogofilter -t -b`, one process for all; its word list learnt from the same lessons.
- SpamAssassin 4: `spamd -L` with one child, asked by its own protocol; no Bayes.
- rspamd 3: one worker, asked by HTTP; no DNS, no Redis.

Pratique is measured whole: bytes to ParsedMessage, evidence of all signals, sample, features, three views of a trained model.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import math
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pratique.domain.envelope import Envelope, Receipt
from pratique.domain.verdict import judge
from pratique.filtering.classifier.features import features
from pratique.filtering.classifier.model import Model, classifier_contribution, combine
from pratique.filtering.classifier.sample import make_sample
from pratique.filtering.evidence import message_evidence
from pratique.filtering.parse import parse

from bench.measures import cpu_of_family, on_one_core
from tests.corpora import Labelled, find_corpus, labelled

SPAM_AT = 0.9
READY_SECONDS = 60


@dataclass(frozen=True)
class Result:
    """Wall and CPU seconds for all messages, and which were called spam."""

    name: str
    wall: float
    cpu: float
    spam: list[bool]


def _pratique(asked: list[Labelled], lessons: list[Labelled]) -> Result:
    model = Model.empty()
    for entry in lessons:
        raw = entry.read()
        model.learn(features(make_sample(raw, parse(raw))), is_spam=entry.is_spam)
    mail = [(entry.read(), Receipt("bench", max(entry.date, 0) * 1000, Envelope("", ()))) for entry in asked]
    wall, cpu = time.perf_counter(), time.process_time()
    spam = []
    for raw, receipt in mail:
        parsed = parse(raw)
        odds = combine(model.log_odds(features(make_sample(raw, parsed))))[0]
        evidence = (*message_evidence(parsed, receipt), classifier_contribution("classifier", odds))
        spam.append(judge(evidence).score >= SPAM_AT)
    return Result("pratique", time.perf_counter() - wall, time.process_time() - cpu, spam)


def _bogofilter(asked: list[Labelled], lessons: list[Labelled]) -> Result:
    def run(options: list[str], entries: list[Labelled]) -> str:
        paths = "".join(f"{entry.path}\n" for entry in entries)
        done = subprocess.run(
            ["bogofilter", *options], input=paths, capture_output=True, text=True, check=False
        )
        return done.stdout

    with tempfile.TemporaryDirectory() as words:
        run(["-d", words, "-s", "-b"], [entry for entry in lessons if entry.is_spam])
        run(["-d", words, "-n", "-b"], [entry for entry in lessons if not entry.is_spam])
        before, wall = os.times(), time.perf_counter()
        lines = run(["-d", words, "-t", "-b"], asked).splitlines()
        seconds, after = time.perf_counter() - wall, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Result("bogofilter", seconds, cpu, [line.split()[-2] == "S" for line in lines])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def _daemon(command: list[str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A server of its own process group that listens on `port`; gone afterwards, with its children."""
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        try:
            deadline = time.monotonic() + READY_SECONDS
            while True:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
                if server.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    raise SystemExit(
                        f"{command[0]} did not start: {log.read()[-2000:].decode(errors='replace')}"
                    )
                time.sleep(0.2)
            yield server
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGTERM)
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()


def _asked(
    name: str, server: subprocess.Popen[bytes], ask: Callable[[bytes], bool], asked: list[Labelled]
) -> Result:
    mail = [entry.read() for entry in asked]
    for raw in mail[:3]:
        ask(raw)
    before, wall = cpu_of_family(server.pid), time.perf_counter()
    spam = [ask(raw) for raw in mail]
    return Result(name, time.perf_counter() - wall, cpu_of_family(server.pid) - before, spam)


def _spamassassin(asked: list[Labelled]) -> Result:
    port = _free_port()

    def ask(raw: bytes) -> bool:
        with socket.create_connection(("127.0.0.1", port), timeout=120) as line:
            line.sendall(b"CHECK SPAMC/1.5\r\nContent-length: %d\r\n\r\n" % len(raw) + raw)
            line.shutdown(socket.SHUT_WR)
            answer = b""
            while chunk := line.recv(65536):
                answer += chunk
        return b"Spam: True" in answer

    with tempfile.TemporaryDirectory() as home:
        options = [
            "-L",
            "-x",
            "--cf=use_bayes 0",
            "--min-children=1",
            "--max-children=1",
            "--max-conn-per-child=100000",
        ]
        place = ["-i", "127.0.0.1", "-p", str(port), "-s", "stderr", f"--helper-home-dir={home}"]
        with _daemon(["spamd", *options, *place], port) as server:
            return _asked("spamassassin", server, ask, asked)


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


def _rspamd(asked: list[Labelled]) -> Result:
    port = _free_port()
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def ask(raw: bytes) -> bool:
        line.request("POST", "/checkv2", raw)
        answer = line.getresponse().read()
        return b'"action":"no action"' not in answer and b'"action":"greylist"' not in answer

    with tempfile.TemporaryDirectory() as home:
        config = Path(home) / "rspamd.conf"
        config.write_text(RSPAMD.format(home=home, port=port), encoding="utf-8")
        command = [
            "rspamd",
            "-f",
            "-i",
            "-c",
            str(config),
            "--var",
            f"DBDIR={home}",
            "--var",
            f"RUNDIR={home}",
        ]
        with _daemon([*command, "--var", f"LOGDIR={home}"], port) as server:
            return _asked("rspamd", server, ask, asked)


def _report(results: list[Result], asked: list[Labelled]) -> None:
    own = results[0]
    octets = sum(entry.path.stat().st_size for entry in asked)
    print(
        f"SpamAssassin corpus, {len(asked)} messages, {octets / len(asked) / 1000:.1f} kB on average, one core"
    )
    print(f"{'':14s} messages/s wall    CPU   ratio (CPU)   ham called spam   spam called spam")
    for result in results:
        rate, cpu_rate = len(asked) / result.wall, len(asked) / result.cpu
        ratio = result.cpu / own.cpu
        pairs = list(zip(result.spam, asked, strict=True))
        wrong = sum(said for said, entry in pairs if not entry.is_spam) / sum(not e.is_spam for e in asked)
        right = sum(said for said, entry in pairs if entry.is_spam) / sum(e.is_spam for e in asked)
        print(f"{result.name:14s} {rate:15.1f} {cpu_rate:6.1f} {ratio:11.1f} x {wrong:16.1%} {right:18.1%}")
    print("ratio: how many times longer than pratique. SpamAssassin's rules were made on this very corpus.")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    options.add_argument("--messages", type=int, default=300, help="how many to judge")
    given = options.parse_args()
    folder = find_corpus("spamassassin")
    if folder is None:
        raise SystemExit("the SpamAssassin corpus is not here (PRATIQUE_CORPORA)")
    on_one_core()
    entries = labelled(folder)
    every = max(2, math.ceil(len(entries) / given.messages))
    asked = entries[every - 1 :: every]
    chosen = set(asked)
    lessons = [entry for entry in entries if entry not in chosen]
    results = [_pratique(asked, lessons)]
    if shutil.which("bogofilter"):
        results.append(_bogofilter(asked, lessons))
    if shutil.which("spamd"):
        results.append(_spamassassin(asked))
    if shutil.which("rspamd"):
        results.append(_rspamd(asked))
    for name, program in (("bogofilter", "bogofilter"), ("spamassassin", "spamd"), ("rspamd", "rspamd")):
        if not shutil.which(program):
            print(f"{name}: not installed, not measured")
    _report(results, asked)


if __name__ == "__main__":
    main()
