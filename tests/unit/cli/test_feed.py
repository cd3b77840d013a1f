"""Collections of mail, and what becomes of them: as lessons by HTTP, as mail by SMTP."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pratique.domain.scope import GLOBAL, parse_scope

from cli.corpus import choose, open_corpus
from cli.failure import Failure
from cli.mail import Mailer, crlf, sender_of, split_host
from tests import builders
from tests.unit.cli.world import Installation, SmtpServer


def _corpus(folder: Path, number: int = 10) -> Path:
    """An index of ham and spam by turns, in the order of the index, which is not that of the names."""
    lines = []
    for n in range(number):
        label = "spam" if n % 2 else "ham"
        path = folder / label / f"{number - n:03}.eml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(
            builders.raw_message(subject=f"{label} {n}", sender=f"s{n}@spam.example").replace(b"\r\n", b"\n")
        )
        lines.append(
            f"{n + 1}\t{label}\t{label}/{path.name}\torig{n}\t{990000000 + n}\t{path.stat().st_size}"
        )
    (folder / "index.tsv").write_text("\n".join(lines) + "\n")
    return folder


def _subjects(messages: list[bytes]) -> list[str]:
    return [m.partition(b"Subject: ")[2].partition(b"\r\n")[0].decode() for m in messages]


def _spam_is_refused(message: bytes) -> bytes:
    return (
        b"550 5.7.1 refused as spam, kept in quarantine"
        if b"Subject: spam" in message
        else b"250 2.0.0 taken"
    )


def test_an_index_keeps_its_order_and_its_labels(tmp_path: Path) -> None:
    """Not the files' names."""
    items = open_corpus(_corpus(tmp_path / "c"))
    assert [i.label for i in items] == ["ham", "spam"] * 5
    assert b"Subject: ham 0" in items[0].read()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"first": "80%"}, range(8)),
        ({"rest": "80%"}, range(8, 10)),
        ({"first": "3"}, range(3)),
        ({"rest": "3", "limit": 2}, range(3, 5)),
        ({"first": "100%"}, range(10)),
        ({"rest": "200"}, range(0)),
        ({"first": "50%", "only": "spam"}, [1, 3]),
        ({"only": "ham", "limit": 1}, [0]),
        ({"first": "12.5%"}, range(1)),
    ],
)
def test_a_share_is_cut_before_labels_and_limit(
    tmp_path: Path, options: dict[str, object], expected: object
) -> None:
    """--first and --rest of one share are the whole, whatever else is chosen."""
    items = open_corpus(_corpus(tmp_path / "c"))
    assert choose(items, **options) == [items[n] for n in expected]  # type: ignore[arg-type, attr-defined]  # as the table above has it


@pytest.mark.parametrize("options", [{"first": "a lot"}, {"first": "1", "rest": "1"}, {"first": "-1"}])
def test_a_share_that_is_none(tmp_path: Path, options: dict[str, str]) -> None:
    """Said, not guessed."""
    with pytest.raises(Failure):
        choose(open_corpus(_corpus(tmp_path / "c")), **options)  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize(
    "line", ["1\tspam\t../secret\tx\t1\t1", "1\tspam\t/etc/passwd\tx\t1\t1", "1\tbulk\ta.eml\tx\t1\t1"]
)
def test_an_index_that_leads_elsewhere_is_refused(tmp_path: Path, line: str) -> None:
    """A corpus from the web must not make us upload other files."""
    (tmp_path / "index.tsv").write_text(line + "\n")
    with pytest.raises(Failure, match="line 1"):
        open_corpus(tmp_path)


