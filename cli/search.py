"""search, export: look for messages, in a terminal or for a spreadsheet."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from pratique.domain.lifecycle import State
from pratique.domain.log_status import LogStatus
from pratique.domain.verdict import Verdict

from cli import render
from cli.client import Api
from cli.failure import Failure
from cli.setup import JsonOption, setup_of

_PART = 1_000

Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="WORDS...", help='As in: invoice from:ann subject:"your order" (after --: -newsletter)'
    ),
]
Where = Annotated[
    str | None, typer.Option("--scope", help="global, a domain or an address; your own when left out.")
]
States = Annotated[list[State] | None, typer.Option("--state", help="Every state when left out.")]
Statuses = Annotated[
    list[LogStatus] | None, typer.Option("--status", help="The same by the names of a message log.")
]
Verdicts = Annotated[list[Verdict] | None, typer.Option("--verdict")]
Since = Annotated[
    str | None,
    typer.Option("--since", help="2026-09-21, or 2026-09-21T08:00; local time unless it has a zone."),
]
Before = Annotated[str | None, typer.Option("--before", help="The same; not included.")]


def search(
    ctx: typer.Context,
    words: Words = None,
    scope: Where = None,
    state: States = None,
    status: Statuses = None,
    verdict: Verdicts = None,
    since: Since = None,
    before: Before = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="Stop after so many.")] = 50,
    json: JsonOption = False,
) -> None:
    """Search in every message, delivered ones too, newest first."""
    query = query_of(words, scope, state, status, verdict, since, before)
    with setup_of(ctx).api() as api:
        show_found(api, query, limit=limit, json=json)


def show_found(api: Api, query: dict[str, Any], *, limit: int, json: bool) -> None:
    """Search, page after page, and show up to `limit` messages."""
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        part = api.get("/v1/messages/search", **query, limit=min(_PART, limit - len(found)), cursor=cursor)
        found += part["messages"]
        cursor = part["cursor"]
        if cursor is None or len(found) >= limit:
            break
    if json:
        render.emit({"messages": found, "cursor": cursor})
        return
    render.show_messages({"messages": found, "cursor": None})
    if cursor is not None:
        typer.echo(f"there may be more: --limit {limit * 10} looks further", err=True)


def export(
    ctx: typer.Context,
    words: Words = None,
    scope: Where = None,
    state: States = None,
    status: Statuses = None,
    verdict: Verdicts = None,
    since: Since = None,
    before: Before = None,
) -> None:
    """Write what a search finds to standard output, as CSV."""
    query = query_of(words, scope, state, status, verdict, since, before)
    cursor: str | None = None
    with setup_of(ctx).api() as api:
        while True:
            text, cursor = api.text(
                "/v1/messages/export", "x-next-cursor", **query, limit=_PART, cursor=cursor
            )
            sys.stdout.write(text.replace("\r\n", "\n"))
            if cursor is None:
                return


def query_of(
    words: list[str] | None,
    scope: str | None,
    state: list[State] | None,
    status: list[LogStatus] | None,
    verdict: list[Verdict] | None,
    since: str | None,
    before: str | None,
) -> dict[str, Any]:
    """The search in the options, as the API takes it. Raises Failure for a date that is none."""
    return {
        "q": " ".join(words or []) or None,
        "scope": scope,
        "state": [each.value for each in state or []],
        "status": [each.value for each in status or []],
        "verdict": [each.value for each in verdict or []],
        "since": _moment(since),
        "before": _moment(before),
    }


def _moment(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC).isoformat()
    except ValueError:
        raise Failure(f"{text!r} is no date: write 2026-09-21 or 2026-09-21T08:00") from None
