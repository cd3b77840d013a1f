"""siblings: what is like a message, and acting on all of it."""

from __future__ import annotations

import enum
from typing import Annotated, Any

import typer

from cli import render
from cli.client import part
from cli.messages import act_on
from cli.setup import JsonOption, setup_of

MOST_CALLS = 20
"""Calls of 1,000 copies each that --all makes at most."""


class Aim(enum.StrEnum):
    """What to look for."""

    RELEASE = "release"
    RECALL = "recall"


def siblings(
    ctx: typer.Context,
    id_: Annotated[str, typer.Argument(metavar="ID")],
    aim: Annotated[
        Aim | None,
        typer.Option(help="Held ones to let go, or delivered ones to warn of; what was said of it decides."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Look through all copies, not only the newest 1,000.")
    ] = False,
    release: Annotated[
        bool, typer.Option("--release", help="Release those that are offered (marked with +).")
    ] = False,
    train: Annotated[bool, typer.Option("--train", help="With --release: report them as ham, too.")] = False,
    json: JsonOption = False,
) -> None:
    """Show what is like a message: after Not Spam what may be let go as well, after Spam what was delivered."""
    if train and not release:
        raise typer.BadParameter("--train goes with --release")
    found = _found(ctx, id_, aim, everything=everything)
    if release:
        if found["aim"] != Aim.RELEASE:
            raise typer.BadParameter("these were delivered: there is nothing to release")
        ids = [each["message"]["id"] for each in found["siblings"] if each["offered"]]
        if ids:
            act_on(setup_of(ctx), {"action": "release", "train": train}, ids, json=json)
        else:
            typer.echo("nothing is offered")
    elif json:
        render.emit(found)
    else:
        _show(found)


def _found(ctx: typer.Context, id_: str, aim: Aim | None, *, everything: bool) -> dict[str, Any]:
    """One call, or as many as there are copies to look through."""
    found: dict[str, Any] = {}
    cursor = None
    with setup_of(ctx).api() as api:
        for _ in range(MOST_CALLS if everything else 1):
            query = {"aim": aim.value if aim else found.get("aim"), "cursor": cursor}
            page = api.get(f"/v1/messages/{part(id_)}/siblings", **query)
            siblings = [*found.get("siblings", []), *page["siblings"]]
            looked_at = found.get("looked_at", 0) + page["looked_at"]
            found = {**page, "siblings": siblings, "looked_at": looked_at}
            cursor = page["cursor"]
            if cursor is None:
                break
    return found


def _show(found: dict[str, Any]) -> None:
    out = render.console()
    for each in found["siblings"]:
        message = each["message"]
        line = render.head_line(message)
        line.append(f"  {'+' if each['offered'] else '-'} {each['likeness']}")
        if each["score_now"] is not None:
            line.append(f", {message['score']:.2f} → {each['score_now']:.2f}")
        out.print(line)
        sender, recipient, subject = (
            render.plain(message[name]) for name in ("sender", "recipient", "subject")
        )
        out.print(f"    {sender} → {recipient}   {subject}")
    offered = sum(each["offered"] for each in found["siblings"])
    what = "to release" if found["aim"] == Aim.RELEASE else "to warn of"
    more = "" if found["cursor"] is None else "; older ones with --all"
    out.print(
        f"{offered} {what}, {len(found['siblings'])} alike, of {found['looked_at']} looked at{more}",
        style="dim",
    )
