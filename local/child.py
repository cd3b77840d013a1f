"""A process of the laptop's installation: started under the guard, its output in a log file, stopped gracefully."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

GUARD = Path(__file__).with_name("guard.py")
GRACE = 20.0
"""Seconds a process gets to end by itself. The emulator writes its state in that time."""


class Child:
    """One process. `on_line` is called with every line of its output, in a thread. The guard inherits the files `inherit`, and so keeps
    what is locked by them until the process is gone.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        on_line: Callable[[str], None],
        inherit: Sequence[int] = (),
    ) -> None:
        self.name = name
        self._on_line = on_line
        self._asked = threading.Event()
        self._process = subprocess.Popen(  # noqa: S603 - our own commands
            [sys.executable, str(GUARD), str(GRACE), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
            pass_fds=inherit,
        )
        self._reader = threading.Thread(target=self._read, name=f"{name}-log", daemon=True)
        self._reader.start()

    @property
    def crashed(self) -> int | None:
        """The exit code, if the process ended and nobody had asked it to."""
        code = self._process.poll()
        return None if code is None or self._asked.is_set() else code

    def ask_to_stop(self) -> None:
        """Begin to stop it; returns at once."""
        self._asked.set()
        if self._process.stdin and not self._process.stdin.closed:
            self._process.stdin.close()

    def stop(self) -> None:
        """Stop it and wait until it is gone, with all that it started."""
        self.ask_to_stop()
        deadline = time.monotonic() + GRACE + 10
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                self._process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._reader.join(5)

    def _read(self) -> None:
        output = self._process.stdout
        if output is None:
            return
        with output:
            for line in output:
                self._on_line(line.decode("utf-8", "replace").rstrip("\r\n"))
