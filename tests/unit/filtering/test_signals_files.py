"""Files that run, hide, pretend or keep out: by name, by content, and inside one another."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pratique.filtering.inside import MAX_MEMBERS, MAX_UNPACKED, Budget, Inside, look_inside
from pratique.filtering.parse import parse as parse_raw
from pratique.filtering.signals import attachments

from .mail import message, multipart, names, parse, receipt

PROGRAM = b"MZ\x90" + b"\x00" * 400


def packed(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return target.getvalue()


def encrypted(octets: bytes) -> bytes:
    """A zip whose first local header says that it is encrypted (bit 0 of the flags)."""
    return octets[:6] + bytes([octets[6] | 1]) + octets[7:]


def tarred(*members: tuple[str, bytes]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, content in members:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return target.getvalue()


def compound(*streams: str) -> bytes:
    """An OLE file as far as its directory: entries of 128 octets with names in UTF-16."""
    entries = b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in streams)
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + entries


def with_file(
    name: str,
    content: bytes,
    text: bytes = b"see the file I promised you on the phone yesterday, and have a nice day",
) -> bytes:
    part = (
        f'Content-Type: application/octet-stream; name="{name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    )
    return multipart(b"Content-Type: text/plain\r\n\r\n" + text, part.encode() + base64.encodebytes(content))


def seen(raw: bytes) -> set[str]:
    return {name.partition(":")[2] for name in names(attachments.evidence(parse(raw), receipt()))}


@pytest.mark.parametrize(
    ("name", "content", "signal"),
    [
        ("invoice.pdf.exe", b"MZ\x90", "doubled"),
        ("invoice.pdf   .scr", b"MZ\x90", "doubled"),
        ("photo.jpg", b"MZ\x90", "disguised"),
        ("", b"MZ\x90", "nameless"),
        ("setup.exe", b"MZ\x90", "program"),
        ("run.js", b"var x", "program"),
        ("link.lnk", b"\x4c\x00\x00\x00\x01\x14\x02\x00", "program"),
        ("disk.iso", b"\x00" * 8, "disk-image"),
        ("notes.one", b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", "note"),
        ("book.xlsm", b"PK\x03\x04", "macro"),
        ("photo.jpg", b"%PDF-1.4", "type"),
        ("login.html", b"<html>", "page"),
        ("page.shtml", b"hello", "page"),
        ("login.html", b"<html><form><input type=password>", "page-form"),
        ("login.htm", b"<html><script>location='x'</script>", "page-script"),
        ("picture.svg", b"<svg><script>x</script></svg>", "page-script"),
        ("long name of a report                    .exe", b"MZ", "hidden-name"),
        ("plan.pdf", b"%PDF-1.7 /Encrypt 1 0 R", "encrypted"),
        ("plan.pdf", b"%PDF-1.7 /Launch", "launch"),
        ("letter.rtf", b"{\\rtf1 \\objdata 0102}", "object"),
    ],
)
def test_files(name: str, content: bytes, signal: str) -> None:
    assert signal in seen(with_file(name, content))


def test_a_name_that_turns_around_is_seen_through() -> None:
    part = "Content-Disposition: attachment; filename*=utf-8''invoice%E2%80%AEfdp.exe\r\n\r\nMZ"
    found = seen(multipart(b"Content-Type: text/plain\r\n\r\nhi", part.encode()))
    assert {"program", "hidden-name"} <= found


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("plan.pdf", b"%PDF-1.4", {"ordinary"}),
        ("letter.docx", packed(("word/document.xml", b"<x/>")), {"ordinary"}),
        ("letter.doc", compound("WordDocument"), {"ordinary"}),
        ("v1.2.notes.txt", b"hello", {"ordinary"}),
        ("photo.JPG", b"\xff\xd8\xff\xe0", set()),
        ("", b"\x89PNG\r\n\x1a\n", set()),
        ("archive.tar.gz", gzip.compress(tarred(("a.txt", b"x")), mtime=0), set()),
        ("photos.zip", packed(("a.jpg", b"\xff\xd8\xff"), ("b.jpg", b"\xff\xd8\xff")), {"ordinary"}),
    ],
)
def test_harmless_files(name: str, content: bytes, expected: set[str]) -> None:
    assert seen(with_file(name, content)) == expected


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.zip", packed(("invoice.exe", PROGRAM))),
        ("a.zip", packed(("readme.txt", b"x" * 5_000), ("invoice.txt", PROGRAM))),
        ("a.zip", packed(("invoice.scr", b""), method=zipfile.ZIP_STORED)),
        ("a.zip", packed(("b.zip", packed(("invoice.exe", PROGRAM))))),
        ("a.zip", packed(("b.zip", packed(("c.zip", packed(("x.js", b"var"))))))),
        ("a.tar", tarred(("x/invoice.exe", PROGRAM))),
        ("a.tgz", gzip.compress(tarred(("invoice.exe", PROGRAM)), mtime=0)),
        ("a.exe.gz", gzip.compress(PROGRAM, mtime=0)),
        ("a.bz2", bz2.compress(PROGRAM)),
        ("a.xz", lzma.compress(PROGRAM)),
        ("a.rar", b"Rar!\x1a\x07\x00" + bytes(20) + b"invoice.exe" + bytes(20)),
        ("a.7z", b"7z\xbc\xaf\x27\x1c" + bytes(20) + b"invoice.exe" + bytes(20)),
    ],
)
def test_programs_in_archives_are_found_three_levels_down(name: str, content: bytes) -> None:
    assert "packed" in seen(with_file(name, content))


def test_deeper_than_three_levels_is_noted() -> None:
    nested = packed(("x.exe", PROGRAM))
    for n in range(5):
        nested = packed((f"{n}.zip", nested))
    found = seen(with_file("a.zip", nested))
    assert "nested" in found
    assert "packed" not in found


@pytest.mark.parametrize(
    ("name", "content", "signal"),
    [
        ("a.zip", encrypted(packed(("invoice.doc", b"secret"))), "encrypted"),
        ("a.docx", compound("EncryptedPackage", "EncryptionInfo"), "encrypted"),
        ("a.rar", b"Rar!\x1a\x07\x00\x00\x00\x73\x80\x00" + bytes(20), "encrypted"),
        ("a.rar", b"Rar!\x1a\x07\x01\x00" + bytes(5) + b"\x04" + bytes(20), "encrypted"),
        ("a.doc", compound("WordDocument", "_VBA_PROJECT_CUR", "_VBA_PROJECT"), "macro"),
        ("a.docx", packed(("word/vbaProject.bin", b"x")), "macro"),
        ("a.xlsx", packed(("xl/macrosheets/sheet1.xml", b"x")), "macro"),
        ("a.zip", packed(("a.doc", compound("_VBA_PROJECT"))), "macro"),
        ("a.zip", packed(("login.html", b"<html><form>")), "page-script"),
        ("a.zip", packed(("disk.iso", b"x")), "disk-image"),
    ],
)
def test_what_archives_and_documents_hold(name: str, content: bytes, signal: str) -> None:
    assert signal in seen(with_file(name, content))


def test_a_password_in_the_text_opens_the_archive_for_people_only() -> None:
    raw = with_file("a.zip", encrypted(packed(("a.doc", b"x"))), b"The password is: 1234")
    assert {"encrypted", "password-told"} <= seen(raw)


def test_a_bomb_is_noted_and_not_unpacked() -> None:
    bomb = packed(("zeros", bytes(60_000_000)))
    budget = Budget()
    found = look_inside(bomb, "zip", "a.zip", budget)
    assert "bomb" in found.marks
    assert budget.room >= MAX_UNPACKED - 300_000
    assert "bomb" in seen(with_file("a.zip", bomb))


def test_the_budget_is_one_for_all_files_of_a_message() -> None:
    part = b"Content-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    member = packed(*((f"{n}.bin", bytes(300_000)) for n in range(30)))
    found = parse_raw(multipart(*[part + base64.encodebytes(member)] * 40))
    assert sum(len(a.inside) for a in found.attachments) <= MAX_MEMBERS


def test_a_megabyte_of_headers_costs_a_hundred_members() -> None:
    header = b"PK\x03\x04" + bytes(26)
    budget = Budget()
    look_inside(header * 30_000, "zip", "a.zip", budget)
    assert budget.members == 0


@pytest.mark.parametrize(
    "kind", ["zip", "gzip", "bzip2", "xz", "tar", "rar", "7z", "ole", "html", "pdf", "rtf", ""]
)
@settings(deadline=None, derandomize=True, max_examples=40)
@given(data=st.binary(max_size=1_500), cut=st.integers(0, 1_500))
def test_whatever_lies_inside_is_survived(kind: str, data: bytes, cut: int) -> None:
    start = {
        "zip": b"PK\x03\x04",
        "gzip": b"\x1f\x8b\x08",
        "bzip2": b"BZh9",
        "xz": b"\xfd7zXZ\x00",
        "rar": b"Rar!\x1a\x07\x00",
    }
    assert isinstance(look_inside(start.get(kind, b"") + data, kind, "a.tgz", Budget()), Inside)
    whole = packed(("a.zip", packed(("b.exe", data))), ("c.tar", tarred(("d", data[:50]))))
    assert isinstance(look_inside(whole[:cut] + data + whole[cut:], "zip", "a.zip", Budget()), Inside)


def test_an_xz_bomb_stops_at_its_bound() -> None:
    budget = Budget()
    look_inside(lzma.compress(bytes(4_000_000)), "xz", "a.xz", budget)
    look_inside(bz2.compress(bytes(4_000_000)), "bzip2", "a.bz2", budget)
    look_inside(zlib.compress(bytes(4_000_000), wbits=31), "gzip", "a.gz", budget)
    assert budget.room > 0


def test_uuencoded_files_are_judged_by_their_names() -> None:
    assert "program" in seen(message(b"begin 644 run.exe\r\nM" + b"A" * 60 + b"\r\n`\r\nend\r\n"))
