"""users, delegates: people's accounts, and who looks after whose mailbox."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import typer

from cli import render
from cli.client import part
from cli.failure import Failure
from cli.setup import JsonOption, directly, setup_of

users = typer.Typer(help="People's accounts.", no_args_is_help=True)
delegates = typer.Typer(help="Who looks after a mailbox beside its owner.", no_args_is_help=True)

Login = Annotated[str, typer.Argument(metavar="LOGIN", help="A mail address; or a domain, or global.")]
Mailbox = Annotated[str, typer.Argument(metavar="ADDRESS", help="The mailbox.")]
ScopeOption = Annotated[
    str | None, typer.Option(help="What the person looks after: global, a domain or an address.")
]
MailOption = Annotated[str | None, typer.Option(help="Where links go, for a login that is no address.")]
NameOption = Annotated[str | None, typer.Option(help="The person's name.")]
WriteOption = Annotated[bool | None, typer.Option("--write/--read-only", help="May act, or only look.")]
FactorOption = Annotated[
    bool | None, typer.Option("--second-factor/--no-second-factor", help="Must have a second factor.")
]
BOOTSTRAP_SECONDS = 86_400
"""How long the first administrator's link works."""


@users.command("create")
def create(
    ctx: typer.Context,
    login: Login,
    scope: ScopeOption = None,
    mail: MailOption = None,
    name: NameOption = None,
    write: WriteOption = None,
    second_factor: FactorOption = None,
    bootstrap: Annotated[
        bool,
        typer.Option(
            "--bootstrap",
            help="Make the first administrator directly in the table, with your AWS credentials, and print a link that signs in once.",
        ),
    ] = False,
    table: Annotated[
        str | None, typer.Option(help="With --bootstrap: the output `Table` of the stack.")
    ] = None,
    signing_secret: Annotated[
        str | None, typer.Option(help="With --bootstrap: the output `SigningSecretArn` of the stack.")
    ] = None,
    panel: Annotated[
        str | None, typer.Option(help="With --bootstrap: the stack's parameter `PanelUrl`.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Make an account. The person signs in by a link."""
    body = _given(scope=scope, mail=mail, name=name, may_write=write, second_factor=second_factor)
    if bootstrap:
        if not (table and signing_secret and panel):
            raise typer.BadParameter(
                "--bootstrap needs --table, --signing-secret and --panel: outputs and a parameter of the stack"
            )
        link = _bootstrap(login, body, table=table, signing_secret=signing_secret, panel=panel)
        typer.echo(f'{{"link": "{link}"}}' if json else link)
        return
    with setup_of(ctx).api() as api:
        _show(api.post("/v1/users", {"login": login, **body}), json=json)


@users.command("list")
def list_(
    ctx: typer.Context,
    scope: Annotated[
        str | None, typer.Argument(metavar="SCOPE", help="A domain, or global; your own when left out.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 100,
    cursor: Annotated[str | None, typer.Option(help="Of the page before.")] = None,
    json: JsonOption = False,
) -> None:
    """List the accounts whose scope lies in a domain, or is global."""
    with setup_of(ctx).api() as api:
        page = api.get("/v1/users", scope=scope, limit=limit, cursor=cursor)
    if json:
        render.emit(page)
        return
    rows = [
        (
            u["login"],
            u["scope"],
            render.plain(u["name"]),
            _state(u),
            render.when(u["used_at"]),
        )
        for u in page["users"]
    ]
    render.show_table(("login", "scope", "name", "", "last seen"), rows, empty="no accounts")
    if page["cursor"]:
        typer.echo(f"more: --cursor {page['cursor']}")


@users.command("change")
def change(
    ctx: typer.Context,
    login: Login,
    scope: ScopeOption = None,
    mail: MailOption = None,
    name: NameOption = None,
    write: WriteOption = None,
    second_factor: FactorOption = None,
    disable: Annotated[bool | None, typer.Option("--disable/--enable", help="Shut it, at once.")] = None,
    json: JsonOption = False,
) -> None:
    """Change an account; what is not said stays."""
    body = _given(
        scope=scope, mail=mail, name=name, may_write=write, second_factor=second_factor, disabled=disable
    )
    if not body:
        raise typer.BadParameter("say what to change")
    with setup_of(ctx).api() as api:
        _show(api.patch(f"/v1/users/{part(login)}", body), json=json)


@users.command("reset")
def reset(ctx: typer.Context, login: Login, json: JsonOption = False) -> None:
    """Forget password and second factors; the next sign-in is by a link."""
    with setup_of(ctx).api() as api:
        _show(api.post(f"/v1/resets/{part(login)}", None), json=json)


@users.command("delete")
def delete(ctx: typer.Context, login: Login) -> None:
    """Delete an account. An address that gets mail can come back by a link: disable it to keep it out."""
    with setup_of(ctx).api() as api:
        api.delete(f"/v1/users/{part(login)}")


@delegates.command("list")
def list_delegates(ctx: typer.Context, mailbox: Mailbox, json: JsonOption = False) -> None:
    """List who looks after a mailbox."""
    with setup_of(ctx).api() as api:
        found = api.get(f"/v1/delegates/{part(mailbox)}")
    if json:
        render.emit(found)
        return
    rows = [
        (d["login"], "" if d["may_write"] else "read-only", d["created_by"], render.when(d["expires_at"]))
        for d in found["delegates"]
    ]
    render.show_table(("login", "", "by", "ends"), rows, empty="no delegates")


@delegates.command("add")
def add_delegate(
    ctx: typer.Context,
    mailbox: Mailbox,
    login: Login,
    read_only: Annotated[bool, typer.Option("--read-only")] = False,
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="It ends after so many days.")] = None,
) -> None:
    """Let somebody look after a mailbox."""
    body = {"login": login, "may_write": not read_only} | _given(days=days)
    with setup_of(ctx).api() as api:
        api.put(f"/v1/delegates/{part(mailbox)}", body)


@delegates.command("delete")
def delete_delegate(ctx: typer.Context, mailbox: Mailbox, login: Login) -> None:
    """Take it back."""
    with setup_of(ctx).api() as api:
        api.delete(f"/v1/delegates/{part(mailbox)}", login=login)


def disclosures(
    ctx: typer.Context,
    scope: Annotated[
        str | None, typer.Argument(metavar="SCOPE", help="Whose; your own when left out.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Show who opened mail of a mailbox, or acted as its owner, and why."""
    with setup_of(ctx).api() as api:
        page = api.get("/v1/disclosures", scope=scope)
    if json:
        render.emit(page)
        return
    rows = [
        (render.when(d["at"]), d["what"], render.plain(d["actor"]), render.plain(d["reason"]), d["subject"])
        for d in page["disclosures"]
    ]
    render.show_table(("when", "what", "who", "why", "of"), rows, empty="nobody saw anything")


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _show(user: dict[str, Any], *, json: bool) -> None:
    if json:
        render.emit(user)
    else:
        typer.echo(f"{user['login']}: looks after {user['scope']} {_state(user)}".rstrip())


def _state(user: dict[str, Any]) -> str:
    words = [
        "" if user["may_write"] else "read-only",
        "disabled" if user["disabled"] else "",
        "must have a second factor" if user["second_factor"] and not user["has_second_factor"] else "",
    ]
    return ", ".join(filter(None, words))


def _bootstrap(login: str, body: dict[str, Any], *, table: str, signing_secret: str, panel: str) -> str:
    """The first administrator, before there is one to ask the API as: whoever may write the table and read the key by AWS's own rights may
    make it. Again it gives another link to the account that is there. Raises Failure.
    """
    with directly("--bootstrap"):
        from pratique.bootstrap import build_services  # noqa: PLC0415
        from pratique.domain.actor import Actor, Channel  # noqa: PLC0415
        from pratique.domain.scope import GLOBAL, parse_scope  # noqa: PLC0415
        from pratique.settings import read_panel_url, read_settings  # noqa: PLC0415
        from pratique.usecases.change_users import Wanted, create_user  # noqa: PLC0415
        from pratique.usecases.make_link import make_link  # noqa: PLC0415

        settings = replace(
            read_settings(), table=table, signing_secret=signing_secret, panel_url=read_panel_url(panel)
        )
        services, who = build_services(settings), parse_scope(login)
        wanted = {**body, "scope": parse_scope(str(body.get("scope", "global")))}
        known = services.users.get(who)
        if known is None:
            create_user(services, Actor("bootstrap", GLOBAL, Channel.CLI), who, Wanted(**wanted))
        elif known.disabled or known.scope != wanted["scope"]:
            raise Failure(f"{login} is there, {'disabled' if known.disabled else f'for {known.scope}'}")
        return make_link(services, who, seconds=BOOTSTRAP_SECONDS)
