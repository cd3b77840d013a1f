"""What is committed in panel/dist is what the sources give, it is small, and every language says the same things."""

from __future__ import annotations

import ast
import gzip
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from local.panel import files
from local.stack import ROOT
from tests.panel.npm import packages

PANEL = ROOT / "panel"
DIST, LOCALES = PANEL / "dist", PANEL / "src" / "locales"
MOST = 60_000
"""Octets, compressed, of a first visit. 150,000 is the bound that must never be passed; this one keeps it calm."""
ENGLISH = json.loads((LOCALES / "en.json").read_text(encoding="utf-8"))
LANGUAGES = ("de", "es", "fr", "ja")
PLURAL = re.compile(r"_(one|other|many|few|two|zero)$")


def first_visit() -> list[str]:
    """The files that a first visit loads: those that the page names."""
    page = (DIST / "index.html").read_text(encoding="utf-8")
    return ["index.html", *dict.fromkeys(re.findall(r'(?:src|href)="\./([^"]+)"', page))]


def test_a_first_visit_is_small() -> None:
    """`npm run build` prints the figure."""
    total = sum(len(gzip.compress((DIST / name).read_bytes(), 9)) for name in first_visit())
    assert total < MOST, f"{total} octets"


def test_no_other_host_is_named_in_what_is_loaded() -> None:
    for name in files():
        text = (DIST / name).read_text(encoding="utf-8")
        hosts = set(re.findall(r"https?://([A-Za-z0-9.-]+)", text))
        assert hosts <= {"www.w3.org"}, name  # the name of a namespace


@pytest.mark.slow
def test_the_committed_build_is_what_the_sources_give(tmp_path: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed: the build cannot be made again here")
    packages()
    subprocess.run(["node", "build.mjs", str(tmp_path / "dist")], cwd=PANEL, check=True, capture_output=True)
    made = {name: (tmp_path / "dist" / name).read_bytes() for name in files(tmp_path / "dist")}
    assert sorted(made) == files(), "run `make panel` and commit panel/dist"
    assert all((DIST / name).read_bytes() == data for name, data in made.items()), (
        "run `make panel` and commit panel/dist"
    )
    checked = subprocess.run(
        [npm, "run", "--silent", "check"], cwd=PANEL, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_says_the_same_things(code: str) -> None:
    """The same keys but for plural forms, which each language has its own of; the same placeholders; nothing empty."""
    catalogue = json.loads((LOCALES / f"{code}.json").read_text(encoding="utf-8"))
    assert {PLURAL.sub("", key) for key in catalogue} == {PLURAL.sub("", key) for key in ENGLISH}
    for key, text in catalogue.items():
        base = PLURAL.sub("", key)
        english = ENGLISH.get(key) or ENGLISH.get(f"{base}_other", "")
        wanted = set(re.findall(r"\{(\w+)\}", english))
        given = set(re.findall(r"\{(\w+)\}", text))
        assert text.strip(), key
        assert given <= wanted, key
        assert wanted - given <= {"n"}, key
    assert all(f"{PLURAL.sub('', key)}_other" in catalogue for key in catalogue if PLURAL.search(key))


@pytest.mark.parametrize("code", LANGUAGES)
def test_it_is_translated(code: str) -> None:
    """A few words are the same in two languages; whole sentences are not."""
    catalogue = json.loads((LOCALES / f"{code}.json").read_text(encoding="utf-8"))
    same = [key for key, text in catalogue.items() if ENGLISH.get(key) == text and len(text.split()) > 3]
    assert same == []


def test_every_word_that_the_sources_ask_for_is_in_the_catalogue() -> None:
    asked: set[str] = set()
    for path in (PANEL / "src").rglob("*.ts*"):
        asked |= set(re.findall(r"\bt\(\s*\"([^\"]+)\"", path.read_text(encoding="utf-8")))
    known = {PLURAL.sub("", key) for key in ENGLISH} | set(ENGLISH)
    assert asked - known == set()
    assert len(asked) > 100


def test_the_sentences_of_the_api_that_are_translated_are_those_that_it_says() -> None:
    """`said.` keys are the API's own words; where they are put together (f"..."), any word may stand in a gap."""
    said: list[str] = []
    for path in (ROOT / "layers" / "core" / "pratique").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                said.append(re.escape(node.value))
            elif isinstance(node, ast.JoinedStr):
                parts = [
                    re.escape(str(p.value)) if isinstance(p, ast.Constant) else r"\S+" for p in node.values
                ]
                said.append("".join(parts))
    known = re.compile("|".join(f"(?:{each})" for each in set(said) if len(each) > 10))
    asked = [key.removeprefix("said.") for key in ENGLISH if key.startswith("said.")]
    assert len(asked) > 10
    assert [each for each in asked if known.fullmatch(each) is None] == []
