"""Labelled mail in every form that people keep it in, and what is wrong with it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cli.evaluate.mail import Collection, open_labelled, pair, read_index
from cli.failure import Failure


def put(path: Path, octets: bytes = b"Subject: one\n\nhello\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(octets)
    return path


def shown(found: Collection) -> list[tuple[str, bool, int]]:
    return [(each.name, each.is_spam, each.date) for each in found.mail]


def test_our_index_in_its_order(tmp_path: Path) -> None:
    """Number, label, path, id, date, octets."""
    index = put(
        tmp_path / "index.tsv",
        b"1\tspam\tb/x.eml\tid\t1000000000\t5\n2\tham\ta.eml\tid\t-58930982349\t5\n3\tham\tc.eml\n",
    )
    found = read_index(index)
    assert shown(found) == [("b/x.eml", True, 1_000_000_000), ("a.eml", False, 0), ("c.eml", False, 0)]
    assert not found.skipped
    assert shown(open_labelled(tmp_path)) == shown(found)


def test_trec_index_with_its_paths_out_of_the_folder(tmp_path: Path) -> None:
    """`spam ../data/000/000`, found below full/ too."""
    put(tmp_path / "data/000/000", b"Subject: a\n\nspam\n")
    index = put(tmp_path / "full/index", b"spam ../data/000/000\nHAM ../data/000/001\n")
    found = open_labelled(tmp_path)
    assert (
        shown(found)
        == shown(read_index(index))
        == [("../data/000/000", True, 0), ("../data/000/001", False, 0)]
    )
    assert found.mail[0].read() == b"Subject: a\n\nspam\n"


def test_rows_that_are_none_are_counted(tmp_path: Path) -> None:
    """A header row, CRLF, a byte order mark, labels in any case, empty lines, a foreign label, half a row, a date that is none."""
    index = put(
        tmp_path / "index.tsv",
        b"\xef\xbb\xbfnumber\tlabel\tpath\r\n1\tSpam\ta.eml\tx\tyesterday\r\n\r\n2\tHAM \tb.eml\tx\t1e9\r\n"
        b"3\tunsure\tc.eml\r\nnothing\r\n4\tham\t\r\n5\tham\ta\0b\r\n6\tham\td.eml\tx\t99999999999999\r\n",
    )
    found = read_index(index)
    assert shown(found) == [("a.eml", True, 0), ("b.eml", False, 0), ("d.eml", False, 0)]
    assert found.skipped == {"header row": 1, "label is not ham or spam": 1, "unreadable row": 3}


@pytest.mark.parametrize(
    "line", [b"1\tham\ta folder/b c.eml", b"ham a folder/b c.eml", b"ham\ta folder/b c.eml"]
)
def test_paths_may_hold_spaces(tmp_path: Path, line: bytes) -> None:
    put(tmp_path / "a folder/b c.eml")
    [only] = read_index(put(tmp_path / "index.tsv", line)).mail
    assert only.read().startswith(b"Subject")


def test_paths_need_not_be_utf8(tmp_path: Path) -> None:
    """Names are octets."""
    put(tmp_path / os.fsdecode(b"caf\xe9.eml"))
    [only] = read_index(put(tmp_path / "index.tsv", b"1\tham\tcaf\xe9.eml\n")).mail
    assert only.read().startswith(b"Subject")


@pytest.mark.parametrize("octets", [b"", b"\n\n", b"number\tlabel\tpath\n", b"\x00\xff\xfe binary"])
def test_an_index_without_a_message_is_an_error(tmp_path: Path, octets: bytes) -> None:
    with pytest.raises(Failure, match="names no message"):
        read_index(put(tmp_path / "index.tsv", octets))


def test_reading_says_why_not(tmp_path: Path) -> None:
    """Missing files, folders, devices: an OSError each, so that they can be counted."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    lines = "".join(f"1\tham\t{name}\n" for name in ("missing", "pipe", "folder", "x" * 5_000))
    for each in read_index(put(tmp_path / "index.tsv", lines.encode())).mail:
        with pytest.raises(OSError, match=r"missing file|File name too long"):
            each.read()


def test_the_line_that_parts_messages_in_an_mbox_is_no_part_of_one(tmp_path: Path) -> None:
    put(tmp_path / "a.eml", b"From bob@example.org  Thu Aug 22 12:36:23 2002\nSubject: a\n\nhi\n")
    [only] = read_index(put(tmp_path / "index.tsv", b"1\tham\ta.eml")).mail
    assert only.read() == b"Subject: a\n\nhi\n"


def test_folders_named_ham_and_spam(tmp_path: Path) -> None:
    """By the words in their names; mixed, but always in the same way."""
    for number in range(20):
        put(tmp_path / f"easy_ham/{number}.eml")
        put(tmp_path / f"spam-2/{number}.eml")
    put(tmp_path / "other/1.eml")
    put(tmp_path / "README.md")
    found = open_labelled(tmp_path)
    assert (len(found.mail), sum(each.is_spam for each in found.mail), found.order) == (40, 20, "mixed")
    assert shown(found) == shown(open_labelled(tmp_path))
    assert 3 < sum(each.is_spam for each in found.mail[:20]) < 17


def test_maildirs_are_merged_by_time_of_delivery(tmp_path: Path) -> None:
    for place, when in (("ham/cur", 1_600_000_300), ("spam/new", 1_600_000_200), ("ham/new", 1_600_000_100)):
        put(tmp_path / place / f"{when}.M1P1.host:2,S")
        for sub in ("cur", "new", "tmp"):
            (tmp_path / place).parent.joinpath(sub).mkdir(exist_ok=True)
    found = pair([tmp_path / "ham"], [tmp_path / "spam"])
    assert [(each.is_spam, each.date % 1000) for each in found.mail] == [
        (False, 100),
        (True, 200),
        (False, 300),
    ]
    assert found.order == "time"
    assert shown(open_labelled(tmp_path)) == shown(found)


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_what_is_no_collection_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(Failure):
        open_labelled(tmp_path / name)
