"""The pages behind a digest's links: one small document each, without script and without anything from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import escape

from pratique.usecases.digests.markup import SANS, Filled, Html
from pratique.usecases.digests.plain import unlinked

_STYLE = f"""
:root{{color-scheme:light dark;--bg:#f3f4f6;--card:#fff;--ink:#1c2128;--soft:#5b6672;--rule:#dfe3e8;--go:#1f5f8f;--note:#e7f4ec;--noted:#1d5a3a}}
@media (prefers-color-scheme:dark){{:root{{--bg:#16191d;--card:#20242a;--ink:#e8eaed;--soft:#aab2bd;--rule:#343a42;--go:#2f6f9f;
--note:#1b2f28;--noted:#bfe3cf}}}}
*{{box-sizing:border-box}}
body{{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 {SANS}}}
main{{max-width:34rem;margin:8vh auto;padding:1.75rem 2rem;background:var(--card);border:1px solid var(--rule);border-radius:10px}}
@media (max-width:36rem){{main{{margin:0;min-height:100vh;border:0;border-radius:0;padding:1.5rem 1.25rem}}}}
small{{color:var(--soft);font-size:.85rem}}
h1{{font-size:1.3rem;line-height:1.35;margin:.25rem 0 1rem;font-weight:600}}
ul{{list-style:none;margin:0 0 1.25rem;padding:0}}
li{{border-top:1px solid var(--rule);padding:.7rem 0;overflow-wrap:anywhere}}
li:last-child{{border-bottom:1px solid var(--rule)}}
b{{display:block;font-weight:600}}
li span{{display:block;color:var(--soft);font-size:.88rem}}
p{{margin:0 0 1rem}}
.soft{{color:var(--soft);font-size:.92rem}}
.note{{background:var(--note);color:var(--noted);border-radius:6px;padding:.7rem .9rem}}
form{{margin:0 0 1.25rem}}
button{{font:inherit;font-weight:600;min-height:46px;padding:.55rem 1.4rem;border-radius:6px;border:1px solid var(--go);
background:var(--go);color:#fff;cursor:pointer}}
button.back{{background:none;color:inherit;border-color:var(--soft);font-weight:400}}
button:focus-visible{{outline:3px solid var(--ink);outline-offset:2px}}
"""
_PAGE = Filled(
    '<!DOCTYPE html>\n<html lang="$lang"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
    '<meta name="robots" content="noindex,nofollow"><meta name="referrer" content="no-referrer"><title>$title</title><style>$style</style></head>'
    "<body><main><small>$brand</small><h1>$title</h1>$body</main></body></html>\n"
)
_ITEM = Filled('<li><b dir="auto">$subject</b><span dir="auto">$sender</span><span>$meta</span></li>')
_FORM = Filled(
    '<form method="post" action="$action"><button class="$kind" type="submit">$label</button></form>'
)
_P = Filled('<p class="$kind">$text</p>')
FEW = 2
"""Messages that leave the button in sight."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as a page shows it; texts that are safe to show."""

    subject: str
    sender: str
    meta: str


@dataclass(frozen=True, slots=True)
class Form:
    """A button that posts to a path."""

    action: str
    label: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `note` is what has happened, `soft` what is said besides."""

    language: str
    brand: str
    title: str
    items: Sequence[Shown] = ()
    note: str = ""
    forms: Sequence[Form] = ()
    soft: Sequence[str] = ()


def as_html(page: Page) -> str:
    """The document. Where there are many messages, the button comes before them: it must not be below what a phone shows."""
    note = _P.fill(kind="note", text=page.note) if page.note else ""
    forms = "".join(_FORM.fill(action=form.action, kind=form.kind, label=form.label) for form in page.forms)
    soft = "".join(_P.fill(kind="soft", text=text) for text in page.soft if text)
    items = _items(page.items)
    parts = [note, forms, items, soft] if len(page.items) > FEW else [note, items, forms, soft]
    return _PAGE.fill(
        lang=page.language,
        title=page.title,
        brand=page.brand,
        style=Html(_STYLE),
        body=Html("".join(parts)),
    )


def _items(items: Sequence[Shown]) -> str:
    shown = "".join(
        _ITEM.fill(
            subject=Html(escape(unlinked(item.subject))),
            sender=Html(escape(unlinked(item.sender))),
            meta=item.meta,
        )
        for item in items
    )
    return f"<ul>{shown}</ul>" if shown else ""


@cache
def policy() -> str:
    """The Content-Security-Policy: this style sheet, forms to ourselves, and nothing else (CSP level 3, hash-source)."""
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
