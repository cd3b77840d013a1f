"""passwords: what mail clients log in with: made, listed, revoked."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli import render
from cli.client import part
from cli.setup import JsonOption, setup_of

passwords = typer.Typer(help="App passwords for mail clients (IMAP).", no_args_is_help=True)
Login = Annotated[
    str, typer.Argument(metavar="LOGIN", help="What the client logs in with: global, a domain or an address.")
]


@passwords.command("create")
def create(
    ctx: typer.Context,
    login: Login,
    label: Annotated[str, typer.Argument(help="For people: which device or program uses it.")],
    read_only: Annotated[bool, typer.Option("--read-only", help="It may look, and nothing else.")] = False,
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="It ends after so many days.")] = None,
    json: JsonOption = False,
) -> None:
    """Make an app password. Its text is shown this once and kept nowhere."""
    body: dict[str, Any] = {"label": label, "may_write": not read_only}
    if days is not None:
        body["days"] = days
    with setup_of(ctx).api() as api:
        made = api.post(f"/v1/passwords/{part(login)}", body)
    if json:
        render.emit(made)
    else:
        typer.echo(made["text"])


@passwords.command("list")
def list_(ctx: typer.Context, login: Login, json: JsonOption = False) -> None:
    """List the app passwords of a login."""
    with setup_of(ctx).api() as api:
        found = api.get(f"/v1/passwords/{part(login)}")
    if json:
        render.emit(found)
        return
    rows = [
        (
            p["id"],
            render.plain(p["label"]),
            "" if p["may_write"] else "read-only",
            render.when(p["created_at"]),
            render.when(p["expires_at"]),
            render.when(p["used_at"]),
        )
        for p in found["passwords"]
    ]
    render.show_table(("id", "label", "", "made", "ends", "last used"), rows, empty="no passwords")


@passwords.command("revoke")
def revoke(ctx: typer.Context, login: Login, id_: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """End an app password."""
    with setup_of(ctx).api() as api:
        api.delete(f"/v1/passwords/{part(login)}", id=id_)
