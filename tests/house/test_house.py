"""The house rules that a machine can check: imports, sizes, the map in the README, what the project does not speak of."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = ("layers/core/pratique", "functions", "gateway", "local", "cli")
FILE_LINES, FUNCTION_LINES, HANDLER_LINES = 300, 40, 60

LONG_FILES: dict[str, str] = {}
"""Files that are longer, each with its reason."""
LONG_FUNCTIONS: dict[str, str] = {
    "layers/core/pratique/bootstrap.py:build_services": "one line for each port",
}
"""Functions that are longer, each with its reason."""


def _sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def _functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
            start = (first.end_lineno or node.lineno) if documented else node.lineno
            yield node.name, (node.end_lineno or start) - start


def test_files_stay_within_their_size() -> None:
    """Past 300 lines a file needs a reason."""
    sizes = {str(p.relative_to(ROOT)): len(p.read_text().splitlines()) for p in _sources(*CODE)}
    assert {name for name, size in sizes.items() if size > FILE_LINES} == set(LONG_FILES)


def test_functions_stay_within_their_size() -> None:
    """Past 40 lines (its docstring apart) a function needs a reason."""
    long = {
        f"{p.relative_to(ROOT)}:{n}"
        for p in _sources(*CODE)
        for n, size in _functions(p)
        if size > FUNCTION_LINES
    }
    assert long == set(LONG_FUNCTIONS)


def test_each_function_folder_is_a_package_with_one_thin_module() -> None:
    """Without the __init__.py import-linter would skip it."""
    folders = [p for p in sorted((ROOT / "functions").iterdir()) if p.is_dir() and p.name != "__pycache__"]
    assert {"api", "authorize", "calibrate", "deliver", "expire", "ingest", "learn", "notify", "purge"} <= {
        p.name for p in folders
    }
    for folder in folders:
        assert {p.name for p in folder.glob("*.py")} == {"__init__.py", "app.py"}, folder.name
        assert len((folder / "app.py").read_text().splitlines()) <= HANDLER_LINES, folder.name


def test_import_rules_hold() -> None:
    """The layers of docs/flow.md, by import-linter."""
    command = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_only_settings_reads_the_environment_in_the_core() -> None:
    """One reader, so that every setting has a name in one place."""
    pattern = re.compile(r"os\.environ|os\.getenv")
    readers = {p.name for p in _sources("layers/core/pratique", "functions") if pattern.search(p.read_text())}
    assert readers <= {"settings.py"}


def test_the_clock_is_read_through_its_port() -> None:
    """Only the adapter looks at the wall."""
    pattern = re.compile(r"\btime\.time\(|datetime\.now\(|utcnow\(|date\.today\(")
    readers = [p for p in _sources("layers/core/pratique") if pattern.search(p.read_text())]
    assert all("adapters" in p.parts for p in readers), readers


def _where_is_it() -> list[tuple[str, list[str]]]:
    """Rows of the README's table: (what, the paths named in back-ticks)."""
    text = (ROOT / "README.md").read_text()
    section = text.split("## Where is it?", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in section.splitlines() if line.startswith("|") and "---" not in line][1:]
    return [(row.split("|")[1].strip(), re.findall(r"`([\w./-]+\.(?:py|yaml|md))`", row)) for row in rows]


def test_the_map_in_the_readme_is_true() -> None:
    """Each path of the table exists, and each of the seed's actions has a row."""
    rows = _where_is_it()
    for what, paths in rows:
        assert paths, what
        for path in paths:
            assert (ROOT / path).exists(), path
    named = {what for what, _ in rows}
    wanted = {
        "Release",
        "Release & Train",
        "Release & Whitelist",
        "Blacklist & Remove",
        "Remove",
        "Not Spam / Spam",
    }
    assert wanted <= named


@pytest.mark.parametrize("word", ["TODO", "FIXME", "XXX", "NotImplementedError"])
def test_nothing_is_left_for_another_day(word: str) -> None:
    """No stubs."""
    own = Path(__file__)
    found = [
        p
        for p in _sources(*CODE, "tests", "bench", "tools")
        if p != own and re.search(rf"\b{word}\b", p.read_text())
    ]
    assert found == []
