"""One runner for one state folder."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from local.problem import LaptopError

ENDING_SECONDS = 30.0
"""How long children of a runner that was killed may take to save and end."""


class Lock:
    """A lock on a folder. Children that inherit `fd` hold it too: a runner that was killed leaves it to those that still save."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: IO[str] | None = None

    @property
    def fd(self) -> int:
        """The locked file's descriptor."""
        if self._file is None:
            raise LaptopError("the lock is not held")
        return self._file.fileno()

    def take(self, say: Callable[[str], None]) -> None:
        """Take it. Waits where its holder is dead and only its children are left; raises LaptopError where the holder lives."""
        file = (self._folder / "lock").open("a+", encoding="ascii")
        deadline = time.monotonic() + ENDING_SECONDS
        while not _locked(file):
            file.seek(0)
            holder = file.read().strip()
            if _is_alive(holder) or time.monotonic() > deadline:
                file.close()
                raise LaptopError(
                    f"{self._folder} is in use by another `make local` (process {holder}): stop it, or choose another folder with --state"
                )
            say("waiting for an earlier run to save its state")
            time.sleep(0.2)
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        self._file = file

    def release(self) -> None:
        """Give it back. May be called again."""
        if self._file:
            self._file.close()
            self._file = None


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _is_alive(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True
