"""training: delivered mail that asks what it is, the best lesson first."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import render
from cli.setup import JsonOption, setup_of


def training(
    ctx: typer.Context,
    scope: Annotated[
        str | None, typer.Option(help="global, a domain or an address; your own when left out.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many copies are looked at.")] = 200,
    cursor: Annotated[str | None, typer.Option(help="Of the page before.")] = None,
    json: JsonOption = False,
) -> None:
    """List delivered messages that ask for training, by how much a label would teach."""
    with setup_of(ctx).api() as api:
        page = api.get("/v1/training", scope=scope, limit=limit, cursor=cursor)
    if json:
        render.emit(page)
        return
    out = render.console()
    for line in page["lines"]:
        render.show_messages({"messages": [line["message"]], "cursor": None})
        more = f", and {len(line['alike'])} more like it" if line["alike"] else ""
        out.print(f"    would teach {line['gain']:.2f}{more}", style="dim")
    if not page["lines"]:
        out.print("nothing asks")
    if page["cursor"]:
        out.print(f"more: --cursor {render.plain(page['cursor'])}", style="dim")
