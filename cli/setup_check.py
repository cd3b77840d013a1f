"""setup: test the set-up of a domain."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import render
from cli.client import part
from cli.setup import JsonOption, setup_of

_MARKS = {"ok": "✓", "warning": "!", "failed": "✗", "unknown": "?"}


def setup(
    ctx: typer.Context, domain: Annotated[str, typer.Argument(metavar="DOMAIN")], json: JsonOption = False
) -> None:
    """Test the set-up of a domain, point by point. Exit code 1 where a point failed."""
    with setup_of(ctx).api() as api:
        found = api.get(f"/v1/setup/{part(domain)}")
    if json:
        render.emit(found)
    else:
        for point in found["points"]:
            typer.echo(f"{_MARKS[point['standing']]} {point['name']:11} {render.plain(point['found'])}")
            if point["advice"]:
                typer.echo(f"              {render.plain(point['advice'])}")
    if not found["ready"]:
        raise typer.Exit(1)
