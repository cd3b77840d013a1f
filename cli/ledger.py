"""history: what became of a message."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli import render
from cli.client import part
from cli.setup import JsonOption, setup_of


def history(
    ctx: typer.Context, id_: Annotated[str, typer.Argument(metavar="ID")], json: JsonOption = False
) -> None:
    """Say what became of a message, also when it is gone."""
    with setup_of(ctx).api() as api:
        found = api.get(f"/v1/messages/{part(id_)}/history")
    if json:
        render.emit(found)
    else:
        _show(found)


def _show(found: dict[str, Any]) -> None:
    out, plain = render.console(), render.plain
    out.print(f"{plain(found['id'])}  {found['state']}", style="bold")
    out.print(f"{plain(found['sender'])} → {plain(found['recipient'])}  {render.size(found['size'])}")
    by = " from ".join(filter(None, (plain(found["source"]), plain(found["client_ip"]))))
    out.print(f"{render.when(found['received_at'])}  accepted   {by}".rstrip())
    out.print(
        f"{render.when(found['received_at'])}  judged     {found['verdict']} {found['score']:.2f}, to {found['disposition']}"
    )
    for step in found["steps"]:
        out.print(step_line(step))
    if found["purged"]:
        out.print("its bytes are gone", style="dim")


def step_line(step: dict[str, Any]) -> str:
    """One step: when, what, by whom."""
    name = step["state"] if step["what"] == "move" else step["what"]
    undo = f"  action {step['action']}" if step["action"] else ""
    line = f"{render.when(step['at'])}  {name:<10} {step['actor']} by {step['channel']} {step['note']}"
    return render.plain(f"{line.rstrip()}{undo}")
