"""One page that needs nothing else: figures as tables, pictures inside it."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from cli.evaluate import show
from cli.evaluate.report import Report

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; background: #fff; }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2rem }
table { border-collapse: collapse; margin: .7rem 0 } th, td { text-align: left; padding: .2rem .9rem .2rem 0; border-bottom: 1px solid #ddd }
td + td, th + th { font-variant-numeric: tabular-nums } img { max-width: 100%; height: auto } figcaption, .note { color: #555 }
@media (prefers-color-scheme: dark) { body { color: #ddd; background: #16181c } th, td { border-color: #333 } img { background: #fff }
figcaption, .note { color: #aaa } }
"""
CAPTIONS = {
    "roc": "Ham misclassified against spam missed, on logarithmic axes as TREC draws them: nearer to the lower left is better.",
    "calibration": "Among messages with this score, how many were spam. On the diagonal a score means what it says.",
    "learning": "1-ROCA % of everything judged so far.",
    "after": "1-ROCA % of all later mail when learning stops after so many lessons.",
    "scores": "How the scores of ham and spam are spread.",
}


def page(made: Report, drawn: Mapping[str, bytes]) -> str:
    """The page. `drawn` holds PNG pictures by name. Everything that came from outside is escaped."""
    parts = show.columns(made)
    names = [part["configuration"] for part in parts]
    body = [
        f"<h1>Pratique on {escape(printable(made['mail']))}</h1>",
        f"<p>{escape(printable(show.heading(made)))}</p>",
        _table(("", *names), ((title, *cells) for title, cells in show.figures(made))),
        *(f'<p class="note">{escape(note)}</p>' for note in made["notes"]),
    ]
    for name, png in drawn.items():
        source = base64.b64encode(png).decode()
        caption = escape(CAPTIONS[name])
        body.append(
            f'<figure><img alt="{caption}" src="data:image/png;base64,{source}"><figcaption>{caption}</figcaption></figure>'
        )
    for part in parts:
        whose = f": {part['configuration']}" if len(parts) > 1 else ""
        for title, heads, rows in show.sections(part):
            if rows:
                body += [f"<h2>{escape(printable(title.capitalize() + whose))}</h2>", _table(heads, rows)]
    heads, rows = show.others_beside(made)
    if rows:
        body += ["<h2>Beside</h2>", _table(heads, rows)]
    if made["skipped"]:
        body += ["<h2>Left out</h2>", _table(("reason", "messages"), made["skipped"].items())]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Pratique on {escape(printable(made['mail']))}</title><style>{STYLE}</style></head>\n<body>\n"
        + "\n".join(body)
        + f'\n<p class="note">Pratique {escape(made["version"])}</p>\n</body></html>\n'
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    head = "".join(f"<th>{escape(printable(each))}</th>" for each in heads)
    lines = ("".join(f"<td>{escape(printable(each))}</td>" for each in row) for row in rows)
    return f"<table><tr>{head}</tr>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"


def printable(text: object) -> str:
    """Text that is UTF-8: a file's name may not be."""
    return str(text).encode("utf-8", "replace").decode()
