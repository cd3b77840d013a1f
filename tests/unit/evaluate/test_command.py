"""`pratique evaluate` from its options to its output."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pratique.filtering.classifier.seed import ARTEFACT
from typer.testing import CliRunner, Result

from cli.main import app
from tests import builders

SPAM = (
    "Cheap pills, viagra, win money now, click here: http://203.0.113.5/buy/{0}\r\nUnsubscribe never {0}.\r\n"
)
HAM = "Dear Bob, the minutes of our meeting about the harbour are attached. Number {0}. Regards, Ann\r\n"


def letters(folder: Path, number: int = 60) -> Path:
    """An index of messages that a filter learns to tell apart at once."""
    lines = []
    for n in range(number):
        kind = ("ham", "spam")[n % 2]
        text = (SPAM if n % 2 else HAM).format(n)
        raw = builders.raw_message(sender=f"{kind}{n}@{kind}.example", subject=f"{kind} {n}", body=text)
        (folder / f"{n}.eml").write_bytes(raw)
        lines.append(f"{n + 1}\t{kind}\t{n}.eml\tid\t{1_600_000_000 + n}\t{len(raw)}\n")
    index = folder / "index.tsv"
    index.write_text("".join(lines))
    return index


def evaluate(*words: object) -> Result:
    return CliRunner().invoke(app, ["evaluate", *map(str, words)])


def figures(*words: object) -> dict[str, Any]:
    """The one object on standard output."""
    done = evaluate(*words, "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("protocol", ["online", "batch", "cold"])
def test_the_object_has_what_is_promised(tmp_path: Path, protocol: str) -> None:
    """And nothing else is on standard output."""
    found = figures("--protocol", protocol, "--index", letters(tmp_path), "--no-seed")
    for name in (
        "one_minus_roca_percent",
        "lam_percent",
        "ham_misclassified_percent_at_1_percent_spam_missed",
        "ham_misclassified_percent",
        "spam_misclassified_percent",
        "messages_per_second",
        "model_bytes",
    ):
        assert isinstance(found[name], int | float), name
    assert found["messages"] == {"online": 60, "batch": 30, "cold": 60}[protocol]
    assert found["lessons"] == {"online": 60, "batch": 30, "cold": 0}[protocol]
    assert found["skipped"] == {}


def test_the_same_mail_gives_the_same_figures(tmp_path: Path) -> None:
    """All but the times."""
    index = letters(tmp_path)
    runs = [figures("--index", index, "--wrong-labels", "10%", "--after", "0,10") for _ in range(2)]
    for each in runs:
        for name in ("messages_per_second", "lessons_per_second", "milliseconds"):
            del each[name]
    assert runs[0] == runs[1]


def test_learning_helps_and_late_lessons_help_later(tmp_path: Path) -> None:
    """Nothing learnt is worse than learning at once; a delay loses the lessons that are still under way."""
    index = letters(tmp_path)
    once = figures("--index", index, "--no-seed", "--after", "0,20")
    cold = figures("--index", index, "--no-seed", "--protocol", "cold")
    late = figures("--index", index, "--no-seed", "--delay", 50)
    assert once["calibration_error"] < cold["calibration_error"]
    assert (once["lessons"], late["lessons"], cold["lessons"]) == (60, 10, 0)
    [zero, twenty] = once["after"]
    assert (zero["lessons"], zero["messages"], twenty["messages"]) == (0, 60, 40)
    for name in ("one_minus_roca_percent", "ham_misclassified_percent", "spam_misclassified_percent"):
        assert zero[name] == cold[name]


def test_wrong_lessons_are_scored_against_the_truth(tmp_path: Path) -> None:
    index = letters(tmp_path)
    right, wrong = (
        figures("--index", index, "--no-seed"),
        figures("--index", index, "--no-seed", "--wrong-labels", "100%"),
    )
    assert (right["wrong_lessons"], wrong["wrong_lessons"]) == (0, 60)
    assert wrong["one_minus_roca_percent"] > 10 > right["one_minus_roca_percent"]


def test_what_cannot_be_read_is_counted_and_the_rest_is_judged(tmp_path: Path) -> None:
    """Missing files and rows that are none, in one list of reasons."""
    index = letters(tmp_path, 20)
    (tmp_path / "3.eml").unlink()
    index.write_text("no\tlabel\tpath\n" + index.read_text() + "rubbish\n")
    found = figures("--index", index, "--protocol", "cold", "--no-seed")
    assert found["messages"] == 19
    assert found["skipped"] == {"header row": 1, "unreadable row": 1, "missing file": 1}


def test_one_kind_only_leaves_out_what_needs_both(tmp_path: Path) -> None:
    """None is a result, not an error: a collection of spam tells what is caught."""
    index = letters(tmp_path, 20)
    index.write_text(
        "".join(line for line in index.read_text().splitlines(keepends=True) if "\tspam\t" in line)
    )
    found = figures("--index", index, "--protocol", "cold", "--no-seed", "--after", "0")
    assert (found["messages"], found["ham"]) == (10, 0)
    assert (
        found["one_minus_roca_percent"] is found["lam_percent"] is found["ham_misclassified_percent"] is None
    )
    assert isinstance(found["spam_misclassified_percent"], float)
    assert any("no ham" in note for note in found["notes"])


def test_two_configurations_side_by_side(tmp_path: Path) -> None:
    """On the same mail; the first one's figures stay at the top."""
    index = letters(tmp_path)
    found = figures(
        "--index", index, "--no-seed", "--against", "--no-seed --weight bias=100 --weight url=2.5"
    )
    one, two = found["configurations"]
    assert one["configuration"] == "no seed"
    assert two["configuration"] == "no seed, bias=100, url=2.5"
    assert found["one_minus_roca_percent"] == one["one_minus_roca_percent"]
    assert one["spam_misclassified_percent"] < two["spam_misclassified_percent"] == 100
    shown = evaluate("--index", index, "--no-seed", "--against", "--no-calibration --no-seed")
    assert "no seed, no calibration" in shown.stdout


