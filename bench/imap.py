"""The quarantine over IMAP beside Debian's Dovecot, on the same mail in one run: milliseconds on the clock and on the servers' cores, and what was
asked of the stores. `python -m bench.imap [messages ...] [--latency-ms 5] [--short]` (default 10000 100000).

Ours is the gateway's IMAP service (gateway/imap_service.py) on the quarantine backend over stores in memory; with --latency-ms each round trip to
a store waits so long, as the network would let it. Dovecot has a Maildir, in the machine's cache, and its own index files.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bench import imap_dovecot, imap_ours
from bench.imap_mail import DAYS, Mail
from bench.imap_talk import Cost, Talk, memory

IDLE = 200
PAUSE = 1.1
"""Seconds after which our NOOP looks for news again (gateway/quarantine/shared.py: LEAST_SECONDS)."""


@dataclass
class Side:
    """One server. `folder` has the mail; `calls` tells what was asked of the store since it was last asked."""

    port: int
    other_port: int
    """Of another gateway over the same store; for Dovecot the same."""
    pid: int
    user: str
    password: str
    folder: str
    calls: Callable[[], str] = lambda: ""
    costs: dict[str, Cost] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    found: dict[str, bytes] = field(default_factory=dict)

    def talk(self, *, other: bool = False) -> Talk:
        """A session."""
        return Talk(self.other_port if other else self.port, self.user, self.password, self.pid)

    def note(self, name: str, work: Callable[[], Cost]) -> None:
        """Measure one row of the table."""
        self.calls()
        self.costs[name] = work()
        self.asked[name] = self.calls()


@contextlib.contextmanager
def ours(mail: Mail, latency_ms: float) -> Iterator[Side]:
    """Our gateway as a process of its own."""
    command = [sys.executable, "-m", "bench.imap", "--serve", str(mail.count), str(mail.end), str(latency_ms)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        into, out = process.stdin, process.stdout
        told = json.loads(out.readline())

        def calls() -> str:
            into.write("\n")
            into.flush()
            seen: dict[str, int] = json.loads(out.readline())
            return ", ".join(f"{many} {name}" for name, many in sorted(seen.items()))

        first, other = told["ports"]
        yield Side(first, other, process.pid, imap_ours.USER, told["password"], "Caught", calls)
        into.close()


@contextlib.contextmanager
def theirs(mail: Mail) -> Iterator[Side]:
    """Dovecot."""
    with imap_dovecot.dovecot(mail) as (port, pid):
        yield Side(port, port, pid, imap_dovecot.USER, imap_dovecot.PASSWORD, "INBOX")


def measure(side: Side, mail: Mail, again: int) -> None:
    """All rows. What is asked first finds nothing made ready; what is asked again is the least of `again` times."""
    count, select = mail.count, f"SELECT {side.folder}"
    talk = side.talk()
    side.note("SELECT: first", lambda: talk.cost(select))
    side.note("SELECT: again, the same server", lambda: talk.best(select, again))
    talk.close()
    time.sleep(PAUSE)  # the time of a process that ends is no longer told
    talk = side.talk(other=True)
    side.note("SELECT: again, another gateway", lambda: talk.cost(select))
    last = f"{count - 49}:{count}"
    since = datetime.fromtimestamp(mail.end - DAYS * 43_200, UTC).strftime("%-d-%b-%Y")
    quick = {
        "STORE 50 FLAGS": [f"STORE {last} {sign}FLAGS (\\Flagged)" for sign in "+-+"],
        "STORE a third +FLAGS.SILENT": [
            f"STORE 1:{count // 3} {sign}FLAGS.SILENT (\\Seen)" for sign in "+-+"
        ],
        "FETCH 1:* (FLAGS UID)": ["FETCH 1:* (FLAGS UID)"] * 2,
        "FETCH 1:* (UID FLAGS RFC822.SIZE INTERNALDATE)": ["FETCH 1:* (UID FLAGS RFC822.SIZE INTERNALDATE)"]
        * 2,
        "FETCH 50 ENVELOPE": [f"FETCH {last} ENVELOPE"] * 2,
        "FETCH 50 header blocks": [f"FETCH {last} BODY.PEEK[HEADER]"] * 2,
        "FETCH 50 (what clients list)": [
            f"FETCH {last} (UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (FROM TO CC SUBJECT DATE MESSAGE-ID)])"
        ]
        * 2,
        "FETCH 50 BODYSTRUCTURE": [f"FETCH {last} BODYSTRUCTURE"] * 2,
        "FETCH 50 bodies": [f"FETCH {last} BODY.PEEK[]"] * 2,
        "SEARCH UNSEEN": ["SEARCH UNSEEN"] * 2,
        "SEARCH SINCE": [f"SEARCH SINCE {since}"] * 2,
        "SEARCH SUBJECT": ['SEARCH SUBJECT "777:"'] * 2,
        "SEARCH FROM": ['SEARCH FROM "yahoo"'] * 2,
    }
    for name, (first, *rest) in quick.items():
        side.note(f"{name}: first", lambda first=first: talk.cost(first))  # type: ignore[misc]  # bound at once
        side.calls()
        costs = [talk.cost(each) for each in rest * max(1, again // len(rest))]
        asked = side.calls()
        least = Cost(min(c.wall for c in costs), min(c.cpu for c in costs), costs[-1].octets)
        side.costs[f"{name}: again"], side.asked[f"{name}: again"] = least, _per(asked, len(costs))
        if name.startswith("SEARCH"):
            side.found[name] = _numbers(talk.whole(first))
    side.note("NOOP: after a second", lambda: talk.best("NOOP", 3, before=lambda: time.sleep(PAUSE)))
    side.asked["NOOP: after a second"] = _per(side.asked["NOOP: after a second"], 3)
    side.note("NOOP: at once", lambda: talk.best("NOOP", 20))
    talk.close()


def _per(asked: str, times: int) -> str:
    """Counts of one command, out of those of some alike."""
    return re.sub(r"\d+(?= )", lambda found: f"{int(found[0]) / times:.3g}", asked)


def _numbers(answer: bytes) -> bytes:
    found = re.search(rb"\* SEARCH([ 0-9]*)", answer)
    return found[1].strip() if found else b""


def idle(side: Side) -> tuple[float, float]:
    """What a connection more with the mailbox selected, in IDLE, takes: octets of (Rss, Pss)."""
    held: list[Talk] = []
    _wait_idle(side, held)  # what was freed before is taken again
    before = memory(side.pid)
    _wait_idle(side, held)
    after = memory(side.pid)
    for talk in held:
        talk.close()
    return (after[0] - before[0]) / IDLE, (after[1] - before[1]) / IDLE


def _wait_idle(side: Side, held: list[Talk]) -> None:
    """IDLE connections more."""
    for _ in range(IDLE):
        talk = side.talk()
        talk.ask(f"SELECT {side.folder}")
        talk.socket.sendall(b"i IDLE\r\n")
        talk.socket.recv(1_000)
        held.append(talk)
    time.sleep(0.5)


def table(own: Side, other: Side | None) -> None:
    """Print."""
    print(
        f"\n{'':50} {'ours: ms':>9} {'CPU':>8}   {'dovecot: ms':>11} {'CPU':>8}   {'ratio':>6} {'CPU':>6}   round trips to the stores"
    )
    for name, cost in own.costs.items():
        line = f"{name:50} {cost.wall:9.2f} {cost.cpu:8.2f}   "
        if other is not None:
            peer = other.costs[name]
            ratios = f"{cost.wall / peer.wall:6.2f} {cost.cpu / peer.cpu if peer.cpu else 0:6.2f}"
            line += f"{peer.wall:11.2f} {peer.cpu:8.2f}   {ratios}   "
        print(line + own.asked[name])


def compare(count: int, latency_ms: float, again: int) -> None:
    """One table."""
    mail = Mail(count, int(time.time()) - 3_600)
    print(f"\n{count} messages: {mail.source}; {latency_ms:g} ms a round trip to a store")
    other = None
    if imap_dovecot.there():
        with theirs(mail) as other:
            measure(other, mail, again)
            other_idle = idle(other)
    else:
        print("dovecot-imapd is not installed: ours alone")
    with ours(mail, latency_ms) as own:
        measure(own, mail, again)
        own_idle = idle(own)
    table(own, other)
    print(
        f"an idle connection more, of {IDLE}: ours {own_idle[0] / 1e3:.0f} kB RSS, {own_idle[1] / 1e3:.0f} kB PSS",
        end="",
    )
    if other is not None:
        print(f"; dovecot {other_idle[0] / 1e3:.0f} kB RSS, {other_idle[1] / 1e3:.0f} kB PSS")
        for name, found in own.found.items():
            if found != other.found[name]:
                ours_only = set(found.split()) ^ set(other.found[name].split())
                print(
                    f"{name}: {len(ours_only)} messages that only one of the two finds, such as {sorted(ours_only)[:5]}"
                )


def main() -> int:
    """See the module."""
    if sys.argv[1:2] == ["--serve"]:
        imap_ours.serve(int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
        return 0
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("messages", nargs="*", type=int)
    parser.add_argument(
        "--latency-ms", type=float, default=0.0, help="each round trip to a store waits so long"
    )
    parser.add_argument("--short", action="store_true", help="2,000 messages")
    chosen = parser.parse_args()
    for count in chosen.messages or ([2_000] if chosen.short else [10_000, 100_000]):
        compare(count, chosen.latency_ms, 4)
    return 0


if __name__ == "__main__":
    sys.exit(main())
