"""Starts, restarts, crashes and ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from local.problem import LaptopError
from local.stack import ROOT, Config, Stack
from tests.e2e.installation import Installation, config_in, mail

pytestmark = pytest.mark.emulator


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """The state that these tests hand from one to the next: each leaves an installation that can be started again."""
    return config_in(tmp_path_factory.mktemp("lifecycle"))


@pytest.fixture
def runner(config: Config) -> Iterator[subprocess.Popen[str]]:
    """`python -m local`, as make starts it."""
    command = [sys.executable, "-m", "local", "--state", str(config.state)]
    for option in ("smtp", "sink", "http", "imap", "imaps", "submission", "submissions"):
        port = getattr(config, f"{option}_port")
        command += [f"--{option}-port", str(port)]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'layers' / 'core'}"}
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        yield process
        process.kill()


def read_until(process: subprocess.Popen[str], word: str) -> str:
    """What it says, up to the line with `word` in it."""
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if word in line:
            return said
    raise AssertionError(f"ended without {word!r}:\n{said}")


def processes_of(state: Path) -> list[str]:
    """The command lines and environments of running processes that name the state folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal() or int(entry.name) == os.getpid():
            continue
        try:
            text = (entry / "cmdline").read_bytes() + b"\0" + (entry / "environ").read_bytes()
        except OSError:
            continue
        if str(state).encode() in text:
            found.append(text[:200].decode("utf-8", "replace"))
    return found


def test_a_restart_keeps_everything_and_deploys_nothing(config: Config) -> None:
    steps: list[str] = []
    with Stack(config, say=steps.append) as stack:
        first = Installation(stack)
        first.block("keeper@bad.example")
        data = mail("keep me", sender="keeper@bad.example")
        first.send(data, to="bob@kept.example", sender="keeper@bad.example")
        copy = first.only_held("kept.example")
        token, outputs = stack.token, stack.outputs
    assert any("deploying" in step for step in steps)
    logged = (config.state / "log" / "functions.log").read_text()
    assert "ingest: " in logged
    assert "bob@kept.example" not in logged
    assert oct((config.state / "token").stat().st_mode & 0o777) == "0o600"
    steps.clear()
    with Stack(config, say=steps.append) as stack:
        second = Installation(stack)
        assert not any("deploying" in step or "building" in step for step in steps), steps
        assert (stack.token, stack.outputs) == (token, outputs)
        assert second.only_held("kept.example") == copy
        second.do("POST", f"/v1/messages/{copy['id']}/release", {})
        (arrived,) = second.delivered("bob@kept.example")
        assert arrived.endswith(b"\r\n" + data)


def test_ctrl_c_ends_it_gracefully_and_a_second_one_does_no_harm(
    config: Config, runner: subprocess.Popen[str]
) -> None:
    said = read_until(runner, "Ready")
    assert f"127.0.0.1:{config.smtp_port}" in said
    runner.send_signal(signal.SIGINT)
    runner.send_signal(signal.SIGINT)
    rest, _ = runner.communicate(timeout=60)
    assert "Traceback" not in rest
    assert runner.returncode == 0
    assert processes_of(config.state) == []


def test_when_the_runner_is_killed_its_children_save_and_end(
    config: Config, runner: subprocess.Popen[str]
) -> None:
    read_until(runner, "Ready")
    state = config.state / "emulator" / "state" / "dynamodb.json"
    before = state.stat().st_mtime_ns
    runner.kill()
    runner.communicate()
    with Stack(config) as stack:
        assert Installation(stack).call("GET", "/v1/health").status == 200
    assert state.stat().st_mtime_ns > before


def test_a_crash_of_the_emulator_is_noticed_and_survived(config: Config) -> None:
    with Stack(config) as stack:
        one = Installation(stack)
        one.block("late@bad.example")
        one.send(
            mail("after the last save", sender="late@bad.example"),
            to="c@kept.example",
            sender="late@bad.example",
        )
        kept = one.raw_keys()
        assert stack.trouble() == ""
        (note,) = (config.state / "emulator" / "tmp").glob("ministack-*.pid")
        os.kill(int(note.read_text()), signal.SIGKILL)
        trouble = one.wait_for(stack.trouble, bool)
        assert "the emulator ended by itself" in trouble
        token = stack.token
    assert processes_of(config.state) == []
    with Stack(config) as stack:
        two = Installation(stack)
        assert stack.token == token
        assert two.call("GET", "/v1/messages").status == 200
        assert two.raw_keys() == kept


def wait_until_none_is_left(state: Path) -> None:
    """A function's worker of the test before may take a moment to notice that its emulator has ended."""
    deadline = time.monotonic() + 20
    while processes_of(state):
        assert time.monotonic() < deadline, processes_of(state)
        time.sleep(0.1)


def test_a_port_in_use_is_told_before_anything_starts(config: Config) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(
            LaptopError, match=rf"^port {taken} cannot be used \(.*\): choose another with --http-port"
        ):
            Stack(replace(config, http_port=taken)).start()
    wait_until_none_is_left(config.state)


def test_two_runners_do_not_share_a_state_folder(config: Config, tmp_path: Path) -> None:
    shared = replace(config, state=tmp_path)
    one, two = Stack(shared), Stack(shared)
    one._lock.take(lambda _step: None)
    try:
        with pytest.raises(LaptopError, match=rf"in use by another `make local` \(process {os.getpid()}\)"):
            two.start()
    finally:
        one.stop()
