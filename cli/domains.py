"""routes, and domains: a domain is its route and its policy."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from pratique.domain.route import OUTGOING_ROUTE, RouteKind, Tls

from cli import render
from cli.client import part
from cli.failure import Failure
from cli.setup import JsonOption, setup_of

routes = typer.Typer(help="Next hops of domains.", no_args_is_help=True)
domains = typer.Typer(help="Domains: a route and a policy each.", no_args_is_help=True)


Domain = Annotated[
    str,
    typer.Argument(
        metavar="DOMAIN",
        help="A domain, `*` for all that have none of their own; `outgoing:` before it for the mail that it sends.",
    ),
]
KindOption = Annotated[RouteKind, typer.Option(help="The courier.")]
HostOption = Annotated[str, typer.Option(help="host or host:port of the next hop.")]
TlsOption = Annotated[Tls, typer.Option()]
CredentialsOption = Annotated[str, typer.Option(help="Name of the secret with username and password.")]
SenderOption = Annotated[str, typer.Option(help="Verified address that the SES couriers send from.")]


@routes.command("show")
def routes_show(ctx: typer.Context, json: JsonOption = False) -> None:
    """Show the next hops you may see."""
    with setup_of(ctx).api() as api:
        found = api.get("/v1/routes")
    if json:
        render.emit(found)
        return
    rows = [
        (r["domain"], r["kind"], _hop(r), r["tls"] if r["host"] else "", r["credentials"])
        for r in found["routes"]
    ]
    render.show_table(
        ("domain", "courier", "next hop", "TLS", "credentials"),
        rows,
        empty="no routes: nothing can be delivered yet",
    )


@routes.command("set")
def routes_set(
    ctx: typer.Context,
    domain: Domain,
    host: HostOption = "",
    kind: KindOption = RouteKind.SMTP,
    tls: TlsOption = Tls.REQUIRED,
    credentials: CredentialsOption = "",
    sender: SenderOption = "",
    json: JsonOption = False,
) -> None:
    """Set the next hop of a domain."""
    body = _body(host, kind, tls, credentials, sender)
    with setup_of(ctx).api() as api:
        route = api.put(f"/v1/routes/{part(domain)}", body)
    if json:
        render.emit(route)
    else:
        typer.echo(f"{route['domain']}: {route['kind']} {_hop(route)}")


@routes.command("delete")
def routes_delete(ctx: typer.Context, domain: Domain) -> None:
    """Forget the next hop of a domain; nothing of it is delivered until it has one again."""
    with setup_of(ctx).api() as api:
        api.delete(f"/v1/routes/{part(domain)}")


@domains.command("list")
def domains_list(ctx: typer.Context, json: JsonOption = False) -> None:
    """List domains that have a route, with what holds for them."""
    with setup_of(ctx).api() as api:
        found = [
            {"domain": r["domain"], "route": r, "policy": _policy(api, r["domain"])}
            for r in api.get("/v1/routes")["routes"]
            if not r["domain"].startswith(OUTGOING_ROUTE)
        ]
    if json:
        render.emit(found)
        return
    rows = [
        (
            f["domain"],
            _hop(f["route"]),
            "on" if (e := f["policy"]["effective"])["quarantine"] else "off",
            e["spam_at"],
            e["retention_days"],
        )
        for f in found
    ]
    render.show_table(("domain", "next hop", "quarantine", "spam at", "days"), rows, empty="no domains")


@domains.command("show")
def domains_show(ctx: typer.Context, domain: Domain, json: JsonOption = False) -> None:
    """Show a domain's route and policy."""
    with setup_of(ctx).api() as api:
        found = {"route": api.get(f"/v1/routes/{part(domain)}"), "policy": _policy(api, domain)}
    if json:
        render.emit(found)
        return
    typer.echo(f"next hop: {found['route']['kind']} {_hop(found['route'])}")
    for name, value in found["policy"]["effective"].items():
        typer.echo(f"{name}: {value!r}{'' if found['policy']['own'][name] is None else ' (own choice)'}")


def _policy(api: Any, domain: str) -> Any:
    return api.get(f"/v1/policies/{part('global' if domain == '*' else domain)}")


def _hop(route: dict[str, Any]) -> str:
    return f"{route['host']}:{route['port']}" if route["host"] else str(route["sender"])


def _body(host: str, kind: RouteKind, tls: Tls, credentials: str, sender: str) -> dict[str, Any]:
    body: dict[str, Any] = {
        "kind": kind.value,
        "tls": tls.value,
        "credentials": credentials,
        "sender": sender,
    }
    name, colon, port = host.rpartition(":")
    if colon and port.isdecimal() and ("[" in host or ":" not in name):
        return body | {"host": name.strip("[]"), "port": int(port)}
    if kind in (RouteKind.SMTP, RouteKind.MAILMANAGER_RELAY) and not host:
        raise Failure("give --host HOST:PORT")
    return body | {"host": host.strip("[]")}
