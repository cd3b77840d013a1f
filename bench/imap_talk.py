"""A fast IMAP client for bench.imap, and what a command costs the server's processes. The same for both servers: raw sockets, octets counted until
the tagged line.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_KEPT = 4_096
_SETTLED = 0.003
"""Seconds until a process that has answered sleeps again, so that its time on the core is whole."""


@dataclass(frozen=True)
class Cost:
    """Milliseconds on the clock and on the server's cores, and octets of answer."""

    wall: float
    cpu: float
    octets: int


class Talk:
    """A session; `pid` is the server's, whose children count as well."""

    def __init__(self, port: int, user: str, password: str, pid: int) -> None:
        self.pid = pid
        self._number = 0
        self.socket = socket.create_connection(("127.0.0.1", port), 120)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._view = memoryview(bytearray(1 << 20))
        self.socket.recv(1_000)
        self.ask(f'LOGIN {user} "{password}"')

    def ask(self, command: str) -> tuple[int, bytes]:
        """(octets of the answer, its end). OSError where it is not OK."""
        self._number += 1
        tag = b"b%d " % self._number
        self.socket.sendall(tag + command.encode("ascii") + b"\r\n")
        size, end, wanted = 0, b"\r\n", b"\r\n" + tag
        while True:
            many = self.socket.recv_into(self._view)
            if not many:
                raise OSError("the server ended")
            size += many
            end = (end + self._view[max(0, many - _KEPT) : many].tobytes())[-_KEPT:]
            if end.endswith(b"\r\n") and (at := end.rfind(wanted)) >= 0:
                break
        if end[at + len(wanted) : at + len(wanted) + 2] != b"OK":
            raise OSError(f"{command}: {end[at:]!r}")
        return size, end

    def whole(self, command: str) -> bytes:
        """All of the answer."""
        self._number += 1
        tag = b"b%d " % self._number
        self.socket.sendall(tag + command.encode("ascii") + b"\r\n")
        said = bytearray(b"\r\n")
        while not (said.endswith(b"\r\n") and said.rfind(b"\r\n" + tag, max(0, len(said) - _KEPT)) >= 0):
            part = self.socket.recv(1 << 20)
            if not part:
                raise OSError("the server ended")
            said += part
        return bytes(said[2:])

    def cost(self, command: str) -> Cost:
        """Ask once."""
        before = cpu(self.pid)
        start = time.perf_counter()
        octets, _ = self.ask(command)
        wall = time.perf_counter() - start
        time.sleep(_SETTLED)
        taken = sum(time_now - before.get(each, 0) for each, time_now in cpu(self.pid).items())
        return Cost(wall * 1e3, taken / 1e6, octets)

    def best(self, command: str, times: int, *, before: Callable[[], object] = lambda: None) -> Cost:
        """The least of some: other work on the machine only ever adds."""
        found = []
        for _ in range(times):
            before()
            found.append(self.cost(command))
        return Cost(min(c.wall for c in found), min(c.cpu for c in found), found[-1].octets)

    def close(self) -> None:
        """Hang up."""
        self.socket.close()


def family_of(pid: int) -> list[int]:
    """A process and what it has started, itself or by those."""
    found, waiting = [], [pid]
    while waiting:
        current = waiting.pop()
        found.append(current)
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{current}/task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
    return found


def cpu(pid: int) -> dict[Path, int]:
    """Nanoseconds on a core of each thread that a process and its children have now."""
    found: dict[Path, int] = {}
    for each in family_of(pid):
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{each}/task").iterdir():
                found[task] = int((task / "schedstat").read_text().split()[0])
    return found


def memory(pid: int) -> tuple[int, int]:
    """(Rss, Pss) of a process and its children, in octets."""
    rss = pss = 0
    for each in family_of(pid):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{each}/smaps_rollup").read_text().splitlines():
                if line.startswith("Rss:"):
                    rss += int(line.split()[1]) * 1024
                elif line.startswith("Pss:"):
                    pss += int(line.split()[1]) * 1024
    return rss, pss