def test_maildir_mbox_folder_and_file(tmp_path: Path) -> None:
    """Each is known by its look."""
    for name in ("cur/2.a:2,S", "new/1.b", "tmp/3.c", ".Archive/cur/0.d"):
        path = tmp_path / "maildir" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    assert [i.read() for i in open_corpus(tmp_path / "maildir")] == [
        b"new/1.b",
        b"cur/2.a:2,S",
        b".Archive/cur/0.d",
    ]
    box = tmp_path / "box"
    box.write_bytes(
        b"From a@x Mon\nSubject: 1\n\nbody\n>From here\n>>From there\n\nFrom b@x Mon\nSubject: 2\n\nbody\nFrom inside\n"
    )
    assert [i.read() for i in open_corpus(box)] == [
        b"Subject: 1\n\nbody\nFrom here\n>From there\n",
        b"Subject: 2\n\nbody\nFrom inside\n",
    ]
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "1").write_bytes(b"From a@x Mon Sep 21 2026\nSubject: 1\n\n")
    assert [i.read() for i in open_corpus(kept)] == [b"Subject: 1\n\n"], (
        "the line is the mailbox's, not the message's"
    )
    single = tmp_path / "one.eml"
    single.write_bytes(b"Subject: one\n\n")
    assert [(i.name, i.read()) for i in open_corpus(single)] == [("one.eml", b"Subject: one\n\n")]
    folder = tmp_path / "folder"
    (folder / "b").mkdir(parents=True)
    (folder / "b" / "1").write_bytes(b"1")
    (folder / "a").write_bytes(b"2")
    (folder / ".hidden").write_bytes(b"3")
    assert [i.name for i in open_corpus(folder)] == ["a", "b/1"]
    with pytest.raises(Failure, match="is not there"):
        open_corpus(tmp_path / "nowhere")


def test_labels_are_fed_as_lessons(here: Installation, tmp_path: Path) -> None:
    """Twice is known, not new; the scope may be named."""
    path = str(_corpus(tmp_path / "c"))
    first = here.run("feed", path, "--as", "labels", "--first", "80%", "--scope", "example.org", "--json")
    assert first.exit_code == 0
    assert json.loads(first.stdout)["outcomes"] == {"new": 8, "known": 0}
    again = here.run("feed", path, "--as", "labels", "--scope", "example.org")
    assert again.exit_code == 0
    assert [
        line.split() for line in again.stdout.splitlines() if line.split()[:1] in (["new"], ["known"])
    ] == [
        ["new", "2"],
        ["known", "8"],
    ]
    assert here.world.journal.counts(parse_scope("example.org")) == (10, 0)
    labels = {
        each.lesson.label.value for each in here.world.journal.pending(parse_scope("example.org"), limit=20)
    }
    assert labels == {"ham", "spam"}


def test_a_folder_without_labels_is_all_one(here: Installation, tmp_path: Path) -> None:
    """--as spam says so; --as labels cannot."""
    for n in range(3):
        (tmp_path / f"{n}.eml").write_bytes(builders.raw_message(body=f"{n}\r\n"))
    refused = here.run("feed", str(tmp_path), "--as", "labels")
    assert (refused.exit_code, "index.tsv" in refused.stderr) == (1, True)
    assert here.run("feed", str(tmp_path), "--as", "spam").exit_code == 0
    assert [w.lesson.label.value for w in here.world.journal.pending(GLOBAL, limit=9)] == ["spam"] * 3
    assert here.run("feed", str(tmp_path), "--as", "spam", "--only", "ham").exit_code == 1


def test_lessons_go_in_batches_that_a_call_can_take(here: Installation, tmp_path: Path) -> None:
    """By number and by octets; a large message sends its beginning."""
    for n in range(205):
        (tmp_path / f"{n:03}.eml").write_bytes(builders.raw_message(body=f"{n}\r\n"))
    (tmp_path / "900.eml").write_bytes(builders.raw_message(body="x" * 5_000_000))
    (tmp_path / "901.eml").write_bytes(builders.raw_message(body="y" * 1_500_000))
    (tmp_path / "902.eml").write_bytes(builders.raw_message(body="z" * 1_500_000))
    assert here.run("feed", str(tmp_path), "--as", "ham").exit_code == 0
    assert len([s for s in here.seen if s[1] == "/v1/lessons"]) == 4
    assert here.world.journal.counts(GLOBAL) == (208, 0)


