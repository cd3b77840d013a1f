"""The whole installation on one machine, for `make local` and for tests:

with Stack(Config(state=folder, smtp_port=0, sink_port=0, http_port=0)) as stack:
    ... stack.smtp_port, stack.url, stack.token, stack.client("s3") ...
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.child import Child
from local.doors import OPERATOR, doors, operator
from local.emulator import Emulator
from local.front import Front
from local.lock import Lock
from local.logs import FunctionsLog, LogFile
from local.mail_clients import Login, certificate, logins
from local.pages import Facts
from local.ports import HOST, free_port, greets
from local.problem import LaptopError
from local.sink import Mailbox, Sink
from local.visitor import Visitor

if TYPE_CHECKING:
    from local.deploy import Deployment

ROOT = Path(__file__).resolve().parents[1]
GATEWAY_SECONDS = 30.0
DRAIN_SECONDS = 5.0
PORTS = ("smtp", "sink", "http", "imap", "imaps", "submission", "submissions")
"""As in Config, on the command line, and in the environment."""


@dataclass(frozen=True, slots=True)
class Config:
    """What `make local` can be told. A port of 0 takes any that is free. `auth`: the emulator enforces the functions' roles. `locked`: the
    panel offers no way in without a token.
    """

    state: Path = ROOT / ".local"
    smtp_port: int = 2525
    sink_port: int = 2526
    http_port: int = 8080
    imap_port: int = 1143
    imaps_port: int = 1993
    submission_port: int = 1587
    submissions_port: int = 1465
    auth: bool = True
    parameters: tuple[tuple[str, str], ...] = ()
    """More parameters of the template: (name, value)."""
    locked: bool = False


class Stack:
    """The running installation. `say` is told each step of the start."""

    def __init__(self, config: Config, *, say: Callable[[str], None] = lambda _step: None) -> None:
        self.config = config
        self._say = say
        self._lock = Lock(config.state)
        self._children: dict[str, Child] = {}
        self.emulator: Emulator | None = None
        self.outputs: dict[str, str] = {}
        self.token = ""
        self.sign_in_link = ""
        self.smtp_port = self.sink_port = self.http_port = self.imap_port = self.imaps_port = 0
        self.submission_port = self.submissions_port = 0
        self.logins: list[Login] = []
        self.doors: dict[str, str] = {}
        self.certificate: Path | None = None
        self.mailbox = Mailbox(config.state / "sink")
        self._sink: Sink | None = None
        self._front: Front | None = None
        self._functions: FunctionsLog | None = None

    def __enter__(self) -> Stack:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where the front page and the API are."""
        return f"http://{HOST}:{self.http_port}"

    def start(self) -> None:
        """Start everything; where a part cannot, stop what is there. Raises LaptopError."""
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop everything, edges first, the emulator (which saves its state then) last. May be called again."""
        if self._front:
            self._front.stop()
            self._front = None
        for child in self._children.values():
            child.stop()
        self._children.clear()
        if self.emulator:
            self._drain(self.emulator)
            if self._functions:
                self._functions.stop()
                self._functions = None
            self.emulator.stop()
        if self._sink:
            self._sink.stop()
            self._sink = None
        self._lock.release()

    def trouble(self) -> str:
        """What ended by itself, '' while all is well."""
        if self.emulator and self.emulator.crashed is not None:
            return (
                f"the emulator ended by itself (exit code {self.emulator.crashed}). What it was told since this start is lost, "
                f"raw mail is not; see {self.config.state}/log/emulator.log"
            )
        for name, child in self._children.items():
            if child.crashed is not None:
                return f"the {name} ended by itself (exit code {child.crashed}); see {self.config.state}/log/{name}.log"
        return ""

    def client(self, service: str) -> Any:
        """A client of an AWS service of the emulator, with all rights."""
        if not self.emulator:
            raise LaptopError("nothing runs")
        return self.emulator.client(service)

    def _start(self) -> None:
        config = self.config
        config.state.mkdir(parents=True, exist_ok=True)
        config.state.chmod(0o700)  # it holds people's mail
        (config.state / ".gitignore").write_text("*\n", encoding="ascii")
        self._lock.take(self._say)
        for name in PORTS:
            wanted, upper = getattr(config, f"{name}_port"), f"{name.upper()}_PORT"
            setattr(self, f"{name}_port", free_port(wanted, f"--{name}-port", upper))
        self._say("starting the emulator")
        self.emulator = Emulator(
            config.state / "emulator", emulator_python(), auth=config.auth, logs=config.state / "log"
        )
        self.emulator.start(inherit=[self._lock.fd])
        deployment = self._deploy(self.emulator)
        self.outputs = deployment.outputs
        environment = {**_own_environment(), **self.emulator.environment(), **deployment.environment}
        self._sink = Sink(self.mailbox)
        self._sink.start(self.sink_port)
        self._say("starting the gateway")
        self._start_gateway(environment)
        self._seed(environment)
        self._start_front(self.emulator, deployment.api_path)
        self._wait_for_gateway()
        self._tell_the_command_line()

    def _start_front(self, emulator: Emulator, api_path: str) -> None:
        self._front = Front(
            self.http_port,
            mailbox=self.mailbox,
            api=(emulator.host, emulator.port, api_path),
        )
        self._front.start(
            Facts(
                self.smtp_port,
                self.sink_port,
                self.http_port,
                emulator.url,
                str(self.config.state),
                self.imap_port,
                self.imaps_port if self.certificate else 0,
            ),
            Visitor(self.smtp_port, {} if self.config.locked else self.doors),
        )

    def _deploy(self, emulator: Emulator) -> Deployment:
        """Bring the template onto the emulator, and begin to copy what the functions log."""
        from local.deploy import STACK, deploy  # noqa: PLC0415 - the AWS libraries: a port in use is told before they are loaded

        ports = (self.smtp_port, self.submission_port, self.submissions_port)
        own_edges = ",".join(f"{host}:{port}" for port in ports for host in (HOST, "localhost"))
        chosen = {"OwnEdges": own_edges, **dict(self.config.parameters)}
        deployment = deploy(emulator, ROOT, self.config.state, chosen, url=self.url, say=self._say)
        self._functions = FunctionsLog(
            emulator.client("logs"),
            prefix=f"/pratique/{STACK}/",
            file=LogFile(self.config.state / "log" / "functions.log"),
        )
        self._functions.start()
        return deployment

    def _drain(self, emulator: Emulator) -> None:
        """Let mail on its way out arrive: what a worker holds at the end is tried again only after the queue's visibility timeout."""
        queue = self.outputs.get("LocalDeliverQueue")
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        deadline = time.monotonic() + DRAIN_SECONDS
        while queue and emulator.crashed is None and time.monotonic() < deadline:
            try:
                found = emulator.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=names)
            except Exception:  # noqa: BLE001 - it is ending already: there is nothing to wait for
                return
            if not any(int(found["Attributes"][name]) for name in names):
                return
            time.sleep(0.1)

    def _start_gateway(self, environment: dict[str, str]) -> None:
        log = LogFile(self.config.state / "log" / "gateway.log")
        command = [sys.executable, "-m", "gateway", "--smtp", f"{HOST}:{self.smtp_port}"]
        command += ["--imap", f"{HOST}:{self.imap_port}"]
        files = certificate(self.config.state)
        if files:
            self.certificate = files[0]
            command += ["--imaps", f"{HOST}:{self.imaps_port}"]
            command += ["--submission", f"{HOST}:{self.submission_port}"]
            command += ["--submissions", f"{HOST}:{self.submissions_port}"]
            command += ["--certificate", str(files[0]), "--key", str(files[1])]
        self._children["gateway"] = Child(
            "gateway", command, env=environment, cwd=ROOT, on_line=log.line, inherit=[self._lock.fd]
        )

    def _wait_for_gateway(self) -> None:
        deadline = time.monotonic() + GATEWAY_SECONDS
        greetings = [(self.smtp_port, b"220 "), (self.imap_port, b"* OK")]
        greetings += [(self.submission_port, b"220 ")] if self.certificate else []
        while time.monotonic() < deadline:
            if self.trouble():
                raise LaptopError(self.trouble())
            try:
                if all(greets(*each) for each in greetings):
                    return
            except OSError:
                pass
            time.sleep(0.02)
        raise LaptopError("the gateway did not answer")

    def _seed(self, environment: dict[str, str]) -> None:
        """The operator's token, the same for as long as the state folder lives, and the route to the sink."""
        known = operator(self.config.state / "token")
        self.token = known.text
        self.logins = logins(self.config.state / "imap-logins")
        ways = doors(self.config.state / "doors")
        self.doors = {OPERATOR: self.token, **{each.scope: each.text for each in ways}}
        wanted = json.dumps(
            {
                "id": known.id,
                "secret": known.secret,
                "sink": self.sink_port,
                "logins": [asdict(each) for each in self.logins],
                "doors": [asdict(each) for each in ways],
            }
        )
        done = subprocess.run(
            [sys.executable, "-m", "local.seed"],
            input=wanted,
            env={**environment, "PRATIQUE_PANEL_URL": self.url},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise LaptopError(f"the first token could not be made: {done.stderr.strip().splitlines()[-1:]}")
        self.sign_in_link = done.stdout.strip()

    def _tell_the_command_line(self) -> None:
        """Where `pratique` finds this installation without being told."""
        for name, value in (("url", self.url), ("smtp", f"{HOST}:{self.smtp_port}")):
            (self.config.state / name).write_text(value + "\n", encoding="ascii")


def emulator_python() -> Path:
    """The interpreter of the emulator's own environment. Raises LaptopError where there is none."""
    python = ROOT / ".venv-emulator" / "bin" / "python"
    if not python.exists():
        raise LaptopError("the emulator is not installed: `make local` installs it")
    return python


def _own_environment() -> dict[str, str]:
    """What a child needs of this machine. Nothing of the person's own AWS settings."""
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(Path.home()),
        "PYTHONPATH": f"{ROOT}:{ROOT / 'layers' / 'core'}",
        "PYTHONUNBUFFERED": "1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
