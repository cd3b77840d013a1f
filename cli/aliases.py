"""aliases: which addresses belong to which mailbox."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli import render
from cli.client import part
from cli.setup import JsonOption, setup_of

aliases = typer.Typer(
    help="Aliases, plus-addresses, alias domains, catch-all: to one mailbox.", no_args_is_help=True
)
Domain = Annotated[str, typer.Argument(metavar="DOMAIN")]
Address = Annotated[str, typer.Argument(metavar="ADDRESS")]


@aliases.command("show")
def show(
    ctx: typer.Context,
    domain: Domain,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 100,
    cursor: Annotated[str | None, typer.Option(help="Of the page before.")] = None,
    json: JsonOption = False,
) -> None:
    """Show what a domain chose, and its aliases."""
    with setup_of(ctx).api() as api:
        found = api.get(f"/v1/aliases/{part(domain)}", limit=limit, cursor=cursor)
    if json:
        render.emit(found)
        return
    _say(found["chosen"])
    rows = [
        (a["address"], "mailbox" if a["is_mailbox"] else a["owner"], a["author"]) for a in found["aliases"]
    ]
    render.show_table(("address", "belongs to", "by"), rows, empty="no aliases")
    if found["cursor"]:
        typer.echo(f"more: --cursor {found['cursor']}")


def _say(chosen: dict[str, Any]) -> None:
    parts = [
        f"plus-addresses by {' '.join(chosen['separators'])}" if chosen["separators"] else "no plus-addresses"
    ]
    if chosen["same_as"]:
        parts.append(f"the same as {chosen['same_as']}")
    if chosen["catch_all"]:
        parts.append(f"whatever is not listed belongs to {chosen['catch_all']}")
    typer.echo(render.plain(f"{chosen['domain']}: {'; '.join(parts)}"))


@aliases.command("add")
def add(
    ctx: typer.Context,
    address: Address,
    owner: Annotated[
        str | None, typer.Argument(metavar="OWNER", help="Left out: the address is a mailbox of its own.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Let an address belong to a mailbox."""
    body = {"address": address, "owner": owner or address}
    with setup_of(ctx).api() as api:
        made = api.put(f"/v1/aliases/{part(_domain(address))}/entries", body)
    if json:
        render.emit(made)
    else:
        typer.echo(render.plain(f"{made['address']}: {'mailbox' if made['is_mailbox'] else made['owner']}"))


@aliases.command("delete")
def delete(ctx: typer.Context, address: Address) -> None:
    """Forget an alias or a mailbox."""
    with setup_of(ctx).api() as api:
        api.delete(f"/v1/aliases/{part(_domain(address))}/entries", address=address)


@aliases.command("owner")
def owner(ctx: typer.Context, address: Address, json: JsonOption = False) -> None:
    """Say whose mail it is."""
    with setup_of(ctx).api() as api:
        found = api.get(f"/v1/aliases/{part(_domain(address))}/owner", address=address)
    if json:
        render.emit(found)
    else:
        typer.echo(render.plain(found["owner"]))


@aliases.command("domain")
def domain_(
    ctx: typer.Context,
    domain: Domain,
    separators: Annotated[
        str, typer.Option(help="Characters that part a tag from a local part, of +-=_#; empty: none do.")
    ] = "+",
    same_as: Annotated[str | None, typer.Option(help="Its addresses are those of this domain.")] = None,
    catch_all: Annotated[str | None, typer.Option(help="Whose mail it is that nobody is listed for.")] = None,
    json: JsonOption = False,
) -> None:
    """Replace what a domain chose; what is left out goes back to the usual."""
    body = {"separators": separators, "same_as": same_as, "catch_all": catch_all}
    with setup_of(ctx).api() as api:
        chosen = api.put(f"/v1/aliases/{part(domain)}", body)
    if json:
        render.emit(chosen)
    else:
        _say(chosen)


def _domain(address: str) -> str:
    domain = address.rpartition("@")[2]
    if not domain or "@" not in address:
        raise typer.BadParameter(f"{address!r} is no address")
    return domain
