"""The backends as a fixture: a test that asks for `backend` runs on all of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.backends import ALL, Backend, fake_backend, stored_backend
from tests.emulator import REGION, Emulator


def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """No profile, file or endpoint of this machine may reach a test."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def shards() -> int:
    """How many shards the lists have; a test may say otherwise with parametrize."""
    return 1


@pytest.fixture(params=ALL)
def backend(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, shards: int
) -> Iterator[Backend]:
    """Fresh storage of each kind."""
    name: str = request.param
    if name == "fake":
        yield fake_backend()
        return
    _clean(monkeypatch)
    if name == "moto":
        from moto import mock_aws

        with mock_aws():
            yield stored_backend(name, shards)
        return
    running: Emulator = request.getfixturevalue("emulator")
    for key, value in running.environment().items():
        monkeypatch.setenv(key, value)
    running.reset()
    yield stored_backend(name, shards)
