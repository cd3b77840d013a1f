"""Whatever a client sends, it is answered in well-formed lines, and the server never fails."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.imap.commands import COMMANDS
from tools.fuzz_imap import check, converse, one_input

ROOT = Path(__file__).parents[3]
SETS = ["1", "1:2", "*", "2:*", "1,2", "9", "1:9", "0"]
PIECES = [
    *SETS, "INBOX", "Trash", "x/y", '"a b"', "NIL", "(FLAGS UID)", "(ENVELOPE BODYSTRUCTURE)", "BODY[]", "BODY.PEEK[1.MIME]<0.9>", "FULL",
    "RFC822.SIZE", "+FLAGS", "FLAGS.SILENT", "-FLAGS", "(\\Deleted k)", "\\Seen", "(CHANGEDSINCE 1)", "(UNCHANGEDSINCE 2)", "(CONDSTORE)",
    "(MESSAGES SIZE HIGHESTMODSEQ)", "RETURN (ALL COUNT)", "OR SEEN NOT DELETED", "SUBJECT \u00e4", "MODSEQ 2", "SINCE 1-Jan-1970", "TEXT x",
    '""', "*", "%", "(SUBSCRIBED RECURSIVEMATCH)", "RETURN (STATUS (UNSEEN))", "{3+}\r\nabc", "{3}\r\nabc", "~{1+}\r\nx", "UTF8 (~{1+}\r\nx)",
    "CONDSTORE UTF8=ACCEPT", "\r\nDONE", "\0", "\\", '"', "(", ")", "PLAIN", "=",
]  # fmt: skip
COMMAND = st.tuples(st.sampled_from(sorted(COMMANDS)), st.lists(st.sampled_from(PIECES), max_size=4)).map(
    lambda drawn: f"t {' '.join([drawn[0], *drawn[1]])}\r\n".encode()
)


@settings(deadline=None, max_examples=150)
@given(st.lists(COMMAND | st.binary(max_size=30), max_size=12).map(b"".join), st.booleans())
def test_any_conversation_is_answered(data: bytes, logged_in: bool) -> None:
    one_input(data if logged_in else b"!" + data)


def test_every_command_is_answered_once() -> None:
    """Each of them, with nothing behind it, before login, after it, and with a mailbox selected."""
    for prefix in (b"", b"a LOGIN u pass\r\n", b"a LOGIN u pass\r\nb SELECT INBOX\r\n"):
        for name in COMMANDS:
            said = converse(prefix + b"tag " + name.encode() + b"\r\n")
            answers = [line for line in said.split(b"\r\n") if line.startswith(b"tag ")]
            assert len(answers) == (0 if b"\r\n+ " in said else 1), name
            check(said)


@pytest.mark.parametrize("said", [b"* OK", b"* 1 FETCH (BODY[] {9}\r\nx)\r\n", b"a NO [SERVERBUG] x\r\n"])
def test_what_is_not_well_formed_is_noticed(said: bytes) -> None:
    with pytest.raises(ValueError, match=r"line|literal|failed"):
        check(said)


@pytest.mark.skipif(
    find_spec("atheris") is not None, reason="atheris is installed: the target would run for ever"
)
def test_the_fuzzing_target_skips_without_atheris() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.fuzz_imap"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("skipped: atheris")
