"""Coverage-guided fuzzing of the message structure (atheris, if it is installed). `python -m bench.fuzz_structure [libFuzzer options]`

What is checked of each input is what the property tests check (tests/unit/mime/wire.py). The fixtures of other mail parsers are the seed, where they are here.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
import tempfile
from pathlib import Path

from tests.corpora import find_corpus

MAX_OCTETS = 16_384


def _seed(folder: Path) -> None:
    fixtures = find_corpus("mime-fixtures")
    paths = sorted(fixtures.rglob("*")) if fixtures is not None else []
    for number, path in enumerate(
        path for path in paths if path.is_file() and path.stat().st_size <= MAX_OCTETS
    ):
        (folder / str(number)).write_bytes(path.read_bytes())


def main() -> None:
    """Fuzz until a check fails, or as the options say (-max_total_time=60)."""
    try:
        atheris = importlib.import_module("atheris")
    except ImportError:
        raise SystemExit("atheris is not installed: nothing was fuzzed") from None
    with atheris.instrument_imports(include=["pratique.filtering.mime"]):
        wire = importlib.import_module("tests.unit.mime.wire")

    def one(octets: bytes) -> None:
        wire.check(octets)

    with tempfile.TemporaryDirectory() as seeds, contextlib.suppress(KeyboardInterrupt):
        _seed(Path(seeds))
        atheris.Setup([sys.argv[0], f"-max_len={MAX_OCTETS}", *sys.argv[1:], seeds], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
