"""What the benches of other filters share: the task, the result, files that hold a message and nothing else, servers and their CPU time."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cli.evaluate.mail import Labelled
from cli.evaluate.protocol import Kind

READY_SECONDS = 60


@dataclass(frozen=True)
class Task:
    """What is learnt before, and what is judged (online: and then learnt). Names of messages are paths of files."""

    kind: Kind
    lessons: list[Labelled]
    asked: list[Labelled]


@dataclass(frozen=True)
class Judged:
    """Everybody's result: scores on the filter's own scale in the order asked, its default threshold, CPU seconds of judging and of learning."""

    name: str
    scored: list[tuple[float, bool]]
    threshold: float
    seconds: float
    learning: float = 0.0
    lessons: int = 0


Peer = Callable[[Task], Iterator[Judged]]


def bare_files(mail: Sequence[Labelled], folder: Path) -> list[Labelled]:
    """The messages as files of their own, without an mbox's `From ` line: every filter is given the same octets."""
    folder.mkdir(parents=True)
    made = []
    for number, each in enumerate(mail):
        path = folder / f"{number:06d}.eml"
        path.write_bytes(each.read())
        made.append(Labelled(str(path), each.is_spam, each.date, path.read_bytes))
    return made


def children_cpu() -> float:
    """CPU seconds of all processes that this one started and has waited for."""
    times = os.times()
    return times.children_user + times.children_system


def output(command: Sequence[str], *, given: str = "") -> str:
    """What a program says; its exit code is part of its answer, so it is not looked at."""
    return subprocess.run(
        command, input=given, capture_output=True, text=True, errors="replace", check=False
    ).stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def server(command: Sequence[str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A server of its own process group that listens on `port`; gone afterwards, with its children."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        try:
            _wait(process, port, command[0], log)
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, name: str, log: IO[bytes]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        if process.poll() is not None or time.monotonic() > deadline:
            log.seek(0)
            raise SystemExit(f"{name} did not start: {log.read()[-2000:].decode(errors='replace')}")
        time.sleep(0.2)
