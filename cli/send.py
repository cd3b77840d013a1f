"""send: one message through SMTP."""

from __future__ import annotations

import enum
from datetime import UTC, datetime
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import Annotated

import typer

from cli import render
from cli.corpus import read_message
from cli.failure import Failure
from cli.mail import Mailer, sender_of
from cli.setup import JsonOption, SmtpOption, setup_of

_HAM = """\
Hello,

here are the notes of this morning's meeting: the move to the new office is on Friday, and Anna brings the keys. Could you tell me
until Wednesday which of the boxes are yours?

Thank you, and see you then
Maria
"""
_SPAM = """\
CONGRATULATIONS!!! You have been SELECTED as the winner of $1,500,000.00 USD in our online lottery.

Click here NOW to claim your prize: http://192.0.2.66/claim?winner=you
Cheap VIAGRA and CIALIS, no prescription, 100% FREE trial, act now, limited time offer!!!
Send your bank account, your date of birth and a transfer fee of $250 by Western Union to Barrister Dr. Williams.

To be removed reply with REMOVE in the subject.
"""


class Sample(enum.StrEnum):
    """A message that comes with the program."""

    HAM = "ham"
    SPAM = "spam"


def sample(kind: Sample, *, to: str, sender: str, now: datetime, message_id: str) -> bytes:
    """A small message; CRLF line ends."""
    subject = "Notes, and the boxes" if kind is Sample.HAM else "!!! YOU HAVE WON !!! claim $$$ NOW"
    head = [
        f"From: {sender}",
        f"To: {to}",
        f"Subject: {subject}",
        f"Date: {format_datetime(now)}",
        f"Message-ID: {message_id}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
    ]
    body = _HAM if kind is Sample.HAM else _SPAM
    return "\r\n".join([*head, "", *body.splitlines(), ""]).encode()


def send(
    ctx: typer.Context,
    to: Annotated[str, typer.Option(help="Envelope recipient.")] = "you@example.org",
    sender: Annotated[
        str | None, typer.Option("--from", help="Envelope sender; the file's own when left out.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="A message in a file.", exists=True, dir_okay=False)
    ] = None,
    kind: Annotated[
        Sample, typer.Option("--sample", help="A sample to send instead of a file.")
    ] = Sample.HAM,
    spam: Annotated[bool, typer.Option("--spam", help="The same as --sample spam.")] = False,
    ham: Annotated[bool, typer.Option("--ham", help="The same as --sample ham.")] = False,
    smtp: SmtpOption = None,
    json: JsonOption = False,
) -> None:
    """Send one message through SMTP and show the answer. Exit code 1 if it was refused."""
    if spam + ham + (file is not None) > 1:
        raise typer.BadParameter("choose one of --file, --spam and --ham")
    if file is not None:
        raw = read_message(file)
        mail_from = sender_of(raw) if sender is None else sender
    else:
        chosen = Sample.SPAM if spam else Sample.HAM if ham else kind
        mail_from = sender or ("winner@lottery.example" if chosen is Sample.SPAM else "maria@example.com")
        raw = sample(
            chosen,
            to=to,
            sender=mail_from,
            now=datetime.now(UTC),
            message_id=make_msgid(domain="sample.example"),
        )
    if any(c in mail_from + to for c in "\r\n<>"):
        raise Failure("an address holds no line ends and no angle brackets")
    with Mailer(setup_of(ctx).smtp(smtp)) as mailer:
        reply = mailer.send(raw, mail_from=mail_from, to=to)
    if json:
        render.emit({"outcome": reply.outcome, "code": reply.code, "text": reply.text})
    else:
        typer.echo(f"{reply.code} {render.plain(reply.text)}")
    if reply.outcome != "accepted":
        raise typer.Exit(1)
