"""list, show, raw, release, remove, restore, train."""

from __future__ import annotations

import enum
from typing import Annotated, Any

import typer
from pratique.domain.lesson import Label
from pratique.domain.lifecycle import State
from pratique.domain.listentry import Match

from cli import render
from cli.client import part
from cli.setup import JsonOption, Setup, setup_of

BATCH = 1_000
"""Ids in one bulk call."""


class Level(enum.StrEnum):
    """Whose list a sender goes on."""

    RECIPIENT = "recipient"
    DOMAIN = "domain"


MatchOption = Annotated[Match, typer.Option(help="With the list: which sender is compared with it.")]
ListDaysOption = Annotated[int, typer.Option(min=0, help="With the list: the entry ends after so many days.")]
IdleDaysOption = Annotated[
    int, typer.Option(min=0, help="With the list: the entry ends after so many days without use.")
]
Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="As `list` shows them.")]


def list_(
    ctx: typer.Context,
    scope: Annotated[
        str | None, typer.Option(help="global, a domain or an address; your own when left out.")
    ] = None,
    state: Annotated[
        list[State] | None, typer.Option(help="Held ones when left out; give it again for several.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    cursor: Annotated[str | None, typer.Option(help="Of the page before.")] = None,
    mistakes: Annotated[
        bool, typer.Option("--mistakes", help="The likeliest mistakes first, instead of the newest.")
    ] = False,
    fold: Annotated[bool, typer.Option("--fold", help="Copies of one campaign in one line.")] = False,
    outgoing: Annotated[
        bool, typer.Option("--outgoing", help="What your own people sent, instead of what came in.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """List messages, newest first."""
    asked: dict[str, Any] = {"scope": scope, "state": [s.value for s in state or [State.HELD]]}
    if mistakes:
        asked["order"] = "mistake"
    if fold:
        asked["fold"] = "true"
    if outgoing:
        asked["direction"] = "outgoing"
    with setup_of(ctx).api() as api:
        page = api.get("/v1/messages", **asked, limit=limit, cursor=cursor)
    if json:
        render.emit(page)
    else:
        render.show_messages(page)


def find(
    ctx: typer.Context,
    reference: Annotated[str, typer.Argument(metavar="REF", help="What a refused sender quotes.")],
    json: JsonOption = False,
) -> None:
    """Find the message that a refused sender quotes the reference of."""
    with setup_of(ctx).api() as api:
        page = api.get("/v1/messages", reference=reference)
    if json:
        render.emit(page)
    else:
        render.show_messages(page)
    if not page["messages"]:
        raise typer.Exit(1)


def show(
    ctx: typer.Context, id_: Annotated[str, typer.Argument(metavar="ID")], json: JsonOption = False
) -> None:
    """Show a message with its evidence and history."""
    with setup_of(ctx).api() as api:
        detail = api.get(f"/v1/messages/{part(id_)}")
    if json:
        render.emit(detail)
    else:
        render.show_message(detail)


def raw(
    ctx: typer.Context,
    id_: Annotated[str, typer.Argument(metavar="ID")],
    link: Annotated[
        bool, typer.Option("--link", help="Print the link instead (it works for five minutes).")
    ] = False,
    reason: Annotated[
        str | None, typer.Option(help="Why you open it; needed for somebody else's mail, who reads it.")
    ] = None,
) -> None:
    """Write the raw message, byte for byte, to standard output."""
    import sys  # noqa: PLC0415 - bytes go past typer's text output

    setup = setup_of(ctx)
    with setup.api() as api:
        path = f"/v1/messages/{part(id_)}"
        found = api.get(f"{path}/raw") if reason is None else api.post(f"{path}/open", {"reason": reason})
        if link:
            typer.echo(found["url"])
            return
        sys.stdout.buffer.write(api.fetch(found["url"]))
    sys.stdout.buffer.flush()


def release(
    ctx: typer.Context,
    ids: Ids,
    train: Annotated[bool, typer.Option("--train", help="Report as ham, too (Release & Train).")] = False,
    allow: Annotated[
        Level | None, typer.Option(help="Put the sender on this allow list (Release & Whitelist).")
    ] = None,
    match: MatchOption = Match.BOTH,
    list_days: ListDaysOption = 0,
    idle_days: IdleDaysOption = 0,
    override: Annotated[
        bool, typer.Option("--override", help="An administrator's: also where a virus was found.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Release messages to their recipients."""
    action: dict[str, Any] = {"action": "release", "train": train}
    if override:
        action["override"] = True
    if allow:
        action["allow"] = allow.value
    action |= _listing(allow, match, list_days, idle_days)
    act_on(setup_of(ctx), action, ids, json=json)


def remove(
    ctx: typer.Context,
    ids: Ids,
    block: Annotated[
        Level | None, typer.Option(help="Put the sender on this block list (Blacklist & Remove).")
    ] = None,
    match: MatchOption = Match.BOTH,
    list_days: ListDaysOption = 0,
    idle_days: IdleDaysOption = 0,
    json: JsonOption = False,
) -> None:
    """Remove messages from the quarantine."""
    action: dict[str, Any] = {"action": "remove"}
    if block:
        action["block"] = block.value
    action |= _listing(block, match, list_days, idle_days)
    act_on(setup_of(ctx), action, ids, json=json)


def _listing(level: Level | None, match: Match, days: int, idle_days: int) -> dict[str, Any]:
    """How the sender is put on the list; nothing that is asked for is silently without effect."""
    if level is None and (match is not Match.BOTH or days or idle_days):
        raise typer.BadParameter("--match, --list-days and --idle-days go with a list: --allow or --block")
    return {"listing": {"match": match.value, "days": days, "idle_days": idle_days}} if level else {}


def restore(ctx: typer.Context, ids: Ids, json: JsonOption = False) -> None:
    """Undo a removal: hold the messages again."""
    act_on(setup_of(ctx), {"action": "restore"}, ids, json=json)


def train(
    ctx: typer.Context,
    ids: Ids,
    label: Annotated[Label, typer.Argument(help="ham (Not Spam) or spam (Spam); comes last.")],
    json: JsonOption = False,
) -> None:
    """Report messages as ham or spam."""
    act_on(setup_of(ctx), {"action": "train", "label": label.value}, ids, json=json)


def act_on(setup: Setup, action: dict[str, Any], ids: list[str], *, json: bool) -> None:
    """One bulk call a thousand ids; exit code 1 if any was refused."""
    answers: list[dict[str, Any]] = []
    with setup.api() as api:
        for start in range(0, len(ids), BATCH):
            answers += api.post("/v1/messages/bulk", {**action, "ids": ids[start : start + BATCH]})["answers"]
    if json:
        render.emit(answers)
    else:
        for answer in answers:
            if answer["ok"]:
                typer.echo(f"{render.plain(answer['id'])}  {answer['state']}")
            else:
                typer.echo(
                    f"{render.plain(answer['id'])}  {render.plain(answer['detail'])} ({answer['code']})",
                    err=True,
                )
    if not all(answer["ok"] for answer in answers):
        raise typer.Exit(1)
