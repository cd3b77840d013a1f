"""The bench of other filters: protocols, files and tables, with a filter that is made up here."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import peers, peers_servers, peers_words
from bench.peers_common import Judged, Task, bare_files
from cli.evaluate.configure import read_scores
from cli.evaluate.mail import Labelled, read_index
from cli.evaluate.protocol import Kind
from tests.unit.evaluate.test_command import letters


@pytest.fixture
def mail(tmp_path: Path) -> list[Labelled]:
    return read_index(letters(tmp_path, 6)).mail


@pytest.mark.parametrize(
    ("kind", "steps"), [(Kind.ONLINE, "JLJL"), (Kind.BATCH, "LLLLJJ"), (Kind.COLD, "JJ")]
)
def test_each_protocol_takes_its_steps_in_order(kind: Kind, steps: str, mail: list[Labelled]) -> None:
    """Judge then learn; learn then judge; judge."""
    taken: list[str] = []
    task = Task(kind, mail[:4] if kind is Kind.BATCH else [], mail[4:])

    def judge(_each: Labelled) -> float:
        taken.append("J")
        return 0.5

    done = peers_words.followed("made up", 0.9, task, judge, lambda _each: taken.append("L"))
    assert "".join(taken) == steps
    assert (len(done.scored), done.lessons) == (2, steps.count("L"))


def test_every_filter_is_given_the_same_bare_octets(tmp_path: Path) -> None:
    """Without the line that parts messages in an mbox."""
    (tmp_path / "a.eml").write_bytes(b"From x@y Thu\nSubject: a\n\nhi\n")
    (tmp_path / "index.tsv").write_text("1\tham\ta.eml\n")
    [one] = bare_files(read_index(tmp_path / "index.tsv").mail, tmp_path / "bare")
    assert one.read() == Path(one.name).read_bytes() == b"Subject: a\n\nhi\n"


def test_a_sample_is_every_kth_message_behind_the_lessons(tmp_path: Path, mail: list[Labelled]) -> None:
    given = argparse.Namespace(protocol="batch", train_first=2, every=2)
    task, numbers = peers.task_of(given, mail, tmp_path / "scratch")
    assert (len(task.lessons), len(task.asked), numbers) == (2, 2, [4, 6])


def test_the_whole_bench_with_a_filter_that_is_there(
    tmp_path: Path, mail: list[Labelled], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Pratique and the made-up one in one table; scores are kept in the form that evaluate reads; an absent one is named."""

    def peer(task: Task) -> Iterator[Judged]:
        yield Judged(
            "made up", [(float(each.is_spam), each.is_spam) for each in task.asked], 0.5, 0.5, 0.25, 6
        )

    monkeypatch.setitem(peers.PEERS, Kind.ONLINE, {"made up": lambda: peer, "absent": lambda: None})
    task = Task(Kind.ONLINE, [], mail)
    done = list(peers.everybody(task, seeds=[False], only=set()))
    assert [each.name for each in done] == ["pratique, no seed", "made up"]
    peers.table(done)
    shown = capsys.readouterr().out
    assert "absent: not installed here" in shown
    assert "| made up | 0.0000 |" in shown
    peers.keep(tmp_path / "kept", done, [1, 2, 3, 4, 5, 6])
    assert len(read_scores([f"x={tmp_path / 'kept/made up.tsv'}"])["x"]) == 6


def test_what_is_not_installed_is_no_peer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: None)
    makers = (peers_words.bogofilter, peers_words.spamprobe, peers_servers.spamassassin, peers_servers.rspamd)
    assert [make() for make in (*makers, peers_servers.spamassassin_bayes)] == [None] * 5
