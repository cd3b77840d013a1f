"""searches: searches that are kept under a name, the same as in the panel."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

import typer

from cli import render
from cli.client import Api, part
from cli.failure import Failure
from cli.search import Before, Since, States, Statuses, Verdicts, Where, Words, query_of, show_found
from cli.setup import JsonOption, setup_of

searches = typer.Typer(
    help="Searches that you keep, here and in the panel: save, run, rename, forget.", no_args_is_help=True
)
Name = Annotated[str, typer.Argument(metavar="NAME")]


@searches.command("list")
def list_(ctx: typer.Context, json: JsonOption = False) -> None:
    """Show your saved searches."""
    with setup_of(ctx).api() as api:
        found = api.get("/v1/me/searches")
    if json:
        render.emit(found)
        return
    rows = [(each["name"], _words(each["search"])) for each in found["searches"]]
    render.show_table(("name", "search"), rows, empty="no saved searches")


@searches.command("save")
def save(
    ctx: typer.Context,
    name: Name,
    words: Words = None,
    scope: Where = None,
    state: States = None,
    status: Statuses = None,
    verdict: Verdicts = None,
    since: Since = None,
    before: Before = None,
    json: JsonOption = False,
) -> None:
    """Keep a search under a name, in the place of one that has it. The options are those of `pratique search`."""
    query = query_of(words, scope, state, status, verdict, since, before)
    with setup_of(ctx).api() as api:
        known = _named(api, name)
        id_ = known["id"] if known else uuid.uuid4().hex
        body = {"name": name, "search": {k: v for k, v in query.items() if v}}
        kept = api.put(f"/v1/me/searches/{part(id_)}", body)
    _say(kept, json=json)


@searches.command("rename")
def rename(ctx: typer.Context, name: Name, new: Annotated[str, typer.Argument(metavar="NEW")]) -> None:
    """Give a saved search another name."""
    with setup_of(ctx).api() as api:
        known = _must_be_named(api, name)
        kept = api.put(f"/v1/me/searches/{part(known['id'])}", {"name": new, "search": known["search"]})
    _say(kept, json=False)


@searches.command("delete")
def delete(ctx: typer.Context, name: Name) -> None:
    """Forget a saved search."""
    with setup_of(ctx).api() as api:
        api.delete(f"/v1/me/searches/{part(_must_be_named(api, name)['id'])}")


@searches.command("run")
def run(
    ctx: typer.Context,
    name: Name,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="Stop after so many.")] = 50,
    json: JsonOption = False,
) -> None:
    """Search as it was saved, newest first."""
    with setup_of(ctx).api() as api:
        show_found(api, _must_be_named(api, name)["search"], limit=limit, json=json)


def _named(api: Api, name: str) -> dict[str, Any] | None:
    wanted = name.strip().casefold()
    found: list[dict[str, Any]] = api.get("/v1/me/searches")["searches"]
    return next((each for each in found if each["name"].casefold() == wanted), None)


def _must_be_named(api: Api, name: str) -> dict[str, Any]:
    found = _named(api, name)
    if found is None:
        raise Failure(f"no saved search is named {name!r}: `pratique searches list` shows them")
    return found


def _words(search: dict[str, Any]) -> str:
    """A saved search as one line: its words, then its bounds."""
    bounds = (
        f"{name}: {', '.join(map(str, value)) if isinstance(value, list) else value}"
        for name, value in search.items()
        if name != "q"
    )
    return "  ".join(filter(None, (search.get("q", ""), *bounds))) or "everything"


def _say(kept: dict[str, Any], *, json: bool) -> None:
    if json:
        render.emit(kept)
    else:
        typer.echo(render.plain(f"{kept['name']}: {_words(kept['search'])}"))
