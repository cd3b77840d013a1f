"""redrive, status, login."""

from __future__ import annotations

import enum
from dataclasses import replace
from typing import Annotated, Any

import typer

from cli import render
from cli.client import Api
from cli.failure import Failure
from cli.place import Place, check_url, write_profile
from cli.setup import JsonOption, directly, setup_of

Scope = Annotated[str, typer.Argument(metavar="SCOPE", help="global, a domain or an address.")]


class Queue(enum.StrEnum):
    """What has dead letters."""

    DELIVER = "deliver"
    LEARN = "learn"
    NOTIFY = "notify"
    INGEST = "ingest"


def redrive(
    ctx: typer.Context,
    queue: Annotated[Queue, typer.Argument()],
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 100,
    dead_queue: Annotated[
        str | None, typer.Option(help="With ingest: the output `IngestDeadQueueUrl` of the stack.")
    ] = None,
    function: Annotated[
        str | None, typer.Option(help="With ingest: the output `IngestFunctionArn` of the stack.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Put dead letters back to work. Those of ingest need your AWS credentials: its queue holds whole events, which no API hands out."""
    if queue is Queue.INGEST:
        if dead_queue is None or function is None:
            raise typer.BadParameter("ingest needs --dead-queue and --function: outputs of the stack")
        moved = _redrive_ingest(dead_queue, function, limit)
    else:
        with setup_of(ctx).api() as api:
            moved = api.post(f"/v1/queues/{queue.value}/redrive", {"limit": limit}, once=True)
    if json:
        render.emit(moved)
        return
    typer.echo(f"{moved['moved']} back to work")
    if moved.get("failed") or moved.get("unreadable"):
        typer.echo(
            f"{moved['failed']} failed again, {moved['unreadable']} unreadable: they stay in the queue"
        )


def _redrive_ingest(dead_queue: str, function: str, limit: int) -> dict[str, int]:
    """Raises Failure."""
    with directly("redrive ingest"):
        from pratique.bootstrap import build_dead_events, build_ingest  # noqa: PLC0415
        from pratique.settings import read_settings  # noqa: PLC0415
        from pratique.usecases.redrive_ingest import redrive_ingest  # noqa: PLC0415

        settings = replace(read_settings(), ingest_function=function)
        done = redrive_ingest(build_dead_events(dead_queue, settings), build_ingest(settings), limit=limit)
    return {"moved": done.taken, "failed": done.failed, "unreadable": done.unreadable}


def status(ctx: typer.Context, json: JsonOption = False) -> None:
    """Show where you are, who you are, queues, lessons and the model."""
    with setup_of(ctx).api() as api:
        me, found, place = api.get("/v1/me"), api.get("/v1/status"), api.place
    if json:
        render.emit({"url": place.url, "me": me, "status": found})
        return
    typer.echo(
        f"{place.url} ({place.name}), as {render.plain(me['actor'])} of {me['scope']}{'' if me['may_write'] else ', read-only'}"
    )
    for name, depth in found["queues"].items():
        typer.echo(f"queue {name}: {depth['waiting']} waiting, {depth['dead']} dead letters")
    typer.echo(
        f"lessons: {found['lessons_pending']} pending, {found['lessons_applied']} applied; model {found['model'] or 'none yet'}"
    )
    if found["lessons_parked"]:
        typer.echo(f"{found['lessons_parked']} of them are parked: pratique lessons list --state parked")


def login(
    ctx: typer.Context,
    url: Annotated[str, typer.Option(prompt="URL of the API")],
    token: Annotated[
        str,
        typer.Option(
            prompt="Token", hide_input=True, help="Better typed when asked: a shell keeps what it is given."
        ),
    ],
    profile: Annotated[str, typer.Option(help="Name to keep it under.")] = "default",
    smtp: Annotated[str, typer.Option(help="host:port of its SMTP server, if there is one.")] = "",
    default: Annotated[bool, typer.Option("--default", help="Use it when no other is named.")] = False,
) -> None:
    """Check a token and keep it in ~/.config/pratique/config.toml."""
    place = Place(f"profile {profile}", url.rstrip("/"), token.strip(), smtp)
    check_url(place.url)
    if not place.token.isascii() or not place.token.isprintable():
        raise Failure("this is no token")
    setup = replace(setup_of(ctx), url=place.url, token=place.token, profile=None)
    with setup.api() as api:
        me = _who(api)
    path = write_profile(profile, place, default=default)
    typer.echo(f"{render.plain(me['actor'])} of {me['scope']}: kept in {path} as {profile!r}")


def _who(api: Api) -> dict[str, Any]:
    me = api.get("/v1/me")
    if not isinstance(me, dict) or "actor" not in me:
        raise Failure("this URL is no Pratique API")
    return me
