"""One installation and one browser for the tests of the panel. Where there is no Chromium they are skipped, by name."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.installation import Installation, running_with
from tests.issuer import Issuer, issuing
from tests.panel.axe import axe_source
from tests.panel.visitor import Visitor

CHROMIUM = (
    os.environ.get("CHROMIUM")
    or shutil.which("chromium")
    or shutil.which("chromium-browser")
    or shutil.which("google-chrome")
)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where the browser is."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    return CHROMIUM


@pytest.fixture(scope="session")
def issuer() -> Iterator[Issuer]:
    """Another issuer that people may sign in at."""
    with issuing() as running:
        yield running


@pytest.fixture(scope="session")
def installation(
    chromium: str, issuer: Issuer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """Where there is no browser, nothing is started."""
    del chromium
    with running_with(tmp_path_factory.mktemp("installation"), issuer) as found:
        found.do(
            "PUT", "/v1/policies/global", {"spam_at": 0.05, "unsure_at": 0.04}
        )  # samples are held, whatever they are
        yield found


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """For one file: Playwright keeps an event loop running in its thread, in which other files' tests could not run theirs."""
    with sync_playwright() as driver:
        # The sandbox wants rights that a container's root does not have; nothing but the laptop's own pages is opened.
        found = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def visit(installation: Installation, browser: Browser) -> Iterator[Visitor]:
    """A browser that nobody used before. After the test: nothing was asked of other hosts, and nothing went wrong in a script."""
    visitor = Visitor(installation, browser)
    yield visitor
    visitor.close()
    assert visitor.foreign == []
    assert visitor.errors == []


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core; see tests/panel/axe.py."""
    return axe_source()
