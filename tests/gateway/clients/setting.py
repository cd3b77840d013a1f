"""What a mail client is given, and what it did: programs run with a home of their own, on a terminal of their own where they want one."""

from __future__ import annotations

import os
import pty
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from pratique.domain.lifecycle import State
from pratique.domain.scope import GLOBAL, parse_scope

from tests.gateway.quarantine.serving import Gateway

SUBJECTS = ("first offer", "second offer", "third offer")
USER = "bob@example.org"
SECONDS = 60.0
"""Until a program is taken to hang: a bound, none takes as long."""


class Setting:
    """A gateway with three held messages for USER, and an app password."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.port = gateway.port
        self.password = gateway.password(USER)

    def states(self) -> dict[str, State]:
        """The state of each copy, by subject."""
        return {copy.subject: copy.state for copy in self.gateway.world.index.all_copies()}

    def labels(self) -> list[str]:
        """Of the lessons that wait to be learned."""
        scopes = (GLOBAL, parse_scope("example.org"), parse_scope(USER))
        journal = self.gateway.world.journal
        return [
            waiting.lesson.label.value for scope in scopes for waiting in journal.pending(scope, limit=99)
        ]


def need(program: str) -> str:
    """The program's path; the test that needs it is skipped by its name where it is not installed."""
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed")
    return found


def environment(home: Path) -> dict[str, str]:
    """A terminal, a locale and a home of its own: nobody's settings are read."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TERM": "xterm",
        "LC_ALL": "C.UTF-8",
        "XDG_CONFIG_HOME": str(home / ".config"),
    }


def run(command: Sequence[str], home: Path) -> str:
    """What it said, on both channels; asserts that it ended well."""
    done = subprocess.run(
        list(command),
        capture_output=True,
        text=True,
        env=environment(home),
        timeout=SECONDS,
        check=False,
        cwd=home,
    )
    assert done.returncode == 0, (done.stdout, done.stderr)
    return done.stdout + done.stderr


def run_on_terminal(command: Sequence[str], home: Path) -> bytes:
    """What it drew, until it ended by itself."""
    pid, screen = pty.fork()
    if pid == 0:
        os.chdir(home)
        os.execvpe(command[0], list(command), environment(home))
    drawn = b""
    deadline = time.monotonic() + SECONDS
    try:
        while time.monotonic() < deadline:
            ready, _, _ = select.select([screen], [], [], 0.2)
            if ready:
                try:
                    octets = os.read(screen, 65_536)
                except OSError:  # Linux says EIO when the other end has closed
                    break
                if not octets:
                    break
                drawn += octets
        else:
            os.kill(pid, signal.SIGKILL)
            pytest.fail(f"{command[0]} did not end: {drawn[-2000:]!r}")
    finally:
        os.waitpid(pid, 0)
        os.close(screen)
    return drawn
