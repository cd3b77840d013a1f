"""sent: a mail server's journal."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from pratique.domain.address import parse_address
from pratique.domain.correspondent import Question
from pratique.filtering.acquaintance import name_key, reference_key

from cli.sent import MOST_HEADER, _read
from tests.unit.cli.world import Installation

BOB, EVE = parse_address("bob@example.org"), parse_address("eve@friend.example")
LETTER = (
    b"From: Bob Holm <bob@example.org>\r\nTo: Eve <eve@friend.example>, ann@example.org\r\nCc: x@other.example\r\n"
    b"Message-ID:\r\n <q1@example.org>\r\nSubject: Hi\r\n\r\nFrom: body@example.net\r\n"
)


@pytest.fixture
def letter(home: Path) -> Path:
    path = home / "letter.eml"
    path.write_bytes(LETTER)
    return path


def test_a_message_is_read_by_its_header(here: Installation, letter: Path) -> None:
    shown = here.run("sent", str(letter))
    assert (shown.exit_code, shown.stdout) == (0, "noted; 2 recipients outside the domain\n")
    asked = Question(name=name_key("Bob Holm"), references=(reference_key("<q1@example.org>"),))
    found = here.world.directory.look_up([BOB], [], asked).relations
    (sent,) = found.answered["example.org"]
    assert sent.sender == BOB
    assert {str(each) for each in sent.recipients} == {
        "eve@friend.example",
        "ann@example.org",
        "x@other.example",
    }
    assert found.namesakes == {"example.org": (BOB,)}
    assert here.world.correspondents.get(BOB, EVE) is not None


def test_the_envelope_may_be_given(here: Installation, letter: Path) -> None:
    """Bcc is nowhere in the message."""
    shown = here.run("sent", str(letter), "--to", "secret@friend.example", "--json")
    assert '"outside": 1' in shown.stdout
    assert here.world.correspondents.get(BOB, parse_address("secret@friend.example")) is not None
    assert here.world.correspondents.get(BOB, EVE) is None


@pytest.mark.parametrize("missing", [b"Message-ID", b"From", b"To"])
def test_what_cannot_be_noted_is_said(here: Installation, home: Path, missing: bytes) -> None:
    path = home / "letter.eml"
    path.write_bytes(LETTER.replace(missing + b":", b"X-Was:", 1).replace(b"Cc:", b"X-Cc:"))
    shown = here.run("sent", str(path))
    assert shown.exit_code == 1
    assert "names no" in shown.output or "no Message-ID" in shown.output


def test_anothers_domain_is_not_ones_own(here: Installation, letter: Path) -> None:
    here.login("other.example")
    assert here.run("sent", str(letter)).exit_code == 1
    assert here.world.correspondents.get(BOB, EVE) is None


def test_standard_input_is_read_to_its_end() -> None:
    """A mail server that pipes a large message takes a closed pipe for a failure."""
    stream = io.BytesIO(LETTER + b"x" * (3 * MOST_HEADER))
    assert _read(stream).startswith(LETTER)
    assert stream.read() == b""
