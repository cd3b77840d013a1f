"""What a message's stored structure costs at ingest and saves afterwards: CPU per message, octets, share that is cut, import.
`python -m bench.structure [folder with index.tsv ...]`; without one the SpamAssassin corpus.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pratique.filtering.mime import make_structure, open_structure, read_structure

from bench.measures import on_one_core
from tests.corpora import find_corpus, labelled

IMPORT = """
import time, dataclasses, enum, re, zlib, typing
start = time.process_time()
import pratique.filtering.mime
print((time.process_time() - start) * 1000)
"""


def _at(values: list[int], share: float) -> int:
    return values[min(len(values) - 1, int(len(values) * share))]


def _measure(folder: Path) -> None:
    mail = [entry.read() for entry in labelled(folder)]
    start = time.process_time()
    for raw in mail:
        read_structure(raw)
    read = time.process_time() - start
    start = time.process_time()
    stored = [make_structure(raw) for raw in mail]
    made = time.process_time() - start
    start = time.process_time()
    opened = [open_structure(one) for one in stored]
    open_ = time.process_time() - start
    sizes = sorted(map(len, stored))
    octets = sum(map(len, mail)) / len(mail)
    print(f"{folder.name}: {len(mail)} messages, {octets / 1000:.1f} kB on average")
    print(
        f"  make {made / len(mail) * 1000:.3f} ms a message (of it reading {read / len(mail) * 1000:.3f}), open {open_ / len(mail) * 1000:.3f} ms"
    )
    print(
        f"  stored: median {_at(sizes, 0.5)}, mean {sum(sizes) / len(sizes):.0f}, 95 % below {_at(sizes, 0.95)}, largest {sizes[-1]} octets"
    )
    whole = sum(one.header_is_whole for one in opened)
    print(f"  header block kept whole: {whole}; cut: {sum(one.is_cut for one in opened)}")


def main() -> None:
    on_one_core()
    named = [Path(name) for name in sys.argv[1:]] or [
        folder for folder in [find_corpus("spamassassin")] if folder
    ]
    if not named:
        raise SystemExit("no corpus is here (PRATIQUE_CORPORA), and none was named")
    for folder in named:
        _measure(folder)
    with tempfile.TemporaryDirectory() as cache:
        # With byte code at hand, as the layer ships it: the first run writes it.
        paths = {"PYTHONPATH": "layers/core", "PYTHONPYCACHEPREFIX": cache}
        times = [
            subprocess.run(
                [sys.executable, "-c", IMPORT], env=paths, capture_output=True, text=True, check=True
            ).stdout
            for _ in range(6)
        ]
    print(f"import of pratique.filtering.mime: {min(map(float, times[1:])):.1f} ms of CPU")


if __name__ == "__main__":
    main()
