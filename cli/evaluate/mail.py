"""Labelled mail: an index (ours or TREC's), a folder with ham and spam in it, or two collections. What cannot be read is counted, by reason."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cli.corpus import Item, open_corpus, read_message
from cli.failure import Failure

MAX_OCTETS = 64 * 1024 * 1024
"""Of one message; a larger file is left out, and counted. (SES takes 40 MB.)"""
INDEXES = ("index.tsv", "index", "full/index", "label/index")
"""Where a folder's index is looked for."""
LAST_DATE = 1 << 40
"""Unix seconds; what lies beyond is no date."""

_HEADER = frozenset({"label", "class", "type", "judgement", "is_spam"})
_MAILDIR_TIME = re.compile(r"^(\d{9,11})\.")
_WORDS = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class Labelled:
    """One message. `date` is when it came, in Unix seconds, 0 where that is not known; `read` gives its bytes, or raises OSError."""

    name: str
    is_spam: bool
    date: int
    read: Callable[[], bytes]


@dataclass(slots=True)
class Collection:
    """Labelled mail in order, and what was left out: reason -> how many."""

    name: str
    mail: list[Labelled]
    skipped: Counter[str] = field(default_factory=Counter)
    order: str = "index"
    """`index`, `time` (by delivery) or `mixed` (by a hash of the names: the same each time)."""


def open_labelled(path: Path) -> Collection:
    """An index, a folder with one, or a folder whose subfolders are named ham and spam. Raises Failure."""
    if path.is_file():
        return read_index(path)
    if not path.is_dir():
        raise Failure(f"{path} is not there")
    for name in INDEXES:
        if (path / name).is_file():
            return read_index(path / name)
    kinds: dict[str, list[Path]] = {"ham": [], "spam": []}
    for child in sorted(path.iterdir()):
        said = {"ham", "spam"} & set(_WORDS.findall(child.name.lower()))
        if len(said) == 1:
            kinds[said.pop()].append(child)
    if not kinds["ham"] and not kinds["spam"]:
        raise Failure(f"{path} has no index.tsv, no index, and no folders named ham and spam")
    return pair(kinds["ham"], kinds["spam"], name=path.name)


def pair(ham: Sequence[Path], spam: Sequence[Path], *, name: str = "") -> Collection:
    """Collections (Maildirs, mbox files, folders) that hold one kind each. Raises Failure.

    Maildirs are merged by time of delivery; where a name has none, everything is mixed, always in the same way: all ham before all spam
    would tell an on-line learner nothing.
    """
    found = [(item, is_spam) for paths, is_spam in ((ham, False), (spam, True)) for item in _items(paths)]
    times = [_MAILDIR_TIME.match(Path(item.name).name) for item, _ in found]
    mail = [
        Labelled(item.name, is_spam, int(time.group(1)) if time else 0, item.read)
        for (item, is_spam), time in zip(found, times, strict=True)
    ]
    order = "time" if times and all(times) else "mixed"
    mail.sort(key=(lambda each: (each.date, each.name)) if order == "time" else _mixed)
    return Collection(name or "/".join(path.name for path in (*ham, *spam)), mail, order=order)


def read_index(path: Path) -> Collection:
    """Our index (number, label, path, original id, unix date, ...; tab separated) or TREC's (`spam ../data/000/000`).

    Paths are relative to the index. A row that is none is counted. Raises Failure for what cannot be read at all, and where no row is one.
    """
    try:
        octets = path.read_bytes()
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from None
    lines = octets.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape").split("\n")
    made = Collection(path.parent.name if path.name == "index.tsv" else path.stem, [])
    for number, line in enumerate(line for line in lines if line.strip()):
        row = _row(line.rstrip("\r"))
        if row is None:
            made.skipped["header row" if number == 0 and _is_header(line) else "unreadable row"] += 1
            continue
        label, name, date = row
        if label not in ("ham", "spam"):
            made.skipped[
                "header row" if number == 0 and label in _HEADER else "label is not ham or spam"
            ] += 1
            continue
        made.mail.append(Labelled(name, label == "spam", date, _reader(path.parent / name)))
    if not made.mail:
        raise Failure(
            f"{path} names no message: each line is number, label (ham or spam), path; tab separated"
        )
    return made


def _row(line: str) -> tuple[str, str, int] | None:
    """(label, path, date) of a line."""
    fields = line.split("\t")
    if len(fields) == 1:
        fields = line.split(maxsplit=1)
    if fields[0].strip().lower() in ("ham", "spam") and len(fields) >= 2:  # noqa: PLR2004 - TREC: label, path
        label, name, date = fields[0], fields[1], ""
    elif len(fields) >= 3:  # noqa: PLR2004 - number, label, path
        label, name, date = fields[1], fields[2], fields[4] if len(fields) > 4 else ""  # noqa: PLR2004
    else:
        return None
    if not name.strip() or "\0" in name:
        return None
    return label.strip().lower(), name, _date(date)


def _date(text: str) -> int:
    word = text.strip().partition(".")[0]
    found = int(word) if word.isascii() and word.isdecimal() and len(word) < 14 else 0  # noqa: PLR2004 - no date
    return found if found < LAST_DATE else 0


def _is_header(line: str) -> bool:
    return bool(_HEADER & set(_WORDS.findall(line.lower())))


def _items(paths: Sequence[Path]) -> Iterator[Item]:
    for path in paths:
        for item in open_corpus(path):
            yield Item(f"{path.name}/{item.name}", "", item.read)


def _mixed(each: Labelled) -> bytes:
    return hashlib.sha256(each.name.encode("utf-8", "surrogateescape")).digest()


def _reader(path: Path) -> Callable[[], bytes]:
    def read() -> bytes:
        if not path.is_file():  # a device or a pipe would never end
            raise FileNotFoundError("missing file")
        if path.stat().st_size > MAX_OCTETS:
            raise OSError(f"larger than {MAX_OCTETS >> 20} MB")
        return read_message(path)

    return read
