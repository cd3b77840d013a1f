"""Log files of the laptop's installation."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path
from typing import Any

KEEP = 5 * 1024 * 1024
"""Octets after which a log file is set aside (one older file is kept)."""
POLL_SECONDS = 2.0
_NOISE = ("START RequestId: ", "END RequestId: ", "REPORT RequestId: ", '{"_aws":')
"""Lambda's own lines, and metrics in embedded format: nobody reads them on a laptop."""


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


class FunctionsLog:
    """Copies what the functions log from the emulator's CloudWatch Logs into a file, in a thread, until it is stopped."""

    def __init__(self, client: Any, *, prefix: str, file: LogFile) -> None:
        self._client, self._prefix, self._file = client, prefix, file
        self._seen: dict[str, tuple[int, Counter[tuple[str, str]]]] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="functions-log", daemon=True)

    def start(self) -> None:
        """Forget what an earlier run logged (it is in the file; the emulator would keep it for ever), and begin."""
        for group in self._groups():
            for stream in self._client.describe_log_streams(logGroupName=group)["logStreams"]:
                self._client.delete_log_stream(logGroupName=group, logStreamName=stream["logStreamName"])
        self._thread.start()

    def stop(self) -> None:
        """Copy the rest, and end."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(10)

    def _run(self) -> None:
        while not self._ended.wait(POLL_SECONDS):
            self._copy()
        self._copy()

    def _copy(self) -> None:
        try:
            for group in self._groups():
                self._copy_group(group)
        except Exception as error:  # noqa: BLE001 - the emulator is going away, or gone: its end is noticed elsewhere
            self._file.line(f"(no more lines: {type(error).__name__})")

    def _groups(self) -> list[str]:
        found = self._client.describe_log_groups(logGroupNamePrefix=self._prefix)["logGroups"]
        return [group["logGroupName"] for group in found]

    def _copy_group(self, group: str) -> None:
        """Events since the last look. Those of the last millisecond that was seen are counted: more of them may have come, and the
        emulator gives events no id.
        """
        since, known = self._seen.get(group, (0, Counter()))
        pages = self._client.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since)
        events = [event for page in pages for event in page["events"]]
        left = known.copy()
        for event in events:
            name = (event["logStreamName"], event["message"])
            if event["timestamp"] == since and left[name] > 0:
                left[name] -= 1
                continue
            text = event["message"].rstrip("\n")
            if text and not text.startswith(_NOISE):
                self._file.line(f"{group.removeprefix(self._prefix)}: {text}")
        if events:
            newest = max(event["timestamp"] for event in events)
            at_newest = ((e["logStreamName"], e["message"]) for e in events if e["timestamp"] == newest)
            self._seen[group] = (newest, Counter(at_newest))
