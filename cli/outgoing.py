"""submit, identities: mail that is sent, and who sends it."""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import render
from cli.corpus import read_message
from cli.failure import Failure
from cli.setup import JsonOption, setup_of

MAX_RAW = 4_500_000
identities = typer.Typer(help="Who sends, how much, and who is locked.", no_args_is_help=True)

User = Annotated[str, typer.Argument(metavar="LOGIN", help="global, a domain or an address.")]
Sender = Annotated[
    str | None,
    typer.Option("--sender", help="An address of the sending mailbox; all of the login when left out."),
]


def submit(
    ctx: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="The message; standard input when left out.", dir_okay=False)
    ] = None,
    sender: Annotated[str, typer.Option("--from", help="The envelope sender.")] = "",
    to: Annotated[list[str] | None, typer.Option(help="A recipient, again for several.")] = None,
    json: JsonOption = False,
) -> None:
    """Send a message by the outgoing route of its sender's domain, if the outgoing policy lets it pass."""
    raw = sys.stdin.buffer.read(MAX_RAW + 1) if file is None else read_message(file)
    if len(raw) > MAX_RAW:
        raise Failure(f"by the API a message has at most {MAX_RAW} octets: send it by SMTP")
    if not to:
        raise Failure("name a recipient: --to")
    body = {"mail_from": sender, "recipients": to, "raw": base64.b64encode(raw).decode()}
    with setup_of(ctx).api() as api:
        answer = api.post("/v1/outgoing", body)
    if json:
        render.emit(answer)
        return
    typer.echo(f"{'accepted' if answer['accepted'] else 'refused as spam'}  {answer['message']}")
    for copy in answer["copies"]:
        typer.echo(f"    {render.plain(copy['recipient'])}  {copy['state']}  {copy['id']}")


@identities.command("list")
def list_(
    ctx: typer.Context,
    scope: Annotated[
        str | None, typer.Argument(help="A domain or an address; your own when left out.")
    ] = None,
    locked: Annotated[bool, typer.Option("--locked", help="Only those that may not send.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    cursor: Annotated[str | None, typer.Option(help="Of the page before.")] = None,
    json: JsonOption = False,
) -> None:
    """Show who sends, and how much in this minute, hour and day."""
    with setup_of(ctx).api() as api:
        page = api.get(
            "/v1/identities", scope=scope, locked="true" if locked else None, limit=limit, cursor=cursor
        )
    if json:
        render.emit(page)
        return
    rows = [
        (
            each["user"],
            each["sender"],
            f"{each['minute']} / {each['hour']} / {each['day']}",
            str(each["refused"]),
            _lock(each),
        )
        for each in page["identities"]
    ]
    head = ("login", "sends as", "minute / hour / day", "refused", "locked")
    render.show_table(head, rows, empty="nobody")
    if page["cursor"]:
        typer.echo(f"more: --cursor {page['cursor']}")


@identities.command()
def lock(
    ctx: typer.Context,
    user: User,
    sender: Sender = None,
    minutes: Annotated[
        int | None, typer.Option(min=1, help="For so long; until it is unlocked when left out.")
    ] = None,
    reason: Annotated[str, typer.Option(help="The sender is told.")] = "",
    json: JsonOption = False,
) -> None:
    """Let somebody send nothing."""
    body = {"user": user, "sender": sender or "", "minutes": minutes, "reason": reason}
    with setup_of(ctx).api() as api:
        _show(api.post("/v1/identities/lock", body), json=json)


@identities.command()
def unlock(ctx: typer.Context, user: User, sender: Sender = None, json: JsonOption = False) -> None:
    """End a lock."""
    body = {"user": user, "sender": sender or ""}
    with setup_of(ctx).api() as api:
        _show(api.post("/v1/identities/unlock", body), json=json)


def _show(view: dict[str, Any], *, json: bool) -> None:
    if json:
        render.emit(view)
    else:
        typer.echo(
            f"{render.plain(view['user'])} as {render.plain(view['sender'])}: {_lock(view) or 'may send'}"
        )


def _lock(view: dict[str, Any]) -> str:
    if not view["locked"]:
        return ""
    until = f"until {render.when(view['locked_until'])}" if view["locked_until"] else "until it is unlocked"
    return f"{until} ({view['reason']})" if view["reason"] else until
