"""The embedded AWS emulator (ministack) as a child process, by its documented environment variables and endpoints only."""

from __future__ import annotations

import secrets
import shutil
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.child import Child
from local.logs import LogFile
from local.problem import LaptopError

if TYPE_CHECKING:
    import boto3

REGION = "us-east-1"
ACCOUNT = "000000000000"
START_SECONDS = 60.0
PORTS = range(20_000, 30_000)
"""Below the ports that systems give to outgoing connections: it is wanted again at each start."""
ROOT_KEY = "test"
"""The emulator's own administrator: a key and a secret that it never checks. It listens on the loopback address only."""


class Emulator:
    """One emulator, with its state in `folder`. `auth` makes it enforce the execution roles' policies."""

    def __init__(self, folder: Path, python: Path, *, auth: bool, logs: Path) -> None:
        self._folder, self._python, self._auth = folder, python, auth
        self._log = LogFile(logs / "emulator.log")
        self._child: Child | None = None
        self.host, self.port = "127.0.0.1", 0

    @property
    def url(self) -> str:
        """Where its API is."""
        return f"http://{self.host}:{self.port}"

    @property
    def crashed(self) -> int | None:
        """The exit code, if it ended by itself."""
        return self._child.crashed if self._child else None

    def start(self, *, inherit: Sequence[int] = ()) -> None:
        """Start it and wait until it answers (`inherit`: see Child). Raises LaptopError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self.host, self.port = self._address()
        scratch = self._folder / "tmp"
        shutil.rmtree(scratch, ignore_errors=True)  # unpacked functions of a run before this one
        scratch.mkdir()
        env = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(self._folder),
            "TMPDIR": str(scratch),
            "PYTHONUNBUFFERED": "1",
            "BIND_HOST": self.host,
            "MINISTACK_HOST": self.host,
            "AWS_ENDPOINT_URL": self.url,
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_REGION": REGION,
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "AUTH": "true" if self._auth else "false",
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self._folder / "state"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self._folder / "s3"),
            "LAMBDA_EXECUTOR": "local",
            "DOCKER_HOST": f"unix://{scratch}/no-docker",  # it looks for containers to remove where there is a daemon
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
        }
        self._child = Child(
            "emulator",
            [str(self._python), "-m", "ministack"],
            env=env,
            cwd=self._folder,
            on_line=self._log.line,
            inherit=inherit,
        )
        self._wait()

    def ask_to_stop(self) -> None:
        """Begin to stop it."""
        if self._child:
            self._child.ask_to_stop()

    def stop(self) -> None:
        """Stop it gracefully: it saves its state then, and only then."""
        if self._child:
            self._child.stop()
            self._child = None

    def session(self) -> boto3.Session:
        """A session as the emulator's administrator."""
        import boto3  # noqa: PLC0415 - a quarter of a second that a message about a port in use need not wait for

        return boto3.Session(aws_access_key_id=ROOT_KEY, aws_secret_access_key=ROOT_KEY, region_name=REGION)

    def client(self, service: str) -> Any:
        """A client of one of its services."""
        from botocore.config import Config  # noqa: PLC0415 - as above

        return self.session().client(
            service,  # type: ignore[call-overload]  # the callers name services that there are
            endpoint_url=self.url,
            config=Config(retries={"total_max_attempts": 2}, connect_timeout=5, read_timeout=130),
        )

    def environment(self) -> Mapping[str, str]:
        """What a child process needs to reach it through the AWS libraries."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": ROOT_KEY,
            "AWS_SECRET_ACCESS_KEY": ROOT_KEY,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def _address(self) -> tuple[str, int]:
        """The address of the first start: the emulator knows its queues by URLs that name it. Raises LaptopError where it is taken."""
        kept = self._folder / "address"
        try:
            host, _, port = kept.read_text(encoding="ascii").strip().rpartition(":")
            address = host, int(port)
        except (OSError, ValueError):
            address = _new_address()
            kept.write_text(f"{address[0]}:{address[1]}\n", encoding="ascii")
        if not _is_free(*address):
            raise LaptopError(
                f"port {address[1]} of {address[0]}, which the emulator was first started on here, is in use: "
                "stop what has it, or start over with --fresh"
            )
        return address

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.crashed is not None:
                raise LaptopError(f"the emulator ended with exit code {self.crashed}: see {self._log.path}")
            try:
                with urllib.request.urlopen(f"{self.url}/_ministack/ready", timeout=2):  # noqa: S310 - our own loopback URL
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        raise LaptopError(
            f"the emulator did not answer within {START_SECONDS:.0f} seconds: see {self._log.path}"
        )


def _new_address() -> tuple[str, int]:
    """A loopback address that a page in a browser cannot guess, where the system has more than one of them (Linux has 16 million).

    The emulator lets any origin read what it answers, and believes whoever says to be its administrator: a page of another site that found
    it could do as it likes.
    """
    for host in (
        f"127.{secrets.randbelow(253) + 1}.{secrets.randbelow(253) + 1}.{secrets.randbelow(253) + 1}",
        "127.0.0.1",
    ):
        for port in secrets.SystemRandom().sample(PORTS, 20):
            if _is_free(host, port):
                return host, port
    raise LaptopError(f"no free port between {PORTS.start} and {PORTS.stop} for the emulator")


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
