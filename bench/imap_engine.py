"""The IMAP engine over mail in memory, beside Debian's dovecot-imapd on a Maildir of the same mail: CPU of the server's process per command,
and what an idle connection takes. `python -m bench.imap_engine [messages ...]` (default 10000 100000). Without dovecot-imapd ours alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.dovecot_pipe import IMAP, Dovecot

IDLE = 200
USER = b"testuser"


def message(number: int) -> bytes:
    """A small multipart message; every thousandth one differs in its subject."""
    rare = " rare" if number % 1_000 == 0 else ""
    return (
        f"Received: from a.example.net by b.example.org; Mon, 1 Jan 2024 00:00:00 +0000\r\nDate: Mon, 1 Jan 2024 10:00:00 +0000\r\n"
        f"From: Sender {number} <s{number}@example.net>\r\nTo: <r@example.org>\r\nSubject: Offer number {number}{rare}\r\n"
        f"Message-ID: <{number}@example.net>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"
        f"--b\r\nContent-Type: text/plain\r\n\r\nHello {number}\r\n--b\r\nContent-Type: text/html\r\n\r\n<b>Hello</b>\r\n--b--\r\n"
    ).encode()


def commands(count: int) -> list[bytes]:
    """In this order; a command that comes twice shows what the first time has made ready."""
    last = b"%d:%d" % (count - 49, count)
    return [
        b"SELECT INBOX",
        b"SELECT INBOX",
        b"STORE 1:%d -FLAGS.SILENT (\\Seen)" % (count // 3),
        b"FETCH 1:* (FLAGS UID)",
        b"FETCH 1:* (FLAGS UID)",
        b"UID FETCH 1:* (FLAGS)",
        b"FETCH 1:* (UID FLAGS RFC822.SIZE INTERNALDATE)",
        b"FETCH 1:* (UID FLAGS RFC822.SIZE INTERNALDATE)",
        b"FETCH " + last + b" ENVELOPE",
        b"FETCH " + last + b" ENVELOPE",
        b"FETCH " + last + b" (UID FLAGS RFC822.SIZE BODY.PEEK[HEADER])",
        b"FETCH " + last + b" BODY.PEEK[]",
        b"SEARCH UNSEEN",
        b"SEARCH SINCE 1-Jan-2000",
        b"SEARCH SUBJECT rare",
        b"SEARCH SUBJECT rare",
        b"NOOP",
    ]


class Talk:
    """A session: `send` writes octets, `read` some of the answer. `pid` is the process whose CPU counts."""

    def __init__(self, send: Callable[[bytes], object], read: Callable[[], bytes], pid: int) -> None:
        self._send, self._read, self.pid, self._number = send, read, pid, 0

    def ask(self, command: bytes) -> bytes:
        """The answer, whole."""
        self._number += 1
        tag = b"b%d" % self._number
        self._send(tag + b" " + command + b"\r\n")
        said = bytearray(b"\r\n")
        while not (said.endswith(b"\r\n") and said.rfind(b"\r\n" + tag + b" ", max(0, len(said) - 500)) >= 0):
            part = self._read()
            if not part:
                raise OSError("the server ended")
            said += part
        if b"\r\n" + tag + b" OK" not in said[-500:]:
            raise OSError(f"{command!r}: {bytes(said[-200:])!r}")
        return bytes(said[2:])

    def measure(self, command: bytes) -> tuple[float, int]:
        """(milliseconds of the server's CPU, octets of answer)."""
        before = _cpu(self.pid)
        size = len(self.ask(command))
        return (_cpu(self.pid) - before) / 1e6, size


def _cpu(pid: int) -> int:
    """Nanoseconds on a core, all threads."""
    return sum(int(task.read_text().split()[0]) for task in Path(f"/proc/{pid}/task").glob("*/schedstat"))


def _memory(pid: int) -> int:
    """Octets of its own (Pss)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


@contextlib.contextmanager
def engine(count: int) -> Iterator[tuple[int, int]]:
    """Our server in a process of its own: (port, pid)."""
    command = [sys.executable, "-m", "bench.imap_engine", "--serve", str(count)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline()), process.pid
        process.terminate()


def serve(count: int) -> None:
    """The child: says its port, serves until it is ended."""
    from gateway.imap.limits import Limits
    from gateway.imap.memory import MemoryBackend
    from gateway.imap.server import Listening, Server
    from gateway.imap.storage import Message

    async def run() -> None:
        limits = Limits(per_address=1_000, per_user=1_000)
        backend = MemoryBackend("pass", lambda: 1_700_000_000.0, append_limit=limits.append)
        inbox = backend.account(USER.decode()).find("INBOX")
        inbox.add(Message(message(number), ("\\Seen",)) for number in range(count))
        server = Server(backend, limits=limits)
        print(await server.start(Listening("127.0.0.1", 0, plaintext=True)), flush=True)
        await asyncio.Event().wait()

    asyncio.run(run())


def log_in(port: int, pid: int) -> tuple[Talk, socket.socket]:
    """A session with ours."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.recv(1_000)
    talk = Talk(connection.sendall, lambda: connection.recv(1 << 20), pid)
    talk.ask(b"LOGIN " + USER + b" pass")
    return talk, connection


def idle_memory(port: int, pid: int) -> float:
    """Octets that one more connection with the mailbox selected, in IDLE, takes."""
    before = _memory(pid)
    held = []
    for _ in range(IDLE):
        talk, connection = log_in(port, pid)
        talk.ask(b"SELECT INBOX")
        connection.sendall(b"i IDLE\r\n")
        connection.recv(100)
        held.append(connection)
    taken = (_memory(pid) - before) / IDLE
    for connection in held:
        connection.close()
    return taken


def compare(count: int) -> None:
    """One table."""
    print(f"\n{count} messages: CPU ms of the server (octets of answer)")
    theirs: list[tuple[float, int]] = []
    theirs_idle = 0
    if IMAP.exists():
        with Dovecot(message(number) for number in range(count)) as dovecot:
            process = dovecot.process
            assert process.stdin is not None
            assert process.stdout is not None
            into, out = process.stdin, process.stdout.fileno()

            def send(data: bytes) -> None:
                into.write(data)
                into.flush()

            talk = Talk(send, lambda: os.read(out, 1 << 20), process.pid)
            theirs = [talk.measure(command) for command in commands(count)]
            theirs_idle = _memory(process.pid)
    with engine(count) as (port, pid):
        talk, connection = log_in(port, pid)
        ours = [talk.measure(command) for command in commands(count)]
        connection.close()
        idle = idle_memory(port, pid)
    print(f"{'':60} {'ours':>22} {'dovecot':>22}")
    for at, command in enumerate(commands(count)):
        other = f"{theirs[at][0]:10.1f} {theirs[at][1]:11}" if theirs else "not installed"
        print(f"{command.decode():60} {ours[at][0]:10.1f} {ours[at][1]:11} {other:>22}")
    print(
        f"an idle connection more: ours {idle / 1000:.0f} kB; dovecot's process {theirs_idle / 1000:.0f} kB"
    )


def main(arguments: list[str]) -> int:
    """See the module."""
    if arguments[:1] == ["--serve"]:
        serve(int(arguments[1]))
        return 0
    for count in [int(text) for text in arguments] or [10_000, 100_000]:
        compare(count)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
