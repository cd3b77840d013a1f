"""The artefacts that Lambda gets."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.util import MAGIC_NUMBER
from pathlib import Path

import pytest

from tests.infra.loading import ROOT
from tools.build_layer import (
    build_core,
    build_deps,
    build_function,
    compile_tree,
    find_python,
    host_arch,
    host_minor,
)

FUNCTIONS = sorted(path.parent.name for path in (ROOT / "functions").glob("*/app.py"))
NOWHERE = {"aws_xray_sdk", "pydantic", "numpy", "boto3", "mypy_boto3_s3", "aiosmtpd", "dkim", "dns"}
"""Modules that no function loads: each would cost a tenth of a second or more, or is not in the layer at all."""
NOT_IN_INGEST = {"asyncio", "s3transfer", "smtplib", "aws_lambda_powertools.event_handler", "pynamodb.models"}
UNCHECKED_HASH = 0b01
"""PEP 552: the flags of a .pyc that is not compared with its source."""


def _flags(pyc: Path) -> int:
    head = pyc.read_bytes()[:8]
    assert head[:4] == MAGIC_NUMBER
    return int.from_bytes(head[4:], "little")


def test_a_function_is_its_handler_compiled(tmp_path: Path) -> None:
    """app.py and its .pyc, nothing of the repository beside it."""
    build_function("expire", tmp_path, minor=host_minor())
    files = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    tag = sys.implementation.cache_tag
    assert files == {"app.py", f"__pycache__/app.{tag}.pyc"}
    assert (tmp_path / "app.py").read_bytes() == (ROOT / "functions" / "expire" / "app.py").read_bytes()
    assert _flags(tmp_path / "__pycache__" / f"app.{tag}.pyc") == UNCHECKED_HASH


def test_a_function_that_is_not_there_stops_the_build(tmp_path: Path) -> None:
    """Before an empty archive is uploaded."""
    with pytest.raises(SystemExit, match="exspire"):
        build_function("exspire", tmp_path, minor=host_minor())


def test_the_core_layer_holds_the_package_and_every_module_compiled(tmp_path: Path) -> None:
    """Under python/, which Lambda puts on the path; tracebacks name the place on Lambda."""
    build_core(tmp_path, minor=host_minor())
    source = ROOT / "layers" / "core" / "pratique"
    wanted = {
        path.relative_to(source)
        for path in source.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    built = tmp_path / "python" / "pratique"
    found = {path.relative_to(built) for path in built.rglob("*") if path.is_file()}
    assert {path for path in found if path.suffix != ".pyc"} == wanted
    assert sum(path.suffix == ".pyc" for path in found) == sum(path.suffix == ".py" for path in wanted)
    code = (built / "__pycache__" / f"settings.{sys.implementation.cache_tag}.pyc").read_bytes()
    assert b"/opt/python/pratique/settings.py" in code


def test_without_the_interpreter_the_source_is_shipped_and_said_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """.pyc of another minor version would be dead weight."""
    (tmp_path / "a.py").write_text("A = 1\n")
    assert not compile_tree(tmp_path, minor="2.6", place="/opt/python")
    assert "WARNING" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["a.py"]


def test_an_interpreter_is_asked_what_it_is() -> None:
    """A version manager's shim carries a name that it may not keep."""
    assert find_python(host_minor()) is not None
    assert find_python("2.6") is None


@pytest.mark.parametrize(("layer", "lock"), [("deps", "runtime"), ("accounts", "accounts")])
def test_a_layer_is_built_from_the_one_pinned_list(layer: str, lock: str) -> None:
    """No second list that drifts."""
    text = (ROOT / "layers" / layer / "requirements.txt").read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line and not line.startswith("#")] == [
        f"-r ../../requirements/{lock}.txt"
    ]
    pinned = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    assert re.findall(r"^([a-z][\w.-]*)==", pinned, re.MULTILINE)
    assert "--hash=sha256:" in pinned


def test_what_signing_in_needs_is_pinned_alike_in_the_tests() -> None:
    """The versions that are tested are those that are deployed."""
    tested = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
    pinned = (ROOT / "requirements" / "accounts.txt").read_text(encoding="utf-8")
    versions = re.findall(r"^([a-z][\w.-]*==[\w.]+)", pinned, re.MULTILINE)
    assert {"argon2-cffi", "cryptography", "fido2", "pyjwt", "pyotp"} <= {
        v.partition("==")[0] for v in versions
    }
    assert [each for each in versions if f"\n{each}" not in f"\n{tested}"] == []


@pytest.fixture(scope="module")
def artefact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both layers and every function, for this machine's Python and processor."""
    folder = tmp_path_factory.mktemp("artefact")
    build_deps(folder / "layer", minor=host_minor(), arch=host_arch())
    build_core(folder / "layer", minor=host_minor())
    for name in FUNCTIONS:
        build_function(name, folder / name, minor=host_minor())
    return folder


def _loaded(artefact: Path, name: str) -> set[str]:
    """Import a handler as Lambda does, with nothing but the artefact and the standard library on the path; returns the modules loaded."""
    code = (
        "import sys, json; sys.path[:0] = json.loads(sys.argv[1]); "
        "import app; assert callable(app.handler); print(json.dumps(sorted(sys.modules)))"
    )
    path = json.dumps([str(artefact / name), str(artefact / "layer" / "python")])
    command = [sys.executable, "-S", "-I", "-B", "-W", "error", "-c", code, path]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": os.defpath})
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


@pytest.mark.slow
@pytest.mark.xdist_group("artefact")  # built once, not once a worker
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_handler_loads_from_the_artefact_alone(name: str, artefact: Path) -> None:
    """Everything that it needs is in it, without environment, client or call; nothing heavy comes along."""
    loaded = _loaded(artefact, name)
    assert "pratique" in loaded
    assert not loaded & NOWHERE
    if name == "ingest":
        assert not loaded & NOT_IN_INGEST


@pytest.mark.slow
@pytest.mark.xdist_group("artefact")  # built once, not once a worker
def test_the_layer_is_compiled_and_small(artefact: Path) -> None:
    """Lambda takes 250 MB unzipped; a tenth of that loads faster."""
    site = artefact / "layer" / "python"
    sources = set(site.rglob("*.py"))
    assert {path for path in sources if not _pyc(path).is_file()} == set()
    assert {_flags(_pyc(path)) for path in sources} == {UNCHECKED_HASH}
    assert sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) < 25_000_000
    assert not list(site.rglob("*.pyi"))
    assert not (site / "bin").exists()


def _pyc(path: Path) -> Path:
    return path.parent / "__pycache__" / f"{path.stem}.{sys.implementation.cache_tag}.pyc"
