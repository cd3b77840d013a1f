"""request, requests: a recipient asks for a release, an administrator answers."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli import render
from cli.client import part
from cli.setup import JsonOption, setup_of

requests = typer.Typer(help="Messages whose release was asked for.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="ID", help="As `list` shows it.")]
NoteOption = Annotated[str, typer.Option(help="What the recipient is told.")]


def request(
    ctx: typer.Context,
    id_: Id,
    text: Annotated[str, typer.Option(help="Why it should be let go.")] = "",
    json: JsonOption = False,
) -> None:
    """Ask an administrator to release a message that you may not release yourself."""
    with setup_of(ctx).api() as api:
        _show(api.post(f"/v1/messages/{part(id_)}/request", {"text": text}), json=json)


@requests.command("list")
def requests_list(
    ctx: typer.Context,
    scope: Annotated[
        str | None, typer.Option(help="global, a domain or an address; your own when left out.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    cursor: Annotated[str | None, typer.Option(help="Of the page before.")] = None,
    json: JsonOption = False,
) -> None:
    """List messages with an open request, newest first."""
    with setup_of(ctx).api() as api:
        page = api.get("/v1/requests", scope=scope, limit=limit, cursor=cursor)
    if json:
        render.emit(page)
    else:
        render.show_messages(page)


@requests.command("approve")
def requests_approve(
    ctx: typer.Context,
    id_: Id,
    note: NoteOption = "",
    override: Annotated[bool, typer.Option("--override", help="Also where a virus was found.")] = False,
    json: JsonOption = False,
) -> None:
    """Release what was asked for."""
    with setup_of(ctx).api() as api:
        body = {"note": note, "override": override}
        _show(api.post(f"/v1/messages/{part(id_)}/approve", body), json=json)


@requests.command("deny")
def requests_deny(ctx: typer.Context, id_: Id, note: NoteOption = "", json: JsonOption = False) -> None:
    """Leave it in quarantine, and tell the recipient why."""
    with setup_of(ctx).api() as api:
        _show(api.post(f"/v1/messages/{part(id_)}/deny", {"note": note}), json=json)


def _show(message: dict[str, Any], *, json: bool) -> None:
    if json:
        render.emit(message)
        return
    typer.echo(f"{render.plain(message['id'])}  {message['state']}")
    typer.echo(render.request_line(message["release_request"]))
