"""jobs: one action on everything that a search finds, in the background."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer
from pratique.domain.lesson import Label

from cli import render
from cli.client import Api, part
from cli.failure import Failure
from cli.messages import Level
from cli.search import Before, Since, States, Statuses, Verdicts, Where, Words, query_of
from cli.setup import JsonOption, setup_of

_PAUSE = 1.0
_ENDED = {"done", "stopped", "failed"}
app = typer.Typer(
    no_args_is_help=True, help="One action on everything that a search finds, in the background."
)
Id = Annotated[str, typer.Argument(metavar="ID")]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until it has ended.")]


@app.command()
def order(
    ctx: typer.Context,
    action: Annotated[str, typer.Argument(help="release, remove, restore or train.")],
    words: Words = None,
    scope: Where = None,
    state: States = None,
    status: Statuses = None,
    verdict: Verdicts = None,
    since: Since = None,
    before: Before = None,
    train: Annotated[bool, typer.Option("--train", help="With release: report as ham, too.")] = False,
    allow: Annotated[
        Level | None, typer.Option(help="With release: put the senders on this allow list.")
    ] = None,
    block: Annotated[
        Level | None, typer.Option(help="With remove: put the senders on this block list.")
    ] = None,
    label: Annotated[Label | None, typer.Option(help="With train.")] = None,
    wait: Wait = True,
    json: JsonOption = False,
) -> None:
    """Order a job: `pratique jobs order remove from:shop.example --state held`."""
    looked = query_of(words, scope, state, status, verdict, since, before)
    body: dict[str, Any] = {
        "action": action,
        "search": {k: v for k, v in looked.items() if v},
        "train": train,
    }
    body |= {"allow": allow.value} if allow else {}
    body |= {"block": block.value} if block else {}
    body |= {"label": label.value} if label else {}
    with setup_of(ctx).api() as api:
        _show(_ended(api, api.post("/v1/jobs", body), wait=wait, sleep=setup_of(ctx).sleep), json=json)


@app.command("list")
def list_(ctx: typer.Context, scope: Where = None, json: JsonOption = False) -> None:
    """List the newest jobs of a scope."""
    with setup_of(ctx).api() as api:
        page = api.get("/v1/jobs", scope=scope)
    if json:
        render.emit(page)
        return
    for job in page["jobs"]:
        _line(job)
    if not page["jobs"]:
        typer.echo("nothing here")


@app.command()
def show(ctx: typer.Context, id_: Id, json: JsonOption = False) -> None:
    """Show how a job is doing, and what was refused."""
    refused: list[dict[str, Any]] = []
    with setup_of(ctx).api() as api:
        job = api.get(f"/v1/jobs/{part(id_)}")
        step: int | None = 0 if job["steps"] and job["refused"] else None
        while step is not None:
            results = api.get(f"/v1/jobs/{part(id_)}/results", step=step)
            refused += [each for each in results["results"] if not each["ok"]]
            step = results["next"]
    if json:
        render.emit({**job, "results_refused": refused})
        return
    _line(job)
    for each in refused:
        typer.echo(f"{each['id']}  {each['code']}")


@app.command()
def stop(ctx: typer.Context, id_: Id, json: JsonOption = False) -> None:
    """Stop a job after the step under way."""
    with setup_of(ctx).api() as api:
        _show(api.post(f"/v1/jobs/{part(id_)}/stop", None), json=json)


@app.command()
def undo(ctx: typer.Context, id_: Id, wait: Wait = True, json: JsonOption = False) -> None:
    """Take back what a job did, as far as that can be."""
    with setup_of(ctx).api() as api:
        job = api.post(f"/v1/jobs/{part(id_)}/undo", None)
        _show(_ended(api, job, wait=wait, sleep=setup_of(ctx).sleep), json=json)


def _ended(api: Api, job: dict[str, Any], *, wait: bool, sleep: Any = time.sleep) -> dict[str, Any]:
    while wait and job["state"] not in _ENDED:
        sleep(_PAUSE)
        job = api.get(f"/v1/jobs/{part(job['id'])}")
    return job


def _show(job: dict[str, Any], *, json: bool) -> None:
    if json:
        render.emit(job)
    else:
        _line(job)
    if job["state"] == "failed":
        raise Failure(job["note"])


def _line(job: dict[str, Any]) -> None:
    counts = f"{job['done']} done, {job['refused']} refused, {job['looked_at']} looked at"
    typer.echo(f"{job['id']}  {job['action']}  {job['state']}  {counts}  {render.plain(job['scope'])}")
