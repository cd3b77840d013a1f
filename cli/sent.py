"""sent: tell of a message that one of the domain's own people sent."""

from __future__ import annotations

import sys
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses, parseaddr
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from cli import render
from cli.corpus import read_message
from cli.failure import Failure
from cli.setup import JsonOption, setup_of

MOST_HEADER = 256 * 1024
"""Octets of a message that are read: only its header fields are of interest."""
MOST_RECIPIENTS = 100


def sent(
    ctx: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="The message; standard input when left out.", dir_okay=False)
    ] = None,
    sender: Annotated[
        str | None, typer.Option("--from", help="Who sent it; the address in From when left out.")
    ] = None,
    to: Annotated[
        list[str] | None, typer.Option(help="A recipient, again for several; To and Cc when left out.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Tell of a message that was sent, so that answers to it are recognised and its recipients are known. For a mail server's journal."""
    raw = _read(sys.stdin.buffer) if file is None else read_message(file)[:MOST_HEADER]
    fields = BytesHeaderParser().parsebytes(raw)
    name, author = parseaddr(str(fields.get("From", "")))
    message_id = str(fields.get("Message-ID", "")).strip()
    recipients = to or _recipients(fields)
    if not message_id:
        raise Failure("this message has no Message-ID: an answer could not name it")
    if not (sender or author) or not recipients:
        raise Failure("this message names no sender or no recipient: give --from and --to")
    body = {
        "message_id": message_id,
        "sender": sender or author,
        "recipients": recipients[:MOST_RECIPIENTS],
        "name": name[:200],
    }
    with setup_of(ctx).api() as api:
        answer = api.post("/v1/sent", body)
    if json:
        render.emit(answer)
    else:
        typer.echo(f"noted; {answer['outside']} recipients outside the domain")


def _read(stream: BinaryIO) -> bytes:
    """The header; the rest is read too, since who writes a message into a closed pipe takes it for an error."""
    head = stream.read(MOST_HEADER)
    while stream.read(1 << 20):
        continue
    return head


def _recipients(fields: Message) -> list[str]:
    values = [str(value) for name in ("To", "Cc") for value in fields.get_all(name, [])]
    return list(dict.fromkeys(address for _, address in getaddresses(values) if address))
