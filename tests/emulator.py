"""The embedded AWS emulator (ministack) as a process of its own, on a free port of 127.0.0.1, gone after the tests.

It pins an older botocore, so it lives in an environment of its own: `.venv-emulator`, or the interpreter that
PRATIQUE_EMULATOR_PYTHON names.
"""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 30
STOP_SECONDS = 20
REGION = "us-east-1"


@dataclass(frozen=True)
class Emulator:
    """Where it answers, and what it wrote."""

    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        """What an SDK needs in its environment to talk to it."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
        }

    def reset(self) -> None:
        """Forget everything, as after a fresh start."""
        with urllib.request.urlopen(f"{self.url}/_ministack/reset", data=b"", timeout=10):
            pass


def emulator_python() -> Path:
    """The interpreter that has ministack. Fails, with what to do, where there is none: these tests are never skipped."""
    named = os.environ.get("PRATIQUE_EMULATOR_PYTHON")
    python = Path(named) if named else ROOT / ".venv-emulator" / "bin" / "python"
    if not python.exists():
        pytest.fail(
            f"no emulator: {python} is not there. `make test` makes .venv-emulator from requirements/emulator.txt; "
            "or let PRATIQUE_EMULATOR_PYTHON name the interpreter of an environment that has ministack."
        )
    return python


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running_emulator(folder: Path, *, extra: Mapping[str, str] | None = None) -> Iterator[Emulator]:
    """An emulator with its log and scratch files in `folder`; stopped gracefully at the end, killed if it does not stop."""
    emulator = Emulator(free_port(), folder / "emulator.log")
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(emulator.port),
        "MINISTACK_REGION": REGION,
        "LOG_LEVEL": "WARNING",
        "S3_DATA_DIR": str(folder / "s3"),
        **(extra or {}),
    }
    with emulator.log.open("wb") as log:
        process = subprocess.Popen(
            [emulator_python(), "-m", "ministack"],
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(emulator, process)
        yield emulator
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(emulator: Emulator, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{emulator.url}/_ministack/health", timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    pytest.fail(f"the emulator did not start: {emulator.log.read_text(errors='replace')[-2000:]}")


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """One emulator for all tests of this process."""
    with running_emulator(tmp_path_factory.mktemp("emulator")) as running:
        yield running
