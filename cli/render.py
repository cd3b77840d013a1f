"""Output for people. Every text of a stranger goes through `plain`: mail can hold terminal escapes and writing-direction tricks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pratique.domain.triage import LIKELY

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_BAR = 18
"""Cells of a bar on each side."""
_FULL = 6.0
"""The weight (log-odds) that fills a bar."""
STATE_STYLES = {
    "held": "yellow",
    "releasing": "cyan",
    "released": "green",
    "delivered": "green",
    "queued": "cyan",
    "failed": "red",
    "removed": "dim",
}
_STEP = 1024
_ENDLESS = 100_000
"""Columns of what is no terminal: a table in a pipe or a file has no edge to be wrapped at, whatever COLUMNS says."""


def plain(text: object) -> str:
    """The text with everything that is not printable made visible as a dot."""
    return "".join(c if c.isprintable() else "·" for c in str(text))


def emit(value: Any) -> None:
    """Machine output. ASCII only, so that no control character of a mail reaches the terminal."""
    print(json.dumps(value, indent=2, ensure_ascii=True))


def console(*, error: bool = False) -> Console:
    """A console that takes no markup from the texts it is given."""
    from rich.console import Console  # noqa: PLC0415 - only whoever prints waits for it

    made = Console(markup=False, highlight=False, emoji=False, soft_wrap=True, stderr=error)
    if not made.is_terminal:
        made.width = _ENDLESS
    return made


def size(octets: int) -> str:
    """1.5 kB"""
    amount, units = float(octets), ["B", "kB", "MB", "GB"]
    while amount >= _STEP and len(units) > 1:
        amount, units = amount / _STEP, units[1:]
    return f"{amount:.0f} {units[0]}" if units[0] == "B" else f"{amount:.1f} {units[0]}"


def when(text: str | None) -> str:
    """An API time in the person's own zone, to the minute."""
    if not text:
        return "never"
    return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M")


def show_messages(page: dict[str, Any]) -> None:
    """Two lines a message: the whole id first, so that it can be copied."""
    out = console()
    for message in page["messages"]:
        out.print(head_line(message))
        out.print(
            f"    {plain(message['sender'])} → {plain(message['recipient'])}   {plain(message['subject'])}"
        )
        if message.get("release_request"):
            out.print(f"    {request_line(message['release_request'])}", style="cyan")
        if message.get("folded"):
            out.print(f"    and {len(message['folded'])} more like it", style="dim")
        if (message.get("chance") or 0) >= LIKELY:
            why = ", ".join(map(plain, message["reasons"]))
            out.print(f"    perhaps a mistake ({message['chance']:.0%}): {why}", style="yellow")
    if not page["messages"]:
        out.print("nothing here")
    if page["cursor"]:
        out.print(f"more: --cursor {plain(page['cursor'])}", style="dim")


def head_line(message: dict[str, Any]) -> Text:
    """Id, state, score, time, size."""
    from rich.text import Text  # noqa: PLC0415 - as above

    line = Text(plain(message["id"]), style="bold")
    line.append(f"  {message['state']}", style=STATE_STYLES.get(message["state"], ""))
    line.append(
        f"  {message['verdict']} {message['score']:.2f}  {when(message['received_at'])}  {size(message['size'])}"
    )
    decided = message.get("decided")
    if decided and decided["actor"] != "filter":
        line.append(f"  {decided['state']} by {plain(decided['actor'])} by {decided['channel']}", style="dim")
    if message["lesson"]:
        line.append(f"  taught {plain(message['lesson'])}", style="magenta")
    return line


def show_message(detail: dict[str, Any]) -> None:
    """A message with its evidence as signed bars, and its history."""
    out, message = console(), detail["message"]
    out.print(head_line(message))
    rows = [
        ("From", detail["header_from"] or message["sender"]),
        ("To", message["recipient"]),
        ("Subject", message["subject"]),
        ("Date", detail["date"]),
        ("Message-ID", detail["header_message_id"]),
        ("Envelope from", detail["mail_from"] or "<>"),
        ("Client", f"{detail['client_ip']} {detail['helo']}".strip()),
        ("Checks", "  ".join(f"{name} {value}" for name, value in detail["checks"].items() if value)),
        ("Held for", message["held_for"] or ""),
        ("Request", request_line(message["release_request"]) if message["release_request"] else ""),
        ("Files", " ".join(detail["extensions"])),
        ("Judged by", judged_by(detail["policies"])),
        ("Expires", when(message["expires_at"])),
        ("Next hop", message["reply"]),
        ("Defects", ", ".join(detail["defects"])),
    ]
    for name, value in rows:
        if value:
            out.print(f"{name:>14}  {plain(value)}")
    out.print("\nEvidence (left speaks for ham, right for spam; log-odds)")
    for piece in detail["contributions"]:
        out.print(bar(piece))
    out.print("\nHistory")
    for step in detail["history"]:
        name = step["state"] if step["what"] == "move" else step["what"]
        out.print(
            f"{when(step['at'])}  {name:<10} {plain(step['actor'])} by {plain(step['channel'])} {plain(step['note'])}"
        )


def request_line(request: dict[str, Any]) -> str:
    """Who asked for a release, why, and what was answered."""
    said = f": {plain(request['text'])}" if request["text"] else ""
    line = f"release asked for by {plain(request['by'])} on {when(request['at'])}{said}"
    if request["state"] == "open":
        return line
    note = f": {plain(request['note'])}" if request["note"] else ""
    return f"{line}; {request['state']} by {plain(request['answered_by'])}{note}"


def judged_by(policies: Sequence[dict[str, Any]]) -> str:
    """The policies that a copy was judged by, with their versions; those of scopes that had chosen nothing are left out."""
    told = [f"{each['scope']} version {each['version']}" for each in policies if each["version"]]
    return ", ".join(told) or ("what is built in" if policies else "")


def bar(piece: dict[str, Any]) -> Text:
    """One signal: a bar to the left (ham) or to the right (spam) of the middle, its weight, its detail."""
    from rich.text import Text  # noqa: PLC0415 - as above

    weight = float(piece["weight"])
    cells = min(_BAR, round(abs(weight) / _FULL * _BAR)) or (1 if weight else 0)
    line = Text(f"{plain(piece['signal']):>22} ")
    line.append(("█" * cells if weight < 0 else "").rjust(_BAR), style="green")
    line.append("│")
    line.append(("█" * cells if weight > 0 else "").ljust(_BAR), style="red")
    line.append(f" {weight:+7.2f}  ")
    line.append(plain(piece["detail"]), style="dim")
    return line


def show_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str = "nothing here"
) -> None:
    """A plain table."""
    from rich.table import Table  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(plain("" if cell is None else cell)) for cell in row))
    out = console()
    out.print(table if table.row_count else empty)
