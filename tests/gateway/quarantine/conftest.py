"""One gateway a test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.quarantine import shared
from tests.gateway.quarantine.serving import Gateway, serving


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    """Every NOOP looks, however soon it comes."""
    monkeypatch.setattr(shared, "LEAST_SECONDS", 0.0)
    with serving() as made:
        yield made
