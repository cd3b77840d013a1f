"""Reads collections of mail one message at a time: Maildir, mbox, a folder of files, a folder with index.tsv, one file.

index.tsv: number, label (ham or spam), path, original id, unix date, bytes; tab separated, in the corpus's own order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.failure import Failure

LABELS = ("ham", "spam")
_COLUMNS = 3
_SHARE = re.compile(r"^(\d{1,3})(\.\d+)?%$")


@dataclass(frozen=True, slots=True)
class Item:
    """One message: `name` for people, `label` where an index gives one, and how to read its bytes."""

    name: str
    label: str
    read: Callable[[], bytes]


def open_corpus(path: Path) -> list[Item]:
    """Everything in `path`, in order; no message is read yet. Raises Failure."""
    if path.is_dir():
        if (path / "index.tsv").is_file():
            return _indexed(path)
        if (path / "cur").is_dir() or (path / "new").is_dir():
            return [_file(f, path) for f in _maildir(path)]
        return [_file(f, path) for f in sorted(path.rglob("*")) if f.is_file() and not f.name.startswith(".")]
    if not path.is_file():
        raise Failure(f"{path} is not there")
    with path.open("rb") as file:
        if file.read(5) == b"From ":
            return _mbox(path)
    return [_file(path, path.parent)]


def choose(
    items: Sequence[Item],
    *,
    first: str | None = None,
    rest: str | None = None,
    only: str | None = None,
    limit: int | None = None,
) -> list[Item]:
    """Cut by place first (`first` 80% or 500; `rest`: everything behind that), then by label, then by number. Raises Failure."""
    if first is not None and rest is not None:
        raise Failure("--first and --rest exclude each other")
    chosen = list(items)
    if first is not None:
        chosen = chosen[: _cut(first, len(items))]
    if rest is not None:
        chosen = chosen[_cut(rest, len(items)) :]
    if only is not None:
        if any(not item.label for item in chosen):
            raise Failure("--only needs labels: a folder with an index.tsv")
        chosen = [item for item in chosen if item.label == only]
    return chosen[:limit]


def _cut(text: str, total: int) -> int:
    share = _SHARE.match(text)
    if share:
        return round(total * min(float(text[:-1]), 100.0) / 100)
    if text.isdecimal():
        return min(int(text), total)
    raise Failure(f"{text!r} is neither a share (80%) nor a number (500)")


def read_message(path: Path) -> bytes:
    """A message's bytes, without the line that parts messages in an mbox, which some collections leave on single files (RFC 4155)."""
    data = path.read_bytes()
    return data.partition(b"\n")[2] if data.startswith(b"From ") else data


def _file(path: Path, base: Path, label: str = "") -> Item:
    return Item(str(path.relative_to(base)), label, lambda: read_message(path))


def _maildir(path: Path) -> Iterator[Path]:
    """cur and new of the folder and of its Maildir++ subfolders, by delivery name, which starts with the time."""
    homes = [path, *sorted(p for p in path.iterdir() if p.is_dir() and p.name.startswith("."))]
    for home in homes:
        found = [
            f
            for sub in ("cur", "new")
            if (home / sub).is_dir()
            for f in (home / sub).iterdir()
            if f.is_file()
        ]
        yield from sorted(found, key=lambda f: f.name)


def _indexed(path: Path) -> list[Item]:
    root, items = path.resolve(), []
    for number, line in enumerate(
        (path / "index.tsv").read_text(encoding="utf-8", errors="replace").splitlines(), 1
    ):
        fields = line.split("\t")
        if len(fields) < _COLUMNS or (number == 1 and not fields[0].isdecimal()):
            continue
        label = fields[1]
        if label not in LABELS:
            raise Failure(f"index.tsv, line {number}: a label is ham or spam")
        target = (root / fields[2]).resolve()
        if not target.is_relative_to(root):
            raise Failure(f"index.tsv, line {number}: the path leads out of the folder")
        items.append(_file(target, root, label))
    return items


def _mbox(path: Path) -> list[Item]:
    """Messages of an mbox, by their places in the file: a `From ` line after an empty line starts one (RFC 4155)."""
    starts: list[int] = []
    ends: list[int] = []
    with path.open("rb") as file:
        place, empty = 0, True
        for line in file:
            if empty and line.startswith(b"From "):
                if starts:
                    ends.append(place)
                starts.append(place + len(line))
            empty = line in {b"\n", b"\r\n"}
            place += len(line)
        ends.append(place)
    return [
        Item(f"{path.name}#{n}", "", _slice(path, a, b))
        for n, (a, b) in enumerate(zip(starts, ends, strict=True), 1)
    ]


_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)


def _slice(path: Path, start: int, end: int) -> Callable[[], bytes]:
    def read() -> bytes:
        with path.open("rb") as file:
            file.seek(start)
            data = file.read(end - start)
        # One empty line parts the messages; `>From ` is mbox's quoting of `From ` at the start of a line.
        for tail in (b"\r\n\r\n", b"\n\n"):
            if data.endswith(tail):
                data = data[: -len(tail) // 2]
                break
        return _QUOTED_FROM.sub(rb"\1", data)

    return read
