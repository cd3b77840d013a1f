"""One installation for all end-to-end tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.installation import Installation, running_with
from tests.issuer import Issuer, issuing


@pytest.fixture(scope="session")
def issuer() -> Iterator[Issuer]:
    """Another issuer that people may sign in at."""
    with issuing() as running:
        yield running


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory, issuer: Issuer) -> Iterator[Installation]:
    with running_with(tmp_path_factory.mktemp("installation"), issuer) as running:
        yield running
