"""lessons: what was taught, by whom, and what became of it; take it back, accept or drop what is parked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer
from pratique.domain.lesson import LessonState

from cli import render
from cli.client import Api, part
from cli.failure import Failure
from cli.messages import Ids
from cli.setup import JsonOption, Setup, setup_of

lessons = typer.Typer(help="What was taught, by whom, and what became of it.", no_args_is_help=True)

ScopeOption = Annotated[
    str | None, typer.Option(help="global, a domain or an address; your own when left out.")
]
LessonIds = Annotated[list[str], typer.Argument(metavar="ID...", help="As `lessons list` shows them.")]


@lessons.command("list")
def list_(
    ctx: typer.Context,
    scope: ScopeOption = None,
    state: Annotated[
        LessonState | None, typer.Option(help="Only those; `parked` wait for a decision.")
    ] = None,
    author: Annotated[str | None, typer.Option(help="Only those of an author.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    cursor: Annotated[str | None, typer.Option(help="Of the page before.")] = None,
    json: JsonOption = False,
) -> None:
    """List the lessons of a scope, newest first."""
    wanted = state.value if state else None
    with setup_of(ctx).api() as api:
        page = api.get("/v1/lessons", scope=scope, state=wanted, author=author, limit=limit, cursor=cursor)
    if json:
        render.emit(page)
        return
    for each in page["lessons"]:
        _show(each)
    if not page["lessons"]:
        typer.echo("nothing here")
    if page["cursor"]:
        typer.echo(f"more: --cursor {page['cursor']}")


@lessons.command()
def show(
    ctx: typer.Context, id_: Annotated[str, typer.Argument(metavar="ID")], json: JsonOption = False
) -> None:
    """Show one lesson, and the recipients behind it where a quorum gave it."""
    with setup_of(ctx).api() as api:
        found = api.get(f"/v1/lessons/{part(id_)}")
    if json:
        render.emit(found)
        return
    _show(found["lesson"])
    for voter in found["voters"]:
        typer.echo(f"    voter  {render.plain(voter)}")


@lessons.command()
def undo(ctx: typer.Context, ids: LessonIds, json: JsonOption = False) -> None:
    """Take lessons back: their effect leaves the model."""
    _each(setup_of(ctx), ids, "undo", json=json)


@lessons.command()
def accept(ctx: typer.Context, ids: LessonIds, json: JsonOption = False) -> None:
    """Let parked lessons teach after all."""
    _each(setup_of(ctx), ids, "accept", json=json)


@lessons.command()
def drop(ctx: typer.Context, ids: LessonIds, json: JsonOption = False) -> None:
    """Say no to parked lessons."""
    _each(setup_of(ctx), ids, "drop", json=json)


@lessons.command()
def forget(
    ctx: typer.Context,
    author: Annotated[
        str, typer.Argument(help="A recipient's address, an administrator's `token:…`, or `quorum`.")
    ],
    scope: ScopeOption = None,
    json: JsonOption = False,
) -> None:
    """Take back everything that somebody taught."""
    body = {"author": author, **({"scope": scope} if scope else {})}
    with setup_of(ctx).api() as api:
        _until_done(lambda: api.post("/v1/lessons/undo", body), "undone", "taken back", json=json)


@lessons.command("review")
def review(
    ctx: typer.Context,
    decision: Annotated[str, typer.Argument(metavar="accept|drop")],
    author: Annotated[str | None, typer.Option(help="Only those of an author.")] = None,
    scope: ScopeOption = None,
    json: JsonOption = False,
) -> None:
    """Accept or drop all parked lessons of a scope."""
    if decision not in {"accept", "drop"}:
        raise typer.BadParameter("say accept or drop")
    body = {k: v for k, v in (("author", author), ("scope", scope)) if v}
    said = "accepted" if decision == "accept" else "dropped"
    with setup_of(ctx).api() as api:
        _until_done(lambda: api.post(f"/v1/lessons/{decision}", body), "done", said, json=json)


def untrain(ctx: typer.Context, ids: Ids, json: JsonOption = False) -> None:
    """Take back what was reported of messages."""
    with setup_of(ctx).api() as api:
        answers = [api.post(f"/v1/messages/{part(each)}/untrain", None) for each in ids]
    if json:
        render.emit(answers)
        return
    for answer in answers:
        typer.echo(f"{render.plain(answer['id'])}  {answer['lesson'] or 'not taught'}")


def _show(lesson: dict[str, Any]) -> None:
    """Two lines: the id first, so that it can be copied."""
    typer.echo(
        f"{render.plain(lesson['id'])}  {lesson['state']}  {lesson['label']}  {render.when(lesson['created_at'])}"
    )
    weight = "" if lesson["weight"] == 1 else f", weight {lesson['weight']:g}"
    typer.echo(
        f"    by {render.plain(lesson['author'])} ({lesson['given_as']}, {lesson['channel']}{weight}): {render.plain(lesson['origin'])}"
    )
    if lesson["changed_by"]:
        typer.echo(f"    {render.when(lesson['changed_at'])} by {render.plain(lesson['changed_by'])}")
    if lesson["note"]:
        typer.echo(f"    {render.plain(lesson['note'])}")


def _each(setup: Setup, ids: list[str], verb: str, *, json: bool) -> None:
    """One call a lesson; exit code 1 if any was refused."""
    answers: list[dict[str, Any]] = []
    failed = False
    with setup.api() as api:
        for each in ids:
            found, problem = _one(api, each, verb)
            failed = failed or bool(problem)
            if found is not None:
                answers.append(found)
            if not json:
                text = found["state"] if found else problem
                typer.echo(f"{render.plain(each)}  {render.plain(text)}", err=bool(problem))
    if json:
        render.emit(answers)
    if failed:
        raise typer.Exit(1)


def _one(api: Api, lesson_id: str, verb: str) -> tuple[dict[str, Any] | None, str]:
    try:
        return api.post(f"/v1/lessons/{part(lesson_id)}/{verb}", None), ""
    except Failure as failure:
        return None, str(failure)


def _until_done(step: Callable[[], dict[str, Any]], name: str, said: str, *, json: bool) -> None:
    """The API does some hundreds in one call: call until no more is left."""
    total, stuck = 0, False
    while not stuck:
        found = step()
        total += found[name]
        stuck = not found["more"] or not found[name]
    if json:
        render.emit({name: total})
    else:
        typer.echo(f"{total} {said}")
