"""The measures of the benches, and the finding of corpora, on cases that can be worked out by hand."""

from __future__ import annotations

import os
import tarfile
import tempfile
from pathlib import Path

import pytest

from bench.measures import cpu_of_family, misses, roca
from tests.corpora import corpus, corpus_files, find_corpus, labelled_corpus


def test_roca_is_the_chance_of_a_wrong_order() -> None:
    assert roca([(0.1, False), (0.2, False), (0.8, True)]) == 0.0
    assert roca([(0.9, False), (0.1, True)]) == 100.0
    assert roca([(0.5, False), (0.5, True)]) == 50.0
    assert roca([(1, False), (2, True), (3, False), (4, True)]) == 25.0


def test_misses_at_a_threshold() -> None:
    scored = [(-1.0, False)] * 9 + [(1.0, False)] + [(1.0, True)] * 9 + [(-1.0, True)]
    lam, hm, sm = misses(scored)
    assert (hm, sm) == (10.0, 10.0)
    assert lam is not None
    assert 13 < lam < 14  # (1 + 0.5) / (9 + 0.5) as odds
    assert misses(scored, 2.0)[1:] == (0.0, 100.0)


def test_cpu_of_this_process_is_some_and_of_none_is_none() -> None:
    assert cpu_of_family(os.getpid()) > 0
    assert cpu_of_family(2**30) == 0


def test_a_corpus_is_unpacked_once_and_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "small"
    (source / "ham").mkdir(parents=True)
    (source / "ham/1.eml").write_bytes(b"Subject: one\n\n")
    (source / "index.tsv").write_text("1\tham\tham/1.eml\tx\t5\t14\n")
    places = tmp_path / "corpora"
    places.mkdir()
    with tarfile.open(places / "small.tar.xz", "w:xz") as packed:
        packed.add(source, "small")
    monkeypatch.setenv("PRATIQUE_CORPORA", str(places))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    first = find_corpus("small")
    assert first is not None
    (first / "mark").touch()
    assert find_corpus("small") == first
    assert (first / "mark").exists()
    [entry] = labelled_corpus("small")
    assert (entry.read(), entry.is_spam, entry.date) == (b"Subject: one\n\n", False, 5)
    assert [path.name for path in corpus_files("small")] == ["1.eml", "mark"]


def test_an_absent_corpus_skips_its_test_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRATIQUE_CORPORA", str(tmp_path))
    assert find_corpus("nowhere") is None
    with pytest.raises(pytest.skip.Exception, match="nowhere"):
        corpus("nowhere")
