"""Debian's dovecot-imapd over a pipe, as nobody's daemon: `/usr/lib/dovecot/imap`, logged in already, on a Maildir of its own in a temporary folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

IMAP = Path("/usr/lib/dovecot/imap")

Item = bytes | None | list["Item"]
"""A string, NIL, or a list. Atoms and numbers are bytes as well: quoted and literal strings compare alike."""

_CONFIG = """
base_dir = {home}/run
log_path = {home}/log
mail_location = maildir:{home}/mail
ssl = no
first_valid_uid = 1
mail_fsync = never
stats_writer_socket_path =
"""
_LITERAL = re.compile(rb"\{(\d+)\}\r?\n\Z")
_TOKEN = re.compile(
    rb'\s*(?:(\()|(\))|"((?:[^"\\]|\\.)*)"|\{(\d+)\}\r\n|([^\s()"{\[]+(?:\[[^\]]*\])?(?:<\d+>)?))'
)
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)


def read_items(line: bytes) -> list[Item]:
    """The data of a response as nested lists."""
    stack: list[list[Item]] = [[]]
    place = 0
    while (found := _TOKEN.match(line, place)) is not None:
        place = found.end()
        if found[1]:
            stack.append([])
        elif found[2]:
            done = stack.pop()
            stack[-1].append(done)
        elif found[3] is not None:
            stack[-1].append(_ESCAPE.sub(rb"\1", found[3]))
        elif found[4] is not None:
            size = int(found[4])
            stack[-1].append(line[place : place + size])
            place += size
        else:
            stack[-1].append(None if found[5] == b"NIL" else found[5])
    return stack[0]


class Dovecot:
    """A session on a Maildir of these messages, in this order: message n has the sequence number n + 1."""

    def __init__(self, messages: Iterable[bytes]) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="pratique-dovecot-"))
        for folder in ("new", "cur", "tmp"):
            (self.home / "mail" / folder).mkdir(parents=True)
        for number, raw in enumerate(messages):
            (self.home / "mail/cur" / f"{1_000_000_000 + number}.M1.here:2,S").write_bytes(raw)
        (self.home / "dovecot.conf").write_text(_CONFIG.format(home=self.home), encoding="ascii")
        user = None
        if os.getuid() == 0:  # dovecot serves no mail as root
            user = "nobody"
            for path in (self.home, *self.home.rglob("*")):
                shutil.chown(path, user)
        self.process = subprocess.Popen(
            [IMAP, "-c", self.home / "dovecot.conf"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None,
            user=user,
            group="nogroup" if user else None,
            extra_groups=[] if user else None,
            env={"HOME": str(self.home), "USER": "nobody", "PATH": os.defpath, "TZ": "UTC"},
        )
        self.number = 0
        self._line()
        self.ask(b"SELECT INBOX")

    def _line(self) -> bytes:
        """One response line with its literals."""
        stream = self.process.stdout
        if stream is None:
            raise OSError("dovecot has no output")
        line = stream.readline()
        whole = line
        while (found := _LITERAL.search(line)) is not None:
            whole += stream.read(int(found[1]))
            line = stream.readline()
            whole += line
        if not whole:
            raise OSError(f"dovecot ended: {(self.home / 'log').read_text(errors='replace')[-1000:]}")
        return whole

    def ask(self, command: bytes) -> list[bytes]:
        """The untagged responses to a command. OSError where it is not OK."""
        stream = self.process.stdin
        if stream is None:
            raise OSError("dovecot has no input")
        self.number += 1
        tag = b"a%d" % self.number
        stream.write(tag + b" " + command + b"\r\n")
        stream.flush()
        answers = []
        while not (line := self._line()).startswith(tag + b" "):
            answers.append(line)
        if not line.startswith(tag + b" OK"):
            raise OSError(f"{command[:200]!r}: {line!r}")
        return answers

    def fetch(self, number: int, names: Iterable[bytes]) -> dict[bytes, Item]:
        """What a message (its sequence number) says to FETCH, by the names of the answer."""
        found: dict[bytes, Item] = {}
        for line in self.ask(b"FETCH %d (%s)" % (number, b" ".join(names))):
            said = read_items(line)
            items = said[3] if len(said) > 3 and said[2] == b"FETCH" else None
            if isinstance(items, list):
                found |= {
                    key: value
                    for key, value in zip(items[::2], items[1::2], strict=True)
                    if isinstance(key, bytes)
                }
        return found

    def search(self, *words: bytes) -> set[int]:
        """The sequence numbers that match; a word with line ends or 8-bit octets goes as a literal."""
        told = b" ".join(b"{%d+}\r\n%s" % (len(word), word) if not word.isascii() else word for word in words)
        answers = self.ask(b"SEARCH CHARSET UTF-8 " + told)
        return {int(word) for line in answers if line.startswith(b"* SEARCH") for word in line.split()[2:]}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.communicate()
        shutil.rmtree(self.home, ignore_errors=True)
