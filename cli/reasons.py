"""why and what-if: the reasons of one verdict, and what another setting would have done."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli import render
from cli.client import part
from cli.failure import Failure
from cli.setup import JsonOption, setup_of

PatternsOption = Annotated[list[str] | None, typer.Option(metavar="PATTERN")]


def why(
    ctx: typer.Context, id_: Annotated[str, typer.Argument(metavar="ID")], json: JsonOption = False
) -> None:
    """Say why a message was judged so, what would have flipped it, and what was decided about mail like it."""
    with setup_of(ctx).api() as api:
        found = api.get(f"/v1/messages/{part(id_)}/why")
    if json:
        render.emit(found)
        return
    out = render.console()
    out.print(render.head_line(found["message"]))
    out.print(render.plain(found["summary"]))
    out.print("\nEvidence (left speaks for ham, right for spam; log-odds)")
    for piece in found["contributions"]:
        out.print(render.bar(piece))
    out.print(f"{'sum':>22}  {found['log_odds']:+.4f} is a score of {found['message']['score']:.6g}")
    for title, sign in (("Words that speak for spam", 1), ("Words that speak for ham", -1)):
        words = [
            f"{word['text']} ({word['weight']:+.2f})" for word in found["words"] if word["weight"] * sign > 0
        ]
        _lines(title, [", ".join(words)] if words else [])
    _lines("What would have flipped it", [flip["text"] for flip in found["flips"]])
    _lines("What was decided about mail like it", found["past"])
    for each in found["neighbours"]:
        out.print(f"  {render.plain(each['decision'])}, {each['likeness']}:")
        out.print(render.head_line(each["message"]))


def _lines(title: str, lines: list[str]) -> None:
    out = render.console()
    if lines:
        out.print(f"\n{title}")
    for line in lines:
        out.print(f"  {render.plain(line)}")


def what_if(
    ctx: typer.Context,
    scope: Annotated[
        str | None,
        typer.Option(help="Whose settings: global, a domain or an address; your own when left out."),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=365)] = 7,
    limit: Annotated[int, typer.Option(min=1, max=5_000, help="Newest copies looked at.")] = 5_000,
    cursor: Annotated[str | None, typer.Option(help="Of the part before.")] = None,
    spam_at: Annotated[
        float | None, typer.Option(min=0.0, max=1.0, help="Another quarantine threshold.")
    ] = None,
    quarantine: Annotated[bool | None, typer.Option(help="The quarantine on or off.")] = None,
    allow: PatternsOption = None,
    block: PatternsOption = None,
    without_dmarc: Annotated[
        bool,
        typer.Option(
            "--without-dmarc", help="The allow entries count also for mail that does not pass DMARC."
        ),
    ] = False,
    forget: PatternsOption = None,
    weight: Annotated[
        list[str] | None,
        typer.Option(metavar="SIGNAL=FACTOR", help="Multiply a signal's weight; again for more."),
    ] = None,
    rejudge: Annotated[bool, typer.Option("--rejudge", help="Ask the models of today.")] = False,
    json: JsonOption = False,
) -> None:
    """Play a change of settings on the mail of the last days: what it would have held, what freed. Nothing is changed."""
    entries = [{"kind": "allow", "pattern": p, "needs_dmarc": not without_dmarc} for p in allow or []]
    entries += [{"kind": "block", "pattern": p} for p in block or []]
    body: dict[str, Any] = {
        "days": days,
        "limit": limit,
        "policy": {"spam_at": spam_at, "quarantine": quarantine},
        "entries": entries,
        "forget": forget or [],
        "weights": dict(map(_factor, weight or [])),
        "rejudge": rejudge,
    }
    body |= {name: value for name, value in (("scope", scope), ("cursor", cursor)) if value is not None}
    with setup_of(ctx).api() as api:
        found = api.post("/v1/what-if", body)
    if json:
        render.emit(found)
    else:
        _show(found)


def _factor(text: str) -> tuple[str, float]:
    signal, _, factor = text.partition("=")
    try:
        return signal, float(factor)
    except ValueError:
        raise Failure(f"{text!r}: a weight is SIGNAL=FACTOR") from None


def _show(found: dict[str, Any]) -> None:
    if not found["looked_at"]:
        typer.echo("no mail in these days")
        return
    out = render.console()
    span = f"{render.when(found['oldest'])} to {render.when(found['newest'])}"
    out.print(f"{found['looked_at']} copies of {render.plain(found['scope'])}, received {span}")
    render.show_table(
        ("", "held"),
        [
            ("when they came", found["held_then"]),
            ("by today's settings", found["held_now"]),
            ("with the change", found["held_changed"]),
        ],
    )
    for title, group in (("would have been held", found["held"]), ("would have been freed", found["freed"])):
        out.print(f"\n{group['copies']} {title}{_later(group)}")
        for each in group["examples"]:
            out.print(render.head_line(each["message"]))
            out.print(f"    {each['score']:.4f}  {render.plain(each['message']['subject'])}")
    if found["cursor"]:
        out.print(f"more: --cursor {render.plain(found['cursor'])}", style="dim")


def _later(group: dict[str, Any]) -> str:
    titles = {
        "released": "released",
        "removed": "removed",
        "reported_ham": "reported as not spam",
        "reported_spam": "reported as spam",
    }
    known = [f"{group[name]} {title}" for name, title in titles.items() if group[name]]
    return f"; of these later {', '.join(known)}" if known else ""
