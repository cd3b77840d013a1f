"""The field: every table and plot of docs/filter.md's "Beside other filters", one after the other. `make peers TREC06P=... PHISHING=...`

Runs `bench.peers` on the SpamAssassin corpus (found as in the tests) and on what else is named, one filter at a time on one core. Tables are kept in
a folder (`--keep`), plots go to docs/img; `--write` puts all kept tables between the two marks in docs/filter.md. All of it takes about
an hour of CPU where every peer is installed; `--only N` runs one part again.
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.corpora import find_corpus

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs/img"
PAGE = ROOT / "docs/filter.md"
BEGIN, END = "<!-- bench.field: begin -->\n", "<!-- bench.field: end -->\n"

Words = list[str]


def runs(trec06p: Path | None, phishing: Path | None) -> Iterator[tuple[int, Words]]:
    """Number and options of each run: those that go on longest come last."""
    spamassassin = find_corpus("spamassassin")
    plots = ["--plots", str(IMAGES)]
    if phishing is not None:
        yield 1, ["--protocol", "cold", "--index", str(phishing), "--every", "20"]
    if trec06p is not None:
        whole = ["--index", str(trec06p)]
        yield 2, ["--protocol", "cold", *whole, "--every", "20", *plots]
        yield 3, ["--protocol", "batch", *whole, "--train-first", "4000", "--every", "20", *plots]
    if spamassassin is not None:  # the seed has learnt it, and SpamAssassin's rules were made on it
        own = ["--index", str(spamassassin / "index.tsv"), "--no-seed"]
        yield 4, ["--protocol", "batch", *own, "--train-first", "3000", "--every", "2"]
        yield 5, ["--protocol", "online", *own, *plots]
    if trec06p is not None:
        yield 6, ["--protocol", "online", *whole, "--first", "10000"]
        yield (
            7,
            ["--protocol", "online", *whole, "--only", "pratique", "--only", "bogofilter", "--both", *plots],
        )


def one(number: int, words: Words, keep: Path, *, refresh: bool) -> bool:
    """Run, show, and keep the table with the command that made it. False where it failed."""
    shown = [f"{Path(word).parent.name}/index.tsv" if word.endswith("index.tsv") else word for word in words]
    command = f"python -m bench.peers {shlex.join(shown)}".replace(str(IMAGES), "docs/img")
    print(f"\n{number}: {command}\n", flush=True)
    run = [sys.executable, "-m", "bench.peers", *words, "--keep", str(keep / str(number))]
    run += ["--refresh"] if refresh else []
    lines = []
    with subprocess.Popen(run, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    if process.returncode:
        return False
    title = next(line for line in lines if " judged (" in line)
    table = "".join(line for line in lines if line.startswith("|"))
    (keep / f"{number}.md").write_text(f"**{title.strip()}**: `{command}`\n\n{table}\n", encoding="utf-8")
    return True


def write(keep: Path) -> None:
    """All kept tables into the page."""
    tables = [
        path.read_text(encoding="utf-8")
        for path in sorted(keep.glob("*.md"), key=lambda path: int(path.stem))
    ]
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(before + BEGIN + "\n" + "".join(tables) + END + after, encoding="utf-8")


def main() -> int:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--trec06p", type=Path, help="index of the TREC 2006 public corpus")
    options.add_argument("--phishing", type=Path, help="index of a collection of phishing mail")
    options.add_argument(
        "--keep", type=Path, default=ROOT / "build/field", help="folder for scores and tables"
    )
    options.add_argument("--only", type=int, action="append", help="this run (again for more); 0 for none")
    options.add_argument(
        "--refresh", action="store_true", help="run pratique alone; the others' results are kept ones"
    )
    options.add_argument("--write", action="store_true", help="put the kept tables into docs/filter.md")
    given = options.parse_args()
    given.keep.mkdir(parents=True, exist_ok=True)
    wanted = [
        (n, words) for n, words in runs(given.trec06p, given.phishing) if not given.only or n in given.only
    ]
    failed = sum(not one(number, words, given.keep, refresh=given.refresh) for number, words in wanted)
    if given.write:
        write(given.keep)
    return failed


if __name__ == "__main__":
    sys.exit(main())