def test_mail_is_sent_and_the_answers_are_counted(
    here: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By one connection, with CRLF, dots stuffed, from each message's own sender; with labels a confusion table."""
    server = SmtpServer(_spam_is_refused).install(monkeypatch)
    path = str(_corpus(tmp_path / "c"))
    done = here.run(
        "feed",
        path,
        "--as",
        "mail",
        "--to",
        "bob@example.org",
        "--rest",
        "40%",
        "--smtp",
        "127.0.0.1:2525",
        "--json",
    )
    assert done.exit_code == 0, done.stderr
    assert _subjects(server.taken) == ["ham 4", "spam 5", "ham 6", "spam 7", "ham 8", "spam 9"]
    assert b"\n" not in server.taken[0].replace(b"\r\n", b"")
    assert server.connections == 1
    assert b"mail from:<s4@spam.example>" in server.commands
    report = json.loads(done.stdout)
    assert report["outcomes"] == {"accepted": 3, "spam": 3}
    assert report["by_label"] == {"ham": {"accepted": 3, "spam": 0}, "spam": {"accepted": 0, "spam": 3}}
    table = here.run(
        "feed", path, "--as", "mail", "--to", "bob@example.org", "--smtp", "127.0.0.1:2525"
    ).stdout
    assert ["refused", "as", "spam", "5"] in [line.split() for line in table.splitlines()]
    assert ["spam", "0", "5"] in [line.split() for line in table.splitlines()]


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (b"250 2.0.0 taken", "accepted"),
        (b"550 5.7.1 spam", "spam"),
        (b"550 5.1.1 nobody", "refused"),
        (b"552 5.3.4 too big", "refused"),
        (b"451 4.3.0 later", "later"),
        (b"", "error"),
    ],
)
def test_each_answer_has_its_name(reply: bytes, outcome: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the server said it; a connection that breaks is an error, not an end."""
    SmtpServer(lambda _data: reply).install(monkeypatch)
    with Mailer("127.0.0.1:2525") as mailer:
        assert mailer.send(b"Subject: x\n\nx\n", mail_from="", to="bob@example.org").outcome == outcome


def test_errors_are_told_and_the_rest_is_sent(
    here: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 1, the first ten by name."""
    server = SmtpServer(rcpt=b"550 5.1.1 nobody here").install(monkeypatch)
    done = here.run(
        "feed",
        str(_corpus(tmp_path / "c", 12)),
        "--as",
        "mail",
        "--to",
        "x@example.org",
        "--smtp",
        "localhost:25",
    )
    assert (done.exit_code, server.taken) == (1, [])
    assert done.stderr.count("nobody here") == 10
    assert "... and 2 more" in done.stderr


def test_a_connection_that_timed_out_is_opened_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once for each message."""
    replies = [b"250 one", b"", b"250 two"]
    server = SmtpServer(lambda _data: replies.pop(0)).install(monkeypatch)
    with Mailer("127.0.0.1:2525") as mailer:
        codes = [mailer.send(b"x\n", mail_from="", to="bob@example.org").code for _ in range(2)]
    assert (codes, server.connections) == ([250, 250], 2)


def test_ctrl_c_ends_cleanly_with_a_sum(
    here: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was sent is counted; half a message is not taken for a whole one: no QUIT after it, the line is just cut."""
    count = 0

    def judge(_message: bytes) -> bytes:
        nonlocal count
        count += 1
        if count == 4:
            raise KeyboardInterrupt
        return b"250 ok"

    server = SmtpServer(judge).install(monkeypatch)
    done = here.run(
        "feed",
        str(_corpus(tmp_path / "c")),
        "--as",
        "mail",
        "--to",
        "x@example.org",
        "--smtp",
        "localhost:25",
        "--json",
    )
    assert done.exit_code == 130
    report = json.loads(done.stdout)
    assert (report["stopped"], report["done"], report["planned"]) == (True, 3, 10)
    assert server.commands[-1] != b"quit"


def test_mail_needs_a_recipient_and_a_server(here: Installation, tmp_path: Path) -> None:
    """Wrong usage; and a server that this installation does not name."""
    path = str(_corpus(tmp_path / "c"))
    assert here.run("feed", path, "--as", "mail").exit_code == 2
    missing = here.run("feed", path, "--as", "mail", "--to", "bob@example.org")
    assert (missing.exit_code, "give --smtp" in missing.stderr) == (1, True)
    empty = tmp_path / "empty"
    empty.mkdir()
    assert here.run("feed", str(empty), "--as", "ham").exit_code == 1


@pytest.mark.parametrize("server", ["nohost", "host:", ":25", "host:0", "host:70000", "host:smtp"])
def test_a_server_is_host_and_port(server: str) -> None:
    """Said before anything is sent."""
    with pytest.raises(Failure, match="host:port"):
        split_host(server)


def test_line_ends_and_senders() -> None:
    """Bare LF becomes CRLF, everything else stays; the sender is taken from the header only."""
    assert crlf(b"a\nb\r\nc\rd\n\n") == b"a\r\nb\r\nc\rd\r\n\r\n"
    assert sender_of(b"Subject: x\nFrom: Eve <eve@spam.example>\n\nFrom: b@x.example\n") == "eve@spam.example"
    assert sender_of(b"Return-Path: <>\r\nFrom: eve@spam.example\r\n\r\n") == "eve@spam.example"
    assert sender_of(b"Subject: none\n\nFrom: body@x.example\n") == ""
    assert sender_of(b"From: <a b@x>\n\n") == ""
    assert sender_of(b"\xff" * 100_000) == ""


@pytest.mark.parametrize(
    ("words", "code", "outcome"), [(["--spam"], 1, "spam"), (["--ham"], 0, "accepted"), ([], 0, "accepted")]
)
def test_send_a_sample(
    here: Installation, monkeypatch: pytest.MonkeyPatch, words: list[str], code: int, outcome: str
) -> None:
    """The answer is shown as it is; a refusal is exit code 1."""
    server = SmtpServer(lambda m: b"550 5.7.1 spam" if b"YOU HAVE WON" in m else b"250 2.0.0 ok").install(
        monkeypatch
    )
    done = here.run("send", "--to", "bob@example.org", "--smtp", "127.0.0.1:2525", *words)
    assert (done.exit_code, done.stdout[:4]) == (code, "550 " if code else "250 ")
    assert b"rcpt to:<bob@example.org>" in server.commands
    assert (
        json.loads(here.run("send", "--smtp", "127.0.0.1:2525", "--json", *words).stdout)["outcome"]
        == outcome
    )


def test_send_a_file(here: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Byte for byte, but for its line ends; 8-bit mail says so."""
    server = SmtpServer().install(monkeypatch)
    path = tmp_path / "m.eml"
    path.write_bytes(b"From: eve@spam.example\nSubject: \xff\n\n.dot\n..two\n")
    assert here.run("send", "--file", str(path), "--smtp", "127.0.0.1:2525").exit_code == 0
    assert server.taken == [b"From: eve@spam.example\r\nSubject: \xff\r\n\r\n.dot\r\n..two\r\n"]
    assert b"mail from:<eve@spam.example> body=8bitmime" in server.commands
    assert here.run("send", "--file", str(path), "--spam", "--smtp", "x:1").exit_code == 2


@pytest.mark.parametrize("address", ["a@x.example>\r\nRCPT TO:<b@x.example", "a@x.example\nDATA"])
def test_an_address_cannot_smuggle_a_command(
    here: Installation, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused before a connection is made."""
    server = SmtpServer().install(monkeypatch)
    assert here.run("send", "--to", address, "--smtp", "127.0.0.1:2525").exit_code == 1
    assert server.connections == 0
