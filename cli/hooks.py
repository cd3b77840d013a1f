"""hooks: addresses that are told of changes of messages."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from pratique.domain.lifecycle import State

from cli import render
from cli.client import part
from cli.search import Where
from cli.setup import JsonOption, setup_of

app = typer.Typer(no_args_is_help=True, help="Webhooks: addresses that are told of changes of messages.")
Id = Annotated[str, typer.Argument(metavar="ID")]


@app.command()
def add(
    ctx: typer.Context,
    url: Annotated[str, typer.Argument(help="https, on a public host.")],
    scope: Where = None,
    state: Annotated[
        list[State] | None, typer.Option(help="Only changes to this state; again for several.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Have changes told to a URL. The secret that signs what it is told is shown this once."""
    body: dict[str, Any] = {"url": url, "states": [each.value for each in state or []]}
    if scope is not None:
        body["scope"] = scope
    with setup_of(ctx).api() as api:
        made = api.post("/v1/hooks", body)
    if json:
        render.emit(made)
        return
    _line(made["hook"])
    typer.echo(f"secret, shown this once: {made['secret']}")


@app.command("list")
def list_(ctx: typer.Context, scope: Where = None, json: JsonOption = False) -> None:
    """List the webhooks of a scope."""
    with setup_of(ctx).api() as api:
        found = api.get("/v1/hooks", scope=scope)
    if json:
        render.emit(found)
        return
    for hook in found["hooks"]:
        _line(hook)
    if not found["hooks"]:
        typer.echo("nothing here")


@app.command()
def ping(ctx: typer.Context, id_: Id) -> None:
    """Send a ping, and turn it on again if it was turned off."""
    with setup_of(ctx).api() as api:
        _line(api.post(f"/v1/hooks/{part(id_)}/ping", None))


@app.command()
def delete(ctx: typer.Context, id_: Id) -> None:
    """Tell it no more."""
    with setup_of(ctx).api() as api:
        api.delete(f"/v1/hooks/{part(id_)}")


def _line(hook: dict[str, Any]) -> None:
    what = ", ".join(hook["states"]) or "every change"
    typer.echo(f"{hook['id']}  {render.plain(hook['scope'])}  {render.plain(hook['url'])}  {what}")
    if hook["disabled"]:
        typer.echo(f"    turned off: {render.plain(hook['disabled'])}")
