"""What lies inside a file: programs in archives, macros, encryption, traps. By small readers of our own, strictly bounded.

The standard library's zipfile and tarfile are not used: they read directories of any length, trust them, and raise on archives that mail
programs open all the same. Here a zip is read from its local headers (APPNOTE 4.3.7), which no program that unpacks it can do without, a
tar by its blocks (POSIX ustar), gzip, bzip2 and xz by a decompressor that is stopped at its bound. OLE files (MS-CFB) are searched for the
names in their directory, 7z and rar (whose formats hide or compress their directories) for their signatures and names in the open.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

from .charsets import clean
from .file_kinds import kind_of

MARKS = frozenset({"encrypted", "program", "macro", "bomb", "script", "form", "launch", "object", "deep"})
"""encrypted: needs a password. program: an executable by its octets. macro: VBA or Excel 4 code. bomb: unpacks to far more than it is.
script, form: a page that runs or asks something. launch: a PDF that starts something. object: an RTF with an embedded one. deep: nested
further than is looked.
"""
MAX_LEVELS = 3
MAX_MEMBERS = 100
"""Members looked at in all archives of a message."""
MAX_UNPACKED = 1024 * 1024
"""Octets unpacked of a message's files, all levels together."""
MAX_MEMBER = 256 * 1024
MAX_NAME = 120
SLOW_MEMBER = 128 * 1024
XZ_MEMORY = 32 * 1024 * 1024
BOMB_RATIO = 200
BOMB_SIZE = 50 * 1024 * 1024

_PROGRAMS = frozenset({"pe", "elf", "mach-o", "lnk", "java-class"})
_LOCAL = b"PK\x03\x04"
_LOCAL_SIZE = 30
_ENCRYPTED, _SIZE_LATER = 0x0001, 0x0008
_STORED, _DEFLATED = 0, 8
_TAR_BLOCK = 512
_DIRECTORY_ENTRY = 128
_NAME_IN_THE_OPEN = re.compile(
    rb"(?i)[\x20-\x7e\x80-\xff]{1,80}\.(?:exe|scr|pif|com|bat|cmd|js|jse|vbs|vbe|wsf|hta|lnk|ps1|msi|dll|iso|img)(?![a-z0-9])"
)
_PAGE_SCRIPT = re.compile(rb"<script|javascript:|onload\s{0,3}=|http-equiv\s{0,3}=\s{0,3}[\"']?refresh")
_PAGE_FORM = re.compile(rb"<form|type\s{0,3}=\s{0,3}[\"']?password")
_PDF_LAUNCH = re.compile(rb"/(?:Launch|JavaScript|JS|EmbeddedFile)\b")


@dataclass(slots=True)
class Budget:
    """What may still be spent on the files of one message."""

    room: int = MAX_UNPACKED
    members: int = MAX_MEMBERS


@dataclass(slots=True)
class Inside:
    """What was found in one file so far."""

    budget: Budget
    names: list[str] = field(default_factory=list)
    marks: set[str] = field(default_factory=set)


def wants_content(kind: str, filename: str) -> bool:
    """Whether `look_inside` can tell anything of such a file."""
    return kind in _READERS or filename[-8:].lower().endswith((*_PAGE_ENDS, ".tar", ".rar"))


_PAGE_ENDS = (".html", ".htm", ".shtml", ".xhtml", ".svg", ".mht")


def look_inside(data: bytes, kind: str, filename: str, budget: Budget) -> Inside:
    """Names and marks of a file's content. Never raises; time and memory are bounded by the constants above, whatever the file claims."""
    found = Inside(budget)
    _look(data, kind, filename, found, 1)
    return found


def _look(data: bytes, kind: str, filename: str, found: Inside, level: int) -> None:
    if level > MAX_LEVELS:
        found.marks.add("deep")
        return
    if kind in _PROGRAMS and level > 1:
        found.marks.add("program")
    if not kind and (data[257:262] == b"ustar" or filename[-4:].lower() == ".tar"):
        kind = "tar"
    if filename[-8:].lower().endswith(_PAGE_ENDS) and kind in {"", "html"}:
        kind = "html"
    reader = _READERS.get(kind)
    if reader is not None:
        reader(data, found, level, filename)


