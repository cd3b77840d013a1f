"""Real mail for tests and benches: found beside the project or where PRATIQUE_CORPORA says, unpacked once, never part of the repository."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Labelled:
    """One message of a labelled corpus, in the corpus's order. `date` is in Unix seconds."""

    path: Path
    is_spam: bool
    date: int

    def read(self) -> bytes:
        return self.path.read_bytes()


def find_corpus(name: str) -> Path | None:
    """The folder of a corpus (`spamassassin`, `mime-fixtures` ...), unpacked if need be; None where it is not to be had."""
    named = os.environ.get("PRATIQUE_CORPORA", "")
    for place in [Path(named)] if named else [ROOT / "../shared/corpora", ROOT / "../corpora"]:
        if (place / name).is_dir():
            return place / name
        archive = place / f"{name}.tar.xz"
        if archive.is_file():
            return _unpacked(archive, name)
    return None


def corpus(name: str) -> Path:
    """As find_corpus; skips the test that asks where the corpus is absent."""
    found = find_corpus(name)
    if found is None:
        pytest.skip(f"the corpus {name} is not here (PRATIQUE_CORPORA)")
    return found


def corpus_files(name: str) -> list[Path]:
    """All files of a corpus but its index, in the order of their paths. Skips the test where it is absent."""
    return sorted(path for path in corpus(name).rglob("*") if path.is_file() and path.name != "index.tsv")


def labelled(folder: Path) -> list[Labelled]:
    """The messages of a corpus by its index.tsv: number, label, path, original id, unix date, octets."""
    rows = [line.split("\t") for line in (folder / "index.tsv").read_text(encoding="utf-8").splitlines()]
    return [Labelled(folder / row[2], row[1] == "spam", int(row[4])) for row in rows]


def labelled_corpus(name: str) -> list[Labelled]:
    """The labelled messages of a corpus. Skips the test where it is absent."""
    return labelled(corpus(name))


def _unpacked(archive: Path, name: str) -> Path:
    """The archive's content in a cache folder named by its size and time, made by whoever comes first."""
    facts = archive.stat()
    cache = Path(tempfile.gettempdir()) / f"pratique-corpora-{os.getuid()}"
    cache.mkdir(mode=0o700, exist_ok=True)
    if cache.stat().st_uid != os.getuid():
        raise PermissionError(f"{cache} belongs to somebody else")
    target = cache / f"{name}-{facts.st_size}-{int(facts.st_mtime)}"
    if not target.is_dir():
        with _locked(cache / f"{name}.lock"):
            if not target.is_dir():
                _unpack(archive, target)
    inside = [path for path in target.iterdir() if path.is_dir()]
    return inside[0] if len(inside) == 1 and not (target / "index.tsv").exists() else target


def _unpack(archive: Path, target: Path) -> None:
    scratch = Path(tempfile.mkdtemp(dir=target.parent))
    try:
        with tarfile.open(archive) as packed:
            for member in packed:
                # extractall(filter=) came with 3.11.4 only, and without it a path could lead out of the folder.
                place = (scratch / member.name).resolve()
                octets = packed.extractfile(member) if member.isfile() else None
                if octets is not None and place.is_relative_to(scratch.resolve()):
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.write_bytes(octets.read())
        scratch.rename(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
