"""The panel's files as the laptop serves them."""

from __future__ import annotations

import re
from http import HTTPStatus
from pathlib import Path

import pytest

from local.panel import ASK_AGAIN, DIST, FOR_EVER, POLICY, PanelFiles, files


def test_the_built_panel_is_there_and_whole() -> None:
    """`make local` runs with Python alone: what the page names is committed."""
    page = (DIST / "index.html").read_text(encoding="utf-8")
    named = re.findall(r'(?:src|href)="\./([^"]+)"', page)
    assert len(named) >= 3
    assert set(named) <= set(files())


def test_the_page_has_nothing_that_its_policy_forbids() -> None:
    page = (DIST / "index.html").read_text(encoding="utf-8")
    assert "<style" not in page
    assert " style=" not in page
    assert re.search(r"<script[^>]*src=", page)
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert re.search(r"\son[a-z]+=", page) is None
    assert "unsafe" not in POLICY


def test_files_named_by_their_content_are_kept_for_ever_and_others_are_asked_for() -> None:
    served = PanelFiles()
    home = served.find("/")
    assert home is not None
    assert home.headers["Cache-Control"] == ASK_AGAIN
    assert home.headers["Content-Security-Policy"] == POLICY
    again = served.find("/", home.headers["ETag"])
    assert again is not None
    assert (again.status, again.body) == (HTTPStatus.NOT_MODIFIED, b"")
    script = next(name for name in files() if name.startswith("assets/") and name.endswith(".js"))
    found = served.find(f"/{script}")
    assert found is not None
    assert found.headers["Cache-Control"] == FOR_EVER
    assert found.headers["Content-Type"].startswith("text/javascript")


@pytest.mark.parametrize(
    "path", ["/../local/front.py", "/assets/", "/assets", "//etc/passwd", "/index.html/", "/.", "/x\0"]
)
def test_no_path_leads_out(path: str) -> None:
    assert PanelFiles().find(path) is None


def test_an_installation_without_a_panel_says_so(tmp_path: Path) -> None:
    assert PanelFiles(tmp_path).find("/") is None
