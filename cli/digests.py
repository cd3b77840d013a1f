"""digest: when reports of what is held go, and one now."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli import render
from cli.client import part
from cli.setup import JsonOption, setup_of

digest = typer.Typer(help="Reports of what is held.", no_args_is_help=True)

Scope = Annotated[str, typer.Argument(metavar="SCOPE", help="A domain or an address.")]


@digest.command("show")
def digest_show(ctx: typer.Context, scope: Scope, json: JsonOption = False) -> None:
    """Show when they go, and to whom."""
    with setup_of(ctx).api() as api:
        found = api.get(f"/v1/digests/{part(scope)}")
    if json:
        render.emit(found)
        return
    rows = [(name, _plain(value)) for name, value in found.items() if name != "scope"]
    render.show_table((render.plain(found["scope"]), ""), rows)


@digest.command("send")
def digest_send(ctx: typer.Context, scope: Scope, json: JsonOption = False) -> None:
    """Send one now, of everything that is held."""
    with setup_of(ctx).api() as api:
        found = api.post(f"/v1/digests/{part(scope)}", None)
    if json:
        render.emit(found)
    elif not found["held"]:
        typer.echo("nothing is held: nothing is sent")
    else:
        typer.echo(f"on its way: {found['held']} held")


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(render.plain(str(each)) for each in value)
    return "" if value is None else str(value)