def _member(name: str, data: bytes, found: Inside, level: int) -> None:
    """One member of an archive: its name, and what is inside it."""
    found.budget.members -= 1
    shown = clean(name)[:MAX_NAME]
    if shown:
        found.names.append(shown)
    if data:
        kind = kind_of(data[:1024])
        if kind or shown[-8:].lower().endswith((*_PAGE_ENDS, ".tar")):
            _look(data, kind, shown, found, level + 1)


def _zip(data: bytes, found: Inside, level: int, filename: str) -> None:  # noqa: ARG001 - one form for all readers
    at = data.find(_LOCAL)
    claimed = 0
    while at >= 0 and at + _LOCAL_SIZE <= len(data) and found.budget.members > 0:
        flags, method = int.from_bytes(data[at + 6 : at + 8], "little"), data[at + 8]
        packed = int.from_bytes(data[at + 18 : at + 22], "little")
        claimed += int.from_bytes(data[at + 22 : at + 26], "little")
        name_end = at + _LOCAL_SIZE + int.from_bytes(data[at + 26 : at + 28], "little")
        start = name_end + int.from_bytes(data[at + 28 : at + 30], "little")
        name = data[at + _LOCAL_SIZE : name_end][:255].decode("utf-8", "replace")
        content = b""
        if flags & _ENCRYPTED:
            found.marks.add("encrypted")
        else:
            content = _unzipped(data, start, packed, method, found)
        if name.lower().endswith(("vbaproject.bin", ".xlm")) or "/macrosheets/" in name.lower():
            found.marks.add("macro")
        _member(name, content, found, level)
        known = packed if not flags & _SIZE_LATER else 0
        at = data.find(_LOCAL, start + known if start + known <= len(data) else len(data))
    if claimed > BOMB_SIZE and claimed > len(data) * BOMB_RATIO:
        found.marks.add("bomb")


def _unzipped(data: bytes, start: int, packed: int, method: int, found: Inside) -> bytes:
    if method == _STORED:
        return data[start : start + min(packed, MAX_MEMBER)]
    if method != _DEFLATED:
        return b""
    end = start + packed if packed else len(data)
    return _inflated(data[start : min(end, start + MAX_MEMBER)], -15, found)


def _inflated(data: bytes, window: int, found: Inside) -> bytes:
    """What zlib makes of the data, as far as there is room."""
    if found.budget.room <= 0:
        return b""
    try:
        content = zlib.decompressobj(window).decompress(data, min(found.budget.room, MAX_MEMBER))
    except zlib.error:
        return b""
    found.budget.room -= len(content)
    if len(content) >= MAX_MEMBER and len(content) > len(data) * BOMB_RATIO:
        found.marks.add("bomb")
    return content


def _gzip(data: bytes, found: Inside, level: int, filename: str) -> None:
    name = filename.rpartition(".")[0] if filename.lower().endswith((".gz", ".bz2", ".xz")) else ""
    if filename.lower().endswith("tgz"):
        name = "x.tar"
    _member(name, _inflated(data[:MAX_MEMBER], 31, found), found, level)


def _bzip2(data: bytes, found: Inside, level: int, filename: str) -> None:
    import bz2  # noqa: PLC0415 - loaded when such a file comes

    unpacker = bz2.BZ2Decompressor()
    _unpacked(unpacker.decompress, (OSError, EOFError, ValueError), data, found, level, filename)


def _xz(data: bytes, found: Inside, level: int, filename: str) -> None:
    import lzma  # noqa: PLC0415 - loaded when such a file comes

    unpacker = lzma.LZMADecompressor(memlimit=XZ_MEMORY)
    _unpacked(unpacker.decompress, (lzma.LZMAError, EOFError, ValueError), data, found, level, filename)


