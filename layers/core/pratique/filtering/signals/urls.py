"""Links that hide where they lead."""

from __future__ import annotations

import re

from pratique.domain.envelope import Receipt
from pratique.domain.verdict import Contribution

from ..contributions import contribution
from ..html_text import anchors
from ..organisation import related
from ..parsed import ParsedMessage
from ..wordlist import words

_HOST = re.compile(
    r"(?i)^[a-z][a-z0-9+.-]{0,10}://(?:([^/@?#]{0,300})@)?(\[[0-9a-f:.]{2,45}\]|[^/:?#]{1,255})(?::(\d{1,5}))?"
)
_IP = re.compile(r"^(?:\d{1,3}(?:\.\d{1,3}){3}|0x[0-9a-f]{8}|\d{8,10}|\[[0-9a-f:.]+\])$", re.I)
_SHOWN = re.compile(r"(?i)^(?:https?://)?((?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,18})(?:[/:?#]\S*)?$")
_ESCAPED_HOST = re.compile(r"(?i)^https?://[^/?#]*%[0-9a-f]{2}")
_PROGRAM = re.compile(
    r"(?i)^[^?#]{1,500}\.(?:exe|scr|pif|com|bat|cmd|msi|js|vbs|hta|iso|img|apk|jar|lnk)(?:[?#]|$)"
)
SHORTENERS = words(
    "bit.ly tinyurl.com goo.gl t.co is.gd ow.ly buff.ly cutt.ly rb.gy shorturl.at tiny.cc rebrand.ly bl.ink s.id t.ly lnkd.in"
)
_ORDINARY_PORTS = {"80", "443", "8080", "8443"}
_TRACKED = words("click clicks link links track tracking email mail go url e t")


def evidence(parsed: ParsedMessage, receipt: Receipt) -> list[Contribution]:  # noqa: ARG001 - one form for all signals
    """At most one contribution of each kind, however many links show it."""
    found: dict[str, Contribution] = {}
    for url in parsed.urls:
        parts = _HOST.match(url)
        if parts is None:
            continue
        user, host, port = parts[1], parts[2].lower(), parts[3]
        if _IP.match(host):
            found.setdefault("ip", contribution("url:ip", 1.8, host))
        if "xn--" in host:
            found.setdefault("idn", contribution("url:punycode", 0.8, host))
        if user is not None:
            found.setdefault("user", contribution("url:user", 1.5, f"a name before the host {host}"))
        if port and port not in _ORDINARY_PORTS and not _IP.match(host):
            found.setdefault("port", contribution("url:port", 0.4, f"{host}:{port}"))
        if host in SHORTENERS:
            found.setdefault("short", contribution("url:shortener", 0.3, host))
        if _ESCAPED_HOST.match(url):
            found.setdefault("escaped", contribution("url:escaped", 1.3, "an escaped host name"))
        if host.count(".") and _PROGRAM.match(url[len(parts[0]) :]):
            found.setdefault("program", contribution("url:program", 1.0, url))
    return [*found.values(), *_mismatch(parsed)]


def _mismatch(parsed: ParsedMessage) -> list[Contribution]:
    for target, shown in anchors(parsed.html) if parsed.html else ():
        promised = _SHOWN.match(shown)
        real = _HOST.match(target)
        if promised is None or real is None:
            continue
        host = real[2].lower()
        # A newsletter's click counter leads elsewhere first; its host says so.
        if not related(promised[1], host) and host.partition(".")[0] not in _TRACKED:
            return [contribution("url:mismatch", 0.9, f"shows {promised[1]}, leads to {host}")]
    return []
