"""stats: figures about the mail of the last days."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from pratique.domain.direction import Direction

from cli import render
from cli.search import Where
from cli.setup import JsonOption, setup_of

_WIDTH = 30


def stats(
    ctx: typer.Context,
    scope: Where = None,
    days: Annotated[int, typer.Option(min=1, max=365)] = 14,
    direction: Annotated[Direction, typer.Option()] = Direction.INCOMING,
    json: JsonOption = False,
) -> None:
    """Figures about the mail of the last days."""
    with setup_of(ctx).api() as api:
        found = api.get("/v1/statistics", scope=scope, days=days, direction=direction.value)
    if json:
        render.emit(found)
        return
    typer.echo(f"{found['messages']} messages of {render.plain(found['scope'])} since {found['since']}")
    if not found["complete"]:
        typer.echo("(the newest; there are more of these days)")
    _bars("by status", [{"name": name, "count": count} for name, count in found["statuses"].items()])
    _bars(
        "by day", [{"name": each["day"], "count": sum(each["statuses"].values())} for each in found["days"]]
    )
    _bars("most mail from", found["senders"])
    _bars("most held from", found["held_senders"])
    _bars("held because", found["reasons"])
    typer.echo(
        f"held {found['held']}, wrongly {found['held_wrongly']}; passed {found['passed']}, missed {found['missed']}"
    )
    if found["delivery"]:
        quick = found["delivery"]
        typer.echo(f"delivered after {quick['p50']:.1f} s (half of it), {quick['p99']:.1f} s (99 of 100)")
    cost = found["cost"]
    typer.echo(
        f"about ${cost['total']:.4f}, of which SES ${cost['ses']:.4f}; ${cost['message'] * 1000:.3f} for a thousand"
    )


def _bars(title: str, counted: list[dict[str, Any]]) -> None:
    if not counted:
        return
    most = max(each["count"] for each in counted)
    typer.echo(title)
    for each in counted:
        bar = "█" * max(1, round(_WIDTH * each["count"] / most))
        typer.echo(f"  {render.plain(each['name'])[:40]:40} {each['count']:7} {bar}")
