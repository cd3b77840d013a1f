"""lists: allow and block entries, one at a time or many as CSV."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from pratique.domain.listentry import Direction, ListKind, Match

from cli import render
from cli.client import part
from cli.failure import Failure
from cli.setup import JsonOption, setup_of

lists = typer.Typer(help="Allow and block entries.", no_args_is_help=True)

Scope = Annotated[str, typer.Argument(metavar="SCOPE", help="global, a domain or an address.")]
OutgoingOption = Annotated[
    bool, typer.Option("--outgoing", help="Of outgoing mail: the pattern names recipients.")
]
MOST_OCTETS = 5_000_000


@lists.command("show")
def show(
    ctx: typer.Context,
    scope: Scope,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 100,
    cursor: Annotated[str | None, typer.Option(help="Of the page before.")] = None,
    direction: Annotated[Direction | None, typer.Option(help="Both when left out.")] = None,
    json: JsonOption = False,
) -> None:
    """Show a scope's entries."""
    way = direction.value if direction else None
    with setup_of(ctx).api() as api:
        page = api.get(f"/v1/lists/{part(scope)}/entries", limit=limit, cursor=cursor, direction=way)
    if json:
        render.emit(page)
        return
    rows = [
        (
            e["pattern"],
            e["kind"],
            _how(e),
            render.when(e["ends_at"]),
            render.when(e["last_used_at"]),
            e["author"],
            e["reason"],
        )
        for e in page["entries"]
    ]
    columns = ("pattern", "list", "", "ends", "last used", "by", "reason")
    render.show_table(columns, rows, empty="no entries")
    if page["cursor"]:
        typer.echo(f"more: --cursor {page['cursor']}")


def _how(entry: dict[str, Any]) -> str:
    said = ["outgoing"] if entry["direction"] == "outgoing" else []
    if entry["match"] != "both":
        said.append(f"by {entry['match']}")
    network = "@" not in entry["pattern"] and (":" in entry["pattern"] or entry["pattern"][-1].isdecimal())
    if entry["kind"] == "allow" and not entry["needs_dmarc"] and not said and not network:
        said.append("also without DMARC")
    return ", ".join(said)


@lists.command("add")
def add(
    ctx: typer.Context,
    scope: Scope,
    kind: Annotated[ListKind, typer.Argument()],
    pattern: Annotated[
        str, typer.Argument(help="a@example.org, example.org, *.example.org, 192.0.2.7 or 2001:db8::/32")
    ],
    any_dmarc: Annotated[
        bool, typer.Option("--any-dmarc", help="Allow also what fails DMARC (addresses are forged).")
    ] = False,
    reason: Annotated[str, typer.Option()] = "",
    outgoing: OutgoingOption = False,
    match: Annotated[Match, typer.Option(help="Which sender the pattern is compared with.")] = Match.BOTH,
    expires: Annotated[
        str | None, typer.Option(metavar="TIME", help="It ends then: 2026-12-31T00:00:00Z")
    ] = None,
    idle_days: Annotated[int, typer.Option(min=0, help="It ends after so many days without use.")] = 0,
    json: JsonOption = False,
) -> None:
    """Allow or block a sender, a host, or (outgoing) a recipient."""
    body: dict[str, Any] = {
        "kind": kind.value,
        "pattern": pattern,
        "needs_dmarc": not any_dmarc,
        "reason": reason,
        "direction": "outgoing" if outgoing else "incoming",
        "match": match.value,
        "expires_at": expires,
        "idle_days": idle_days,
    }
    with setup_of(ctx).api() as api:
        entry = api.put(f"/v1/lists/{part(scope)}/entries", body)
    if json:
        render.emit(entry)
    else:
        typer.echo(f"{entry['scope']}: {entry['kind']} {render.plain(entry['pattern'])}")


@lists.command("delete")
def delete(
    ctx: typer.Context,
    scope: Scope,
    pattern: Annotated[str, typer.Argument()],
    outgoing: OutgoingOption = False,
) -> None:
    """Take a pattern off the list it is on."""
    way = "outgoing" if outgoing else "incoming"
    with setup_of(ctx).api() as api:
        api.delete(f"/v1/lists/{part(scope)}/entries", pattern=pattern, direction=way)


@lists.command("export")
def export(ctx: typer.Context, scope: Scope) -> None:
    """Write a scope's entries as CSV to standard output."""
    with setup_of(ctx).api() as api:
        cursor: str | None = None
        while True:
            text, cursor = api.text(f"/v1/lists/{part(scope)}/export", "x-next-cursor", cursor=cursor)
            sys.stdout.buffer.write(text.encode())
            if cursor is None:
                break
    sys.stdout.buffer.flush()


@lists.command("import")
def import_(
    ctx: typer.Context,
    scope: Scope,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV, as `export` writes it; - for standard input.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would do.")] = False,
    json: JsonOption = False,
) -> None:
    """Put the entries of a CSV file on a scope's lists; lines of the kind `remove` take them off."""
    try:
        data = sys.stdin.buffer.read(MOST_OCTETS + 1) if str(file) == "-" else file.read_bytes()
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise Failure(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Failure(f"{file}: this is no UTF-8 text") from None
    if len(data) > MOST_OCTETS:
        raise Failure(f"{file}: larger than 5 MB")
    with setup_of(ctx).api() as api:
        done = api.post(f"/v1/lists/{part(scope)}/import", {"csv": text, "dry_run": dry_run})
    if json:
        render.emit(done)
    else:
        said = ", ".join(f"{many} {name}" for name, many in done.items() if many)
        typer.echo(("would be: " if dry_run else "") + (said or "nothing to change"))
