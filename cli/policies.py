"""policy: what a scope chose, what holds, and its versions."""

from __future__ import annotations

import enum
from dataclasses import fields
from typing import Annotated, Any

import typer
from pratique.domain.policy import DEFAULTS, Policy

from cli import render
from cli.client import part
from cli.setup import JsonOption, setup_of

policy = typer.Typer(help="What a scope chose, what holds, and its versions.", no_args_is_help=True)

Scope = Annotated[str, typer.Argument(metavar="SCOPE", help="global, a domain or an address.")]
POLICY_FIELDS = tuple(field.name for field in fields(Policy))
INHERIT = "inherit"
"""Stands for: use what is above."""
_WORDS = {"on": True, "yes": True, "true": True, "off": False, "no": False, "false": False}


@policy.command("show")
def policy_show(ctx: typer.Context, scope: Scope, json: JsonOption = False) -> None:
    """Show a scope's own choices, what holds for it, and where that comes from."""
    with setup_of(ctx).api() as api:
        _show(api.get(f"/v1/policies/{part(scope)}"), json=json)


@policy.command("set")
def policy_set(
    ctx: typer.Context,
    scope: Scope,
    choices: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME=VALUE...", help=f"Of {', '.join(POLICY_FIELDS)}; `NAME=inherit` uses what is above."
        ),
    ],
    json: JsonOption = False,
) -> None:
    """Change some of a scope's choices; the others stay. Refused where somebody else changed them at the same moment."""
    changes = dict(_choice(text) for text in choices)
    path = f"/v1/policies/{part(scope)}"
    with setup_of(ctx).api() as api:
        known = api.get(path)
        _show(api.put(path, {**known["own"], **changes}, match=known["version"]), json=json)


@policy.command("history")
def policy_history(ctx: typer.Context, scope: Scope, json: JsonOption = False) -> None:
    """Show who changed a scope's choices, when, and how; the latest first."""
    with setup_of(ctx).api() as api:
        found = api.get(f"/v1/policies/{part(scope)}/versions")
    if json:
        render.emit(found)
        return
    rows = [
        (
            each["version"],
            render.when(each["at"]),
            f"{each['by']} by {each['channel']}" if each["by"] else "",
            ", ".join(f"{name}={_told(each['own'][name])}" for name in each["changed"]),
            each["note"],
        )
        for each in found["versions"]
    ]
    render.show_table(("version", "at", "by", "changed", "note"), rows, empty="never changed")


@policy.command("restore")
def policy_restore(
    ctx: typer.Context,
    scope: Scope,
    version: Annotated[int, typer.Argument(min=0, help="As `history` shows it; 0: before anybody chose.")],
    json: JsonOption = False,
) -> None:
    """Put a version back. That makes a new version, so it can be taken back as well."""
    with setup_of(ctx).api() as api:
        _show(api.post(f"/v1/policies/{part(scope)}/versions/{version}/restore", None), json=json)


def _choice(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    name = name.replace("-", "_")
    if not equals or name not in POLICY_FIELDS:
        raise typer.BadParameter(f"{text!r} is no NAME=VALUE with a name of {', '.join(POLICY_FIELDS)}")
    if value == INHERIT:
        return name, None
    try:
        return name, _typed(getattr(DEFAULTS, name), value)
    except (ValueError, KeyError):
        raise typer.BadParameter(f"{value!r} is no value for {name}") from None


def _typed(like: object, value: str) -> Any:
    """The value in the type of the built-in one. Raises ValueError, KeyError."""
    if isinstance(like, bool):
        return _WORDS[value.lower()]
    if isinstance(like, enum.Enum):
        return type(like)(value)
    if isinstance(like, tuple):
        return [each.strip() for each in value.split(",") if each.strip()]
    return type(like)(value) if isinstance(like, (int, float)) else value


def _show(view: dict[str, Any], *, json: bool) -> None:
    if json:
        render.emit(view)
        return
    rows = [
        (name, _told(view["own"][name]), _told(view["effective"][name]), view["sources"][name])
        for name in POLICY_FIELDS
        if name in view["effective"]
    ]
    render.show_table((render.plain(view["scope"]), "own", "in force", "from"), rows)
    if view["version"]:
        by = f" by {render.plain(view['changed_by'])}" if view["changed_by"] else ""
        typer.echo(f"version {view['version']}, {render.when(view['changed_at'])}{by}")


def _told(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return ",".join(map(str, value)) or "none"
    return INHERIT if value is None else repr(value)
