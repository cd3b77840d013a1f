"""Children: guarded, logged, never left behind."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path
from typing import Any

from local.bundle import bundle
from local.child import GUARD, Child
from local.logs import KEEP, FunctionsLog, LogFile
from local.stack import ROOT

POLITE = """
import pathlib, signal, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
def end(*_):
    pathlib.Path(sys.argv[1]).write_text("saved")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("child", child.pid, flush=True)
time.sleep(600)
"""
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"


def guarded(seconds: float, code: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(GUARD), str(seconds), sys.executable, "-c", code, *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z"


def test_when_its_input_ends_the_command_ends_gracefully_and_its_children_too(tmp_path: Path) -> None:
    with guarded(20, POLITE, str(tmp_path / "note")) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        child = int(process.stdout.readline().split()[1])
        process.stdin.close()
        assert process.wait(20) == 0
        assert (tmp_path / "note").read_text() == "saved"
        while not is_gone(child):
            time.sleep(0.01)


def test_a_command_that_does_not_listen_is_killed() -> None:
    with guarded(0.1, STUBBORN) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        process.terminate()
        assert process.wait(20) == 128 + 9


def test_the_guard_hands_on_the_exit_code() -> None:
    with guarded(1, "raise SystemExit(7)") as process:
        assert process.wait(20) == 7


def test_a_child_that_ends_by_itself_has_crashed_and_one_that_was_stopped_has_not(tmp_path: Path) -> None:
    lines: list[str] = []
    seen = threading.Event()

    def on_line(line: str) -> None:
        lines.append(line)
        seen.set()

    environment = {"PATH": os.environ["PATH"]}
    crashing = Child(
        "crashing",
        [sys.executable, "-c", "raise SystemExit(3)"],
        env=environment,
        cwd=tmp_path,
        on_line=on_line,
    )
    while crashing.crashed is None:
        time.sleep(0.01)
    assert crashing.crashed == 3
    crashing.stop()
    running = Child(
        "running",
        [sys.executable, "-uc", "import time; print('hello'); time.sleep(600)"],
        env=environment,
        cwd=tmp_path,
        on_line=on_line,
    )
    assert seen.wait(20)
    assert running.crashed is None
    running.stop()
    assert running.crashed is None
    assert lines == ["hello"]


def test_a_log_file_is_set_aside_when_it_is_full(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "log" / "x.log")
    log.line("a" * KEEP)
    log.line("b")
    log.line("c")
    assert (tmp_path / "log" / "x.log").read_text() == "b\nc\n"
    assert (tmp_path / "log" / "x.old.log").stat().st_size > KEEP


class FakeLogs:
    """CloudWatch Logs as far as it is asked."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.deleted: list[str] = []

    def describe_log_groups(self, *, logGroupNamePrefix: str) -> dict[str, Any]:  # noqa: N803 - the API's name
        return {"logGroups": [{"logGroupName": f"{logGroupNamePrefix}ingest"}]}

    def describe_log_streams(self, *, logGroupName: str) -> dict[str, Any]:  # noqa: N803 - as above
        return {"logStreams": [{"logStreamName": "old"}]}

    def delete_log_stream(self, *, logGroupName: str, logStreamName: str) -> None:  # noqa: N803 - as above
        self.deleted.append(logStreamName)

    def get_paginator(self, _name: str) -> FakeLogs:
        return self

    def paginate(self, *, logGroupName: str, startTime: int) -> list[dict[str, Any]]:  # noqa: N803 - as above
        return [{"events": [event for event in self.events if event["timestamp"] >= startTime]}]


def test_function_lines_are_copied_once_and_without_noise(tmp_path: Path) -> None:
    logs, file = FakeLogs(), LogFile(tmp_path / "functions.log")
    tail = FunctionsLog(logs, prefix="/p/", file=file)

    def add(at: int, text: str) -> None:
        logs.events.append({"logStreamName": "s", "timestamp": at, "message": text, "ingestionTime": at})

    add(10, "START RequestId: 1")
    add(10, "one\n")
    tail._copy()
    add(10, "two")
    add(10, "two")
    tail._copy()
    add(10, "two")
    add(11, '{"_aws": {}}')
    add(11, "three")
    tail._copy()
    tail._copy()
    assert file.path.read_text().splitlines() == [
        f"ingest: {text}" for text in ("one", "two", "two", "two", "three")
    ]


def test_a_bundle_is_built_again_only_when_its_source_changes(tmp_path: Path) -> None:
    root, cache = tmp_path / "root", tmp_path / "cache"
    built: list[str] = []
    for path in (
        "tools/build_layer.py",
        "tools/trim_botocore.py",
        "local/bundle.py",
        "functions/expire/app.py",
    ):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes((ROOT / path).read_bytes())
    cache.mkdir()
    first = bundle(root, cache, "ExpireFunction", "functions/expire/", say=built.append)
    again = bundle(root, cache, "ExpireFunction", "functions/expire/", say=built.append)
    assert first == again
    assert built == ["building functions/expire/"]
    with zipfile.ZipFile(first.path) as archive:
        assert "app.py" in archive.namelist()
        assert any(name.endswith(".pyc") for name in archive.namelist())
    (root / "functions/expire/app.py").write_text("# changed\n")
    changed = bundle(root, cache, "ExpireFunction", "functions/expire/", say=built.append)
    assert changed.key != first.key
    assert [path.name for path in cache.glob("*.zip")] == [changed.key]


def test_without_a_suitable_python_the_set_up_says_so(tmp_path: Path) -> None:
    command = [
        "/bin/sh",
        str(ROOT / "tools" / "environment.sh"),
        str(tmp_path / "venv"),
        "requirements/uv.txt",
    ]
    environment = {"PATH": os.environ["PATH"], "PYTHON": "/nowhere/python9"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "Python 3.11 or newer" in done.stderr
    assert not (tmp_path / "venv").exists()
