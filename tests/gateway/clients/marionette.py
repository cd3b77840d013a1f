"""Thunderbird without a screen, driven by the protocol its own tests are driven by (Marionette: length-prefixed JSON on a local port).

https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html
"""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.gateway.clients.setting import SECONDS, environment

PREFERENCES = {
    "app.update.enabled": False,
    "app.donation.eoy.version.viewed": 999,
    "datareporting.policy.dataSubmissionEnabled": False,
    "mail.provider.suppress_dialog_on_startup": True,
    "mail.shell.checkDefaultClient": False,
    "mail.spotlight.firstRunDone": True,
    "mailnews.start_page.enabled": False,
    "toolkit.telemetry.enabled": False,
}


class Marionette:
    """One session in the chrome context."""

    def __init__(self, port: int) -> None:
        deadline = time.monotonic() + SECONDS
        while True:
            try:
                self._socket = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
        self._octets = b""
        self._count = 0
        self._read()
        self.call("WebDriver:NewSession", {"capabilities": {"alwaysMatch": {}}})
        self.call("Marionette:SetContext", {"value": "chrome"})

    def call(self, name: str, parameters: dict[str, Any]) -> Any:
        """The result; asserts that there was no error."""
        self._count += 1
        octets = json.dumps([0, self._count, name, parameters]).encode()
        self._socket.sendall(str(len(octets)).encode() + b":" + octets)
        while True:
            kind, number, error, result = self._read_four()
            if kind == 1 and number == self._count:
                assert error is None, error
                return result

    def run(self, script: str, *arguments: object) -> Any:
        """What the script hands to its last argument, a callback."""
        parameters = {"script": script, "args": list(arguments), "timeout": int(SECONDS * 1000)}
        return self.call("WebDriver:ExecuteAsyncScript", parameters)["value"]

    def close(self) -> None:
        self._socket.close()

    def _read_four(self) -> tuple[int, int, Any, Any]:
        kind, number, error, result = self._read()
        return kind, number, error, result

    def _read(self) -> Any:
        while b":" not in self._octets:
            self._more()
        size, _, self._octets = self._octets.partition(b":")
        while len(self._octets) < int(size):
            self._more()
        message, self._octets = self._octets[: int(size)], self._octets[int(size) :]
        return json.loads(message)

    def _more(self) -> None:
        octets = self._socket.recv(65_536)
        assert octets, "Thunderbird hung up"
        self._octets += octets


@contextmanager
def thunderbird(program: str, home: Path) -> Iterator[Marionette]:
    """A Thunderbird with a profile of its own."""
    profile = home / "profile"
    profile.mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items()]
    lines.append(f'user_pref("marionette.port", {port});')
    (profile / "user.js").write_text("\n".join(lines), encoding="utf-8")
    command = [program, "--headless", "--marionette", "--remote-allow-system-access", "--no-remote"]
    with (home / "output").open("wb") as output:
        process = subprocess.Popen(
            [*command, "--profile", str(profile)],
            env=environment(home) | {"MOZ_HEADLESS": "1"},
            stdout=output,
            stderr=output,
        )
        try:
            session = Marionette(port)
            try:
                yield session
            finally:
                session.close()
        finally:
            process.terminate()
            process.wait(SECONDS)
