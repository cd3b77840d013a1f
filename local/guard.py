"""Run one command, and stop it when whoever asked for it is gone. A script of its own; only the standard library.

`python guard.py SECONDS COMMAND...` reads its standard input, which the laptop's runner keeps open. When that ends (the runner closed
it, or was killed with `kill -9`), or on SIGTERM, the command gets SIGTERM and SECONDS to end by itself: the emulator saves its state
only then. Whatever is left of its process group is killed after that, so no child ever stays behind.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time

TICK = 0.05


def main(seconds: float, command: list[str]) -> int:
    """Returns the command's exit code (128 + N where signal N ended it)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the runner's to answer
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: asked.append(number))
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603 - the runner's own
    deadline: float | None = None
    with selectors.DefaultSelector() as waiting:
        waiting.register(sys.stdin, selectors.EVENT_READ)
        while process.poll() is None:
            if deadline is None and (asked or _ended(waiting)):
                process.terminate()
                deadline = time.monotonic() + seconds
            elif deadline is not None:
                time.sleep(TICK)
                if time.monotonic() > deadline:
                    break
    _kill_group(process.pid)
    code = process.wait()
    return code if code >= 0 else 128 - code


def _ended(waiting: selectors.BaseSelector) -> bool:
    return any(not os.read(key.fd, 4096) for key, _ in waiting.select(TICK))


def _kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    raise SystemExit(main(float(sys.argv[1]), sys.argv[2:]))
