"""One installation for all end-to-end tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.stack import Stack
from tests.e2e.installation import Installation, config_in


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with Stack(config_in(tmp_path_factory.mktemp("installation"))) as stack:
        yield Installation(stack)
