"""Layers and functions as zips, built only when what goes into them has changed."""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from tools.build_layer import build_accounts, build_core, build_deps, build_function, host_minor

LOCKS = {"deps": "runtime.txt", "accounts": "accounts.txt"}
"""Layer -> the list of what goes into it."""
DATE = (2020, 1, 1, 0, 0, 0)
"""Of every file in a zip: the same files make the same zip."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A zip, and a key that changes with its contents."""

    path: Path
    key: str


def bundle(
    root: Path, cache: Path, name: str, source: str, *, say: Callable[[str], None] = lambda _step: None
) -> Bundle:
    """The zip of a function or layer of the template: `source` is its folder there (`functions/ingest/`, `layers/core/`)."""
    folder = root / source
    kind = folder.parent.name
    inputs = [
        root / "local" / "bundle.py",
        *_sources(folder),
        root / "tools" / "build_layer.py",
        root / "tools" / "trim_botocore.py",
    ]
    if folder.name in LOCKS and kind == "layers":
        inputs.append(root / "requirements" / LOCKS[folder.name])
    key = f"{name}-{_digest(root, inputs)}.zip"
    target = cache / key
    if not target.exists():
        say(f"building {source}")
        _build(kind, folder, target)
        for old in cache.glob(f"{name}-*.zip"):
            if old != target:
                old.unlink()
    return Bundle(target, key)


def _build(kind: str, folder: Path, target: Path) -> None:
    work = Path(tempfile.mkdtemp(dir=target.parent, prefix=f"{target.stem}-", suffix=".building"))
    try:
        if kind == "functions":
            build_function(folder.name, work, minor=host_minor())
        elif folder.name == "deps":
            build_deps(work, minor=host_minor(), arch=None)
        elif folder.name == "accounts":
            build_accounts(work, minor=host_minor(), arch=None)
        else:
            build_core(work, minor=host_minor())
        part = work / "zip.part"
        _pack(work, part)
        part.replace(target)
    finally:
        shutil.rmtree(work)


def _pack(folder: Path, target: Path) -> None:
    """Compiled files too: a cold start would compile them again."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in paths:
            entry = zipfile.ZipInfo(str(path.relative_to(folder)), DATE)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())


def _sources(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    )


def _digest(root: Path, inputs: Iterable[Path]) -> str:
    digest = hashlib.sha256(f"{sys.version} {sys.platform}".encode())
    for path in inputs:
        digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