def test_another_seed_may_be_named(tmp_path: Path) -> None:
    """The shipped one, given as a file, gives the same figures; anything else is refused before the work."""
    index = letters(tmp_path, 12)
    shipped, named = figures("--index", index), figures("--index", index, "--seed", ARTEFACT)
    assert shipped["model_bytes"] == named["model_bytes"] > shipped["seed_bytes"] > 100_000
    assert shipped["one_minus_roca_percent"] == named["one_minus_roca_percent"]
    assert shipped["calibration"] == named["calibration"]
    for wrong in (index, tmp_path / "nowhere"):
        done = evaluate("--index", index, "--seed", wrong)
        assert (done.exit_code, done.stdout) == (1, "")


def test_scores_are_written_and_shown_beside_another_run(tmp_path: Path) -> None:
    index, file = letters(tmp_path), tmp_path / "scores.tsv"
    figures("--index", index, "--no-seed", "--protocol", "batch", "--train-first", "0.8", "--scores", file)
    rows = [line.split("\t") for line in file.read_text().splitlines()]
    assert [(row[0], row[1]) for row in rows[:2]] == [("49", "ham"), ("50", "spam")]
    found = figures("--index", index, "--no-seed", "--beside", f"batch={file}")
    assert [(each["name"], each["messages"]) for each in found["beside"]] == [("batch", 12)]


def test_tables_for_people(tmp_path: Path) -> None:
    """Every section, and what was left out on standard error."""
    index = letters(tmp_path)
    index.write_text(index.read_text() + "61\tham\tnowhere.eml\n")
    done = evaluate(tmp_path, "--no-seed", "--threshold", "0.5", "--after", "10")
    assert done.exit_code == 0, done.output
    for words in (
        "1-ROCA %",
        "at thresholds",
        "when it stops learning",
        "calibration",
        "60 messages judged",
    ):
        assert words in done.stdout
    assert "left out: 1 × missing file" in done.stderr


def test_pictures_and_a_page_that_needs_nothing_else(tmp_path: Path) -> None:
    """PNG files, and a page without a link to anywhere."""
    pytest.importorskip("matplotlib")
    folder = tmp_path / "a <b> & c"
    folder.mkdir()
    index, html, plots = letters(folder), tmp_path / "page.html", tmp_path / "plots"
    done = evaluate("--index", index, "--after", "0,10,20", "--html", html, "--plots", plots, "--no-seed")
    assert done.exit_code == 0, done.output
    assert {file.name for file in plots.iterdir()} == {
        "roc.png",
        "calibration.png",
        "scores.png",
        "learning.png",
        "after.png",
    }
    assert all(file.read_bytes().startswith(b"\x89PNG") for file in plots.iterdir())
    page = html.read_text()
    assert "a &lt;b&gt; &amp; c" in page
    assert "<b>" not in page
    assert page.count("data:image/png;base64,") == 5
    assert "http" not in page


def test_plots_without_matplotlib_say_so_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    done = evaluate("--index", letters(tmp_path), "--plots", tmp_path / "plots")
    assert done.exit_code == 1
    assert "extra `evaluate`" in done.stderr


def test_figures_need_no_matplotlib_and_no_server(tmp_path: Path) -> None:
    """In a process of its own: neither is even loaded, nor any AWS library."""
    script = (
        "import sys; from cli.main import app\n"
        "try: app(['evaluate', '--index', sys.argv[1], '--json', '--no-seed'])\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "loaded = {'matplotlib', 'numpy', 'botocore', 'boto3', 'httpx', 'pynamodb'} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, str(letters(tmp_path, 6))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["messages"] == 6


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), 2),
        (("--index", "nowhere.tsv"), 1),
        (("nowhere",), 1),
        (("--index", "index.tsv", "--protocol", "sometimes"), 2),
        (("--index", "index.tsv", "--protocol", "batch", "--train-first", "most"), 2),
        (("--index", "index.tsv", "--after", "many"), 2),
        (("--index", "index.tsv", "--wrong-labels", "150%"), 1),
        (("--index", "index.tsv", "--wrong-labels", "some"), 1),
        (("--index", "index.tsv", "--weight", "classifier"), 1),
        (("--index", "index.tsv", "--weight", "classifier=nan"), 1),
        (("--index", "index.tsv", "--against", "--colour red"), 1),
        (("--index", "index.tsv", "--against", "'"), 1),
        (("--index", "index.tsv", "--beside", "nothing"), 1),
        (("--index", "index.tsv", "--beside", "x=nowhere"), 1),
        (("--index", "index.tsv", "--scores", "nowhere/scores.tsv"), 1),
        (("--index", "index.tsv", "--no-seed", "--seed", "x"), 1),
        (("--index", "index.tsv", "."), 2),
        (("--index", "index.tsv", "--threshold", "2"), 2),
    ],
)
def test_wrong_usage_is_told_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: int
) -> None:
    """And never by a traceback."""
    monkeypatch.chdir(tmp_path)
    letters(tmp_path, 4)
    done = evaluate(*words)
    assert done.exit_code == code
    assert done.stdout == ""
    assert done.stderr
    assert done.exception is None or isinstance(done.exception, SystemExit)


def test_nothing_readable_is_an_error_that_says_why(tmp_path: Path) -> None:
    index = letters(tmp_path, 4)
    for number in range(4):
        (tmp_path / f"{number}.eml").unlink()
    done = evaluate("--index", index)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "missing file: 4" in done.stderr