def _unpacked(
    decompress: Callable[[bytes, int], bytes],
    errors: tuple[type[Exception], ...],
    data: bytes,
    found: Inside,
    level: int,
    filename: str,
) -> None:
    if found.budget.room <= 0:
        return
    try:
        content = decompress(data[:SLOW_MEMBER], min(found.budget.room, SLOW_MEMBER))
    except errors:
        return
    found.budget.room -= SLOW_MEMBER  # by time, not by octets: these unpack ten times slower
    _member(filename.rpartition(".")[0], content, found, level)


def _tar(data: bytes, found: Inside, level: int, filename: str) -> None:  # noqa: ARG001 - one form for all readers
    at = 0
    while at + _TAR_BLOCK <= len(data) and data[at] and found.budget.members > 0:
        name = data[at : at + 100].partition(b"\0")[0].decode("utf-8", "replace")
        try:
            size = int(data[at + 124 : at + 136].strip(b"\0 ") or b"0", 8)
        except ValueError:
            return
        start = at + _TAR_BLOCK
        _member(name, data[start : start + min(max(size, 0), MAX_MEMBER)], found, level)
        at = start + -(-max(size, 0) // _TAR_BLOCK) * _TAR_BLOCK


def _in_the_open(data: bytes, found: Inside, level: int, filename: str) -> None:  # noqa: ARG001 - one form for all readers
    """rar and 7z: names that stand there uncompressed, and rar's flags for a password (block header 4.x, 5.0 type 4)."""
    if data.startswith(b"Rar!\x1a\x07\x00"):
        if len(data) > 11 and data[10] & 0x80:  # noqa: PLR2004 - the main header's flags
            found.marks.add("encrypted")
        file_header = data.find(b"\x74", 20, 40)
        if file_header >= 0 and data[file_header + 1] & 0x04:
            found.marks.add("encrypted")
    elif data.startswith(b"Rar!\x1a\x07\x01") and len(data) > 14 and data[13] == 4:  # noqa: PLR2004 - see above
        found.marks.add("encrypted")
    for name in _NAME_IN_THE_OPEN.findall(data[: 16 * 1024])[: min(found.budget.members, 5)]:
        _member(name.decode("latin-1"), b"", found, level)


def _ole(data: bytes, found: Inside, level: int, filename: str) -> None:  # noqa: ARG001 - one form for all readers
    """The names of streams stand in entries of 128 octets, in UTF-16 (MS-CFB 2.6.1)."""
    for name, mark in (
        ("_VBA_PROJECT", "macro"),
        ("EncryptedPackage", "encrypted"),
        ("\x01Ole10Native", "object"),
    ):
        text = name.encode("utf-16-le")
        at = data.find(text)
        while at >= 0 and at % _DIRECTORY_ENTRY:
            at = data.find(text, at + 2)
        if at >= 0:
            found.marks.add(mark)


def _page(data: bytes, found: Inside, level: int, filename: str) -> None:  # noqa: ARG001 - one form for all readers
    low = data[:MAX_MEMBER].lower()
    if _PAGE_SCRIPT.search(low):
        found.marks.add("script")
    if _PAGE_FORM.search(low):
        found.marks.add("form")


def _pdf(data: bytes, found: Inside, level: int, filename: str) -> None:  # noqa: ARG001 - one form for all readers
    if b"/Encrypt" in data:
        found.marks.add("encrypted")
    if _PDF_LAUNCH.search(data):
        found.marks.add("launch")


def _rtf(data: bytes, found: Inside, level: int, filename: str) -> None:  # noqa: ARG001 - one form for all readers
    if b"\\objdata" in data or b"\\objupdate" in data:
        found.marks.add("object")


_READERS = {
    "zip": _zip,
    "gzip": _gzip,
    "bzip2": _bzip2,
    "xz": _xz,
    "tar": _tar,
    "rar": _in_the_open,
    "7z": _in_the_open,
    "ole": _ole,
    "html": _page,
    "pdf": _pdf,
    "rtf": _rtf,
}
