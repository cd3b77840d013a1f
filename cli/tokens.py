"""tokens: made, listed, revoked."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import typer

from cli import render
from cli.client import part
from cli.setup import JsonOption, directly, setup_of

tokens = typer.Typer(help="API tokens.", no_args_is_help=True)


@tokens.command("create")
def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="For people: who or what uses it.")],
    scope: Annotated[
        str | None, typer.Option(help="global, a domain or an address; your own when left out.")
    ] = None,
    read_only: Annotated[bool, typer.Option("--read-only")] = False,
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="It ends after so many days.")] = None,
    bootstrap: Annotated[
        bool,
        typer.Option(
            "--bootstrap", help="Make the first token directly in the table, with your AWS credentials."
        ),
    ] = False,
    table: Annotated[str | None, typer.Option(help="With --bootstrap: the stack's table.")] = None,
    json: JsonOption = False,
) -> None:
    """Make a token. Its text is shown this once and kept nowhere."""
    if bootstrap:
        if not table:
            raise typer.BadParameter("--bootstrap needs --table: the output `Table` of the stack")
        text = _bootstrap(table, name, scope or "global", may_write=not read_only, days=days)
        typer.echo(f'{{"text": "{text}"}}' if json else text)
        return
    body: dict[str, Any] = {"name": name, "may_write": not read_only}
    if scope is not None:
        body["scope"] = scope
    if days is not None:
        body["days"] = days
    with setup_of(ctx).api() as api:
        made = api.post("/v1/tokens", body)
    if json:
        render.emit(made)
    else:
        typer.echo(made["text"])


@tokens.command("list")
def list_(
    ctx: typer.Context,
    scope: Annotated[str | None, typer.Option(help="Exactly this scope; your own when left out.")] = None,
    json: JsonOption = False,
) -> None:
    """List the tokens of a scope."""
    with setup_of(ctx).api() as api:
        found = api.get("/v1/tokens", scope=scope)
    if json:
        render.emit(found)
        return
    rows = [
        (
            t["id"],
            t["name"],
            t["scope"],
            "" if t["may_write"] else "read-only",
            render.when(t["created_at"]),
            render.when(t["expires_at"]),
        )
        for t in found["tokens"]
    ]
    render.show_table(("id", "name", "scope", "", "made", "ends"), rows, empty="no tokens")


@tokens.command("revoke")
def revoke(ctx: typer.Context, id_: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """End a token now."""
    with setup_of(ctx).api() as api:
        api.delete(f"/v1/tokens/{part(id_)}")


def _bootstrap(table: str, name: str, scope: str, *, may_write: bool, days: int | None) -> str:
    """The first token, before there is one to ask the API with: whoever may write the table by AWS's own rights may make it.

    Raises Failure.
    """
    with directly("--bootstrap"):
        from pratique.bootstrap import build_services  # noqa: PLC0415
        from pratique.domain.actor import Actor, Channel  # noqa: PLC0415
        from pratique.domain.scope import GLOBAL, parse_scope  # noqa: PLC0415
        from pratique.settings import read_settings  # noqa: PLC0415
        from pratique.usecases.change_tokens import create_token  # noqa: PLC0415

        operator = Actor("bootstrap", GLOBAL, Channel.CLI)
        services = build_services(replace(read_settings(), table=table))
        made = create_token(
            services, operator, name=name, scope=parse_scope(scope), may_write=may_write, days=days
        )
    return made[1]
