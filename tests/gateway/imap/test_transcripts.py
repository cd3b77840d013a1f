"""Conversations with the server, word for word: one file for each group of commands in transcripts/.

`C:` is sent (`C2:` by a second connection), `S:` is what must come; `…` stands for the rest of a line, «0D» for an octet. `M: name` puts the
messages of mail.py into a mailbox. The mail in memory has a clock that stands still, so nothing varies.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.imap.limits import Limits
from tests.gateway.imap.imap_serving import Wire, serving
from tests.gateway.imap.mail import MESSAGES

FILES = sorted((Path(__file__).parent / "transcripts").glob("*.txt"))
_LINE = re.compile(r"([CSM])(\d*): ?(.*)")
_OCTET = re.compile("«([0-9A-F]{2})»".encode())


def _octets(text: str) -> bytes:
    return _OCTET.sub(lambda found: bytes([int(found[1], 16)]), text.encode())


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_the_conversation_goes_as_written(path: Path) -> None:
    with serving(Limits(append=20_000)) as server:
        port = server.listen()
        wires: dict[str, Wire] = {}
        for number, line in enumerate(path.read_text().splitlines(), 1):
            found = _LINE.fullmatch(line)
            if found is None:
                assert line.startswith("#"), f"line {number}"
                continue
            kind, which, text = found.groups()
            if kind == "M":
                server.fill(MESSAGES, text)
                continue
            if which not in wires:
                wires[which] = Wire(port)
            if kind == "C":
                wires[which].send(_octets(text) + b"\r\n")
                continue
            said, wanted = wires[which].line(), _octets(text)
            if text.endswith("…"):
                wanted = _octets(text[:-1])
                said = said[: len(wanted)]
            assert said == wanted, f"line {number}"
        for wire in wires.values():
            wire.__exit__()


def test_every_command_is_in_a_transcript() -> None:
    """Nothing is offered that no conversation tries."""
    from gateway.imap.commands import COMMANDS

    text = "\n".join(path.read_text() for path in FILES).upper()
    unsaid = [name for name in COMMANDS if not re.search(rf"^C\d*: \w+ {name}\b", text, re.MULTILINE)]
    assert unsaid == []
