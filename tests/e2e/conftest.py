"""One installation for all end-to-end tests (they run in one worker: see the group below)."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.stack import ROOT, Config, Stack
from tests.e2e.installation import Installation

BUILT = ROOT / ".local" / "build"
"""Zips, shared with `make local`; their names hold a digest of what they were built from."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """An installation is costly to start: all of its tests go to one worker."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("e2e"))
            item.add_marker(pytest.mark.emulator)


_given: set[int] = set()


def free_ports(number: int) -> list[int]:
    """Ports that nobody listens on, that outgoing connections do not get, and that were not given before: a restart wants the same again."""
    ports: list[int] = []
    for port in range(15_000, 20_000):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in _given:
            ports.append(port)
            _given.add(port)
        if len(ports) == number:
            return ports
    pytest.fail("no free ports between 15000 and 20000")


def config_in(folder: Path) -> Config:
    """A configuration with its own ports, and with the zips that are built already."""
    BUILT.mkdir(parents=True, exist_ok=True)
    (folder / "build").symlink_to(BUILT, target_is_directory=True)
    smtp, sink, http = free_ports(3)
    return Config(state=folder, smtp_port=smtp, sink_port=sink, http_port=http, auth=True)


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with Stack(config_in(tmp_path_factory.mktemp("installation"))) as stack:
        yield Installation(stack)
