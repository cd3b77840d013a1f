"""Log files of the laptop's installation, and the functions' own lines picked out of the emulator's."""

from __future__ import annotations

import re
import threading
from pathlib import Path

KEEP = 5 * 1024 * 1024
"""Octets after which a log file is set aside (one older file is kept)."""
_STAMP = re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) [A-Z]+ \[[\w.-]+\] ")
_OUTPUT = re.compile(r"\[lambda\] Lambda (\S+) output:$")


class LogFile:
    """Lines appended to a file. Thread-safe."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)

    def line(self, text: str) -> None:
        """Append one line."""
        with self._lock:
            if self.path.exists() and self.path.stat().st_size > KEEP:
                self.path.replace(self.path.with_suffix(".old.log"))
            with self.path.open("a", encoding="utf-8", errors="replace") as file:
                file.write(text + "\n")


class EmulatorLog:
    """Takes the emulator's output. What a function wrote goes to `functions`, after the function's name; the rest to `emulator`."""

    def __init__(self, emulator: LogFile, functions: LogFile, *, prefix: str) -> None:
        self._emulator, self._functions = emulator, functions
        self._prefix = prefix
        self._name = ""

    def line(self, text: str) -> None:
        """One line of output."""
        if _STAMP.match(text):
            found = _OUTPUT.search(text)
            self._name = self._short(found.group(1)) if found else ""
            if not found:
                self._emulator.line(text)
        elif self._name:
            if text:
                self._functions.line(f"{self._name}: {text}")
        else:
            self._emulator.line(text)

    def _short(self, name: str) -> str:
        """`pratique-IngestFunction-0854E6A88CF76` -> `ingest`."""
        return name.removeprefix(self._prefix).split("-")[0].removesuffix("Function").lower()
