"""history, undo, audit, ledger: what became of mail, who did what, and whether it adds up."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli import render
from cli.client import part
from cli.setup import JsonOption, setup_of

ledger = typer.Typer(help="How mail adds up, and what nobody accounts for.", invoke_without_command=True)
Scope = Annotated[str | None, typer.Option(help="global, a domain or an address; your own when left out.")]
COLUMNS = ("received", "delivered", "held", "released", "removed", "expired", "failed", "in_flight")


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
        f"{render.when(found['received_at'])}  judged     {found['verdict']} {found['score']:.2f}, to {found['disposition']}{_by(found)}"
    )
    for step in found["steps"]:
        out.print(step_line(step))
    if found["purged"]:
        out.print("its bytes are gone", style="dim")


def _by(found: dict[str, Any]) -> str:
    """By which policies, where any was chosen."""
    named = [f"{render.plain(p['scope'])} {p['version']}" for p in found["policies"] if p["version"]]
    return f" by policy {', '.join(named)}" if named else ""


def step_line(step: dict[str, Any]) -> str:
    """One step: when, what, by whom."""
    name = step["state"] if step["what"] == "move" else step["what"]
    undo = f"  action {step['action']}" if step["action"] else ""
    line = f"{render.when(step['at'])}  {name:<10} {step['actor']} by {step['channel']} {step['note']}"
    return render.plain(f"{line.rstrip()}{undo}")


def undo(
    ctx: typer.Context,
    id_: Annotated[str, typer.Argument(metavar="ACTION", help="As `pratique history` and `audit` show it.")],
    json: JsonOption = False,
) -> None:
    """Take back what somebody did, within 72 hours."""
    with setup_of(ctx).api() as api:
        done = api.post(f"/v1/actions/{part(id_)}/undo", None)
    if json:
        render.emit(done)
        return
    if not done["parts"]:
        typer.echo(f"taken back already, by {render.plain(done['action']['undone_by'])}")
    for each in done["parts"]:
        note = f": {render.plain(each['note'])}" if each["note"] else ""
        typer.echo(f"{each['outcome']}  {each['kind']} {render.plain(each['target'])}{note}")


def audit(
    ctx: typer.Context,
    scope: Scope = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    cursor: Annotated[str | None, typer.Option(help="Of the page before.")] = None,
    json: JsonOption = False,
) -> None:
    """Show who changed what in a scope, newest first."""
    with setup_of(ctx).api() as api:
        page = api.get("/v1/audit", scope=scope, limit=limit, cursor=cursor)
    if json:
        render.emit(page)
        return
    rows = [
        (
            render.when(e["at"]),
            e["seq"] or "",
            e["actor"],
            e["channel"],
            e["action"],
            e["subject"],
            e["action_id"],
        )
        for e in page["entries"]
    ]
    render.show_table(
        ("at", "no.", "who", "by", "what", "of what", "action"), rows, empty="nothing was changed"
    )
    if page["cursor"]:
        typer.echo(f"more: --cursor {page['cursor']}")


@ledger.callback()
def counts(
    ctx: typer.Context,
    scope: Annotated[str | None, typer.Option(help="global or a domain; your own when left out.")] = None,
    days: Annotated[int, typer.Option(min=0, max=400, help="So many days one by one.")] = 7,
    json: JsonOption = False,
) -> None:
    """Show how mail adds up: received = delivered + held + released + removed + expired + failed + in flight."""
    if ctx.invoked_subcommand is not None:
        return
    with setup_of(ctx).api() as api:
        found = api.get("/v1/ledger", scope=scope, days=days)
    if json:
        render.emit(found)
        return
    lines = [*found["days"], found["total"]]
    rows = [
        (
            line["day"] or "all",
            *(line[name] for name in COLUMNS),
            "" if line["adds_up"] else "DOES NOT ADD UP",
        )
        for line in lines
    ]
    render.show_table((render.plain(found["scope"]), *COLUMNS, ""), rows)


@ledger.command("verify")
def verify(ctx: typer.Context, scope: Scope = None, json: JsonOption = False) -> None:
    """Check the audit's chains and the counts, of one scope or of all that you may see; exit code 1 if anything is wrong."""
    faults: list[str] = []
    entries = scopes = 0
    cursor = None
    with setup_of(ctx).api() as api:
        while True:
            step = api.get("/v1/ledger/verify", scope=scope, cursor=cursor)
            faults += step["faults"]
            entries, scopes, cursor = entries + step["entries"], scopes + step["scopes"], step["cursor"]
            if cursor is None:
                break
    if json:
        render.emit({"entries": entries, "scopes": scopes, "faults": faults})
    else:
        for fault in faults:
            typer.echo(render.plain(fault), err=True)
        typer.echo(f"{entries} entries in {scopes} scopes checked, {len(faults)} faults")
    if faults:
        raise typer.Exit(1)


@ledger.command("gaps")
def gaps(ctx: typer.Context, json: JsonOption = False) -> None:
    """Show mail that nobody accounts for; exit code 1 if there is any."""
    found: list[dict[str, Any]] = []
    cursor = None
    with setup_of(ctx).api() as api:
        while True:
            page = api.get("/v1/ledger/gaps", limit=200, cursor=cursor)
            found, cursor = found + page["gaps"], page["cursor"]
            if cursor is None:
                break
    if json:
        render.emit(found)
    else:
        rows = [
            (g["id"], g["kind"], render.when(g["stored_at"]), render.size(g["size"]), g["hint"])
            for g in found
        ]
        render.show_table(
            ("id", "what", "stored", "size", "known recipient"), rows, empty="everything is accounted for"
        )
    if found:
        raise typer.Exit(1)


@ledger.command("recover")
def recover(
    ctx: typer.Context,
    id_: Annotated[str, typer.Argument(metavar="ID", help="As `pratique ledger gaps` shows it.")],
    to: Annotated[list[str], typer.Option(help="A recipient; give it again for several.")],
    mail_from: Annotated[str, typer.Option("--from", help="The envelope's sender, if you know it.")] = "",
    json: JsonOption = False,
) -> None:
    """Take in a stored message for the recipients that you name. Do not guess them from To or Cc: ask whoever sent it."""
    with setup_of(ctx).api() as api:
        done = api.post(f"/v1/ledger/gaps/{part(id_)}/recover", {"recipients": to, "mail_from": mail_from})
    if json:
        render.emit(done)
    else:
        for copy in done["copies"]:
            typer.echo(render.plain(copy))


@ledger.command("close")
def close(ctx: typer.Context, id_: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Say that there is nothing more to do about a gap."""
    with setup_of(ctx).api() as api:
        api.delete(f"/v1/ledger/gaps/{part(id_)}")
