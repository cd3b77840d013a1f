"""The laptop's own pages beside the panel. Mail is shown as text: every character of it is escaped, no HTML of a stranger is ever rendered."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from html import escape

from local.sink import Delivered

STYLE = """
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #8884; vertical-align: top; overflow-wrap: anywhere }
td { min-width: 8rem } td.whole { min-width: 0; white-space: nowrap }
pre { overflow-x: auto; padding: 1rem; background: #8881; white-space: pre-wrap; overflow-wrap: anywhere }
code { background: #8881; padding: .1rem .3rem }
"""
MAX_SHOWN = 256 * 1024
"""Octets of a message that its page shows; the whole is at `/sink/<name>/raw`."""
LISTED = 200


@dataclass(frozen=True, slots=True)
class Facts:
    """What the first page tells."""

    smtp: int
    sink: int
    http: int
    emulator: str
    state: str
    imap: int = 0
    imaps: int = 0
    """0 where there is no certificate."""


def page(title: str, body: str) -> bytes:
    """A whole page; `body` is HTML that this module made."""
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="/where/style.css"><h1>{escape(title)}</h1>{body}'
    ).encode("utf-8", "replace")


def home(facts: Facts, delivered: int) -> bytes:
    """What runs where, and what to do next."""
    state = escape(facts.state)
    return page(
        "Pratique on this laptop",
        f"""<p>The project's own <code>template.yaml</code> runs here on an embedded AWS emulator. Nothing leaves this machine.</p>
<table>
<tr><th>what<th>where
<tr><td>Mail in (SMTP)<td><code>127.0.0.1:{facts.smtp}</code>: any sender, any recipient
<tr><td>Mail clients (IMAP)<td><code>127.0.0.1:{facts.imap}</code> (STARTTLS or none){_imaps(facts)}; logins and passwords:
<code>{state}/imap-logins</code>
<tr><td>HTTP API<td><code>http://127.0.0.1:{facts.http}/v1/</code>, described at <a href="/v1/openapi.json">/v1/openapi.json</a>
<tr><td>Mail out: the <a href="/sink/">sink</a> mailbox<td><code>127.0.0.1:{facts.sink}</code> and the Maildir <code>{state}/sink</code>;
{delivered} messages
<tr><td>The operator's token<td><code>{state}/token</code>
<tr><td>Logs<td><code>{state}/log/</code>; the functions' own lines in <code>functions.log</code>
<tr><td>The emulator<td><code>{escape(facts.emulator)}</code>
</table>
<h2>Next</h2>
<pre>
. .venv/bin/activate
pratique send --to you@example.org message.eml   # as mail
pratique list                                    # what is held
pratique show ID                                 # why
pratique release ID --train                      # let it go, and teach the filter
</pre>""",
    )


def _imaps(facts: Facts) -> str:
    return f", <code>127.0.0.1:{facts.imaps}</code> (TLS, self-signed)" if facts.imaps else ""


def mailbox(delivered: Iterable[Delivered], total: int) -> bytes:
    """The list of what was delivered."""
    rows = "".join(
        f"<tr><td class=whole>{time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(each.at))}<td>{escape(each.recipient)}"
        f'<td>{escape(each.sender)}<td><a href="/sink/{escape(each.name)}">{escape(each.subject) or "(no subject)"}</a>'
        f"<td class=whole>{each.size:,}"
        for each in delivered
    )
    shown = f"<p>{total} messages" + (f", the newest {LISTED} of them here" if total > LISTED else "")
    return page(
        "Delivered mail",
        f'{shown} · <a href="/">back</a></p><table><tr><th>when<th>to<th>from<th>subject<th class=whole>octets{rows}</table>',
    )


def message(name: str, data: bytes) -> bytes:
    """One message, as text."""
    cut = f"<p>The first {MAX_SHOWN:,} of {len(data):,} octets.</p>" if len(data) > MAX_SHOWN else ""
    parts = "".join(f"<h2>{escape(kind)}</h2><pre>{escape(text)}</pre>" for kind, text in _texts(data))
    source = escape(data[:MAX_SHOWN].decode("utf-8", "replace"))
    return page(
        "A delivered message",
        f'<p><a href="/sink/">back</a> · <a href="/sink/{escape(name)}/raw">as a file</a></p>{cut}{parts}<h2>Source</h2><pre>{source}</pre>',
    )


def _texts(data: bytes) -> list[tuple[str, str]]:
    """The decoded text parts of a small and plain message; none where the standard parser has trouble."""
    if len(data) > MAX_SHOWN:
        return []
    try:
        parsed = BytesParser().parsebytes(data)
        return [
            (part.get_content_type(), _decoded(part))
            for part in parsed.walk()
            if part.get_content_maintype() == "text"
        ][:10]
    except Exception:  # noqa: BLE001 - hostile mail raises anything; its source is shown all the same
        return []


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
