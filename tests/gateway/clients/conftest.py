"""One gateway a test, with three messages in quarantine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.quarantine import shared
from tests.gateway.clients.setting import SUBJECTS, Setting
from tests.gateway.quarantine.serving import serving


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Setting]:
    """Every NOOP looks, however soon it comes."""
    monkeypatch.setattr(shared, "LEAST_SECONDS", 0.0)
    with serving() as gateway:
        for subject in SUBJECTS:
            gateway.receive("bob@example.org", subject=subject)
        yield Setting(gateway)
