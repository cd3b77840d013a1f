"""Programs that give themselves away: a message that names a mail program and does not look as that program's messages do.

Each known program writes its Message-ID in a form of its own, and the Microsoft ones come with fields of their own. Software that sends in
bulk borrows the names and seldom gets all the forms right. The forms below were read off real mail.
"""

from __future__ import annotations

import re

from pratique.domain.envelope import Receipt
from pratique.domain.verdict import Contribution

from ..contributions import found
from ..parsed import ParsedMessage
from ..patterns import pattern

MEANINGS = {
    "mailer:forged-id": "names a mail program whose Message-IDs look otherwise",
    "mailer:forged-boundary": "names a mail program whose MIME boundaries look otherwise",
    "mailer:no-mimeole": "names a Microsoft program, without the field X-MimeOLE",
    "mailer:priority-alone": "X-MSMail-Priority or X-Priority without a mail program that writes it",
    "mailer:consistent": "the Message-ID is of the form of the named mail program",
    "mailer:two-names": "names two mail programs",
    "mailer:script": "sent by a script on a web server",
    "mailer:bulk": "sent by a program for sending in bulk",
    "mailer:odd": "a mail program's name that is no name",
    "mailer:old": "a mail program of twenty years ago",
    "mailer:urgent": "marked as urgent",
}
_OUTLOOK = (
    r"<[0-9a-f]{8,12}\$[0-9a-f]{8}\$[0-9a-f]{8}@|<[A-P]{28}\.|<![~!]|<[0-9A-F]{20,}|<\w{4,60}@\S{0,60}(?:outlook|exchange|prod)"
    r"|<[0-9A-Z]{16,}@"
)
_FORMS: tuple[tuple[str, str, str], ...] = (
    ("microsoft outlook", _OUTLOOK, r"-{4}=?_?(?:=_)?nextpart_"),
    ("microsoft cdo", r"<[0-9A-Za-z]{16,}\$?", r"-{4}=_nextpart_"),
    ("the bat!", r"<\d{5,12}\.\d{14}@", r"-{10}[0-9a-f]{10,}"),
    ("qualcomm windows eudora", r"<\d\.\d(?:\.\d{1,2}){0,3}\.\d{14}\.[0-9a-f]{8}@|<p[0-9a-f]{10}", r"={21}_\d+==_|={21}"),
    ("eudora", r"<\d\.\d(?:\.\d{1,2}){0,3}\.\d{14}\.[0-9a-f]{8}@|<[pa]\d?[0-9a-f]{8,}|<v0", ""),
    ("mozilla/5.0", r"<[0-9A-F]{6,8}\.\d{5,7}@|<[0-9a-f]{8}-[0-9a-f]{4}-", r"-{12}[0-9a-z]{18,}"),
    ("mozilla 4", r"<[0-9A-F]{6,8}\.[0-9A-F]{1,8}@", r"-{12,16}[0-9a-z]{10,}"),
    ("mutt", r"<(?:19|20)\d{12}\.\S+@|<[A-Za-z0-9+/_=-]{14,20}@", ""),
    ("kmail", r"<20\d{10}\.\d+\.|<\d{6,}\.\S+@", r"boundary-0|nextpart"),
    ("ximian evolution", r"<\d{9,10}\.\d+\.\d+\.camel@", r"=-\S{20}"),
    ("evolution", r"<[0-9a-f]{9,40}\S{0,30}camel@", r"=-\S{20}"),
    ("apple mail", r"<[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-", r"apple-mail[-=_]"),
    ("gnus", r"<\S{6,40}\.(?:fsf|gmane|xemacs)?\S{0,60}@", ""),
    ("internet mail service", r"<[0-9A-F]{20,}", r"-{4}_=_nextpart_"),
    ("microsoft exchange", r"<[0-9A-F]{20,}|<c=", r"-{4}_=_nextpart_"),
    ("aol ", r"<[0-9a-f.]{8,40}@aol\.com>", r"part\d|-{4}"),
    ("iphone mail", r"<[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-", r"apple-mail-"),
)  # fmt: skip
_KNOWN = tuple((name, pattern(form), pattern(edge) if edge else None) for name, form, edge in _FORMS)
_BY_SERVER = pattern(
    r"<(?:\d{12,14}\.[A-Za-z]{2,3}\d{3,8}|\d{12,14}\.[A-Za-z0-9]{6,16}|E[0-9A-Za-z]{6}-[0-9A-Za-z]{6}-[0-9A-Za-z]{2}"
    r"|\d{14}\.\d+\.qmail|0[A-Z0-9]{6,20})@"
)
"""Servers give an identifier to a message that comes without one; then nothing is proven of the program."""
_BOUNDARY = pattern(r"boundary\s{0,3}=\s{0,3}\"?([^\";\s]{1,80})", re.IGNORECASE)
_BULK = pattern(
    r"group ?mail|massmail|mass ?mailer|bulk|e-?mail ?magnet|prospect|dynamailer|mailking|stormpost|mailloop|fastmailer"
    r"|extractor|dmailer|ezmailer",
    re.IGNORECASE,
)
_SCRIPT = pattern(r"php|perl|cgi|asp|wordpress|drupal|swiftmailer|nodemailer|python", re.IGNORECASE)
_ODD = pattern(r"^[a-z]{6,}$|^[^\w\[]|^.{0,2}$|^(?=.*\d)[a-z0-9]{12,}$")
_OLD = pattern(
    r"outlook express [56]|outlook, build 1|outlook imo|aol [2-9]\.0|eudora[^/]* [3-6]|mozilla 4|foxmail|the bat! \(v?[12]|qualcomm"
    r"|internet mail service|calypso|pegasus",
    re.IGNORECASE,
)
RECENT_S = 1_300_000_000
"""March 2011: a message that names a program of the years before and is dated after this is odd."""


def evidence(parsed: ParsedMessage, receipt: Receipt) -> list[Contribution]:  # noqa: ARG001 - one form for all signals
    """Looks at X-Mailer and User-Agent, the Message-ID, the boundary, and the fields that Microsoft's programs add."""
    names = parsed.by_name
    agent = parsed.header("user-agent")
    mailer = parsed.header("x-mailer") or agent
    result = []
    low = mailer[:200].lower()
    if low:
        result += _form(parsed, low)
        if _BULK.search(low):
            result.append(found("mailer:bulk", mailer))
        elif _SCRIPT.search(low):
            result.append(found("mailer:script", mailer))
        elif _ODD.search(low):
            result.append(found("mailer:odd", mailer))
        if (parsed.date_s or 0) > RECENT_S and _OLD.search(low):
            result.append(found("mailer:old", mailer))
        if agent and "x-mailer" in names:
            result.append(found("mailer:two-names", f"{agent} and {mailer}"))
    if not low.startswith(("php", "wordpress")) and (
        "x-php-originating-script" in names or "x-php-script" in names
    ):
        result.append(found("mailer:script", "X-PHP-Originating-Script"))
    if "x-mimeole" not in names:
        if low.startswith("microsoft outlook express"):
            result.append(found("mailer:no-mimeole", mailer))
        elif "x-msmail-priority" in names or ("x-priority" in names and not low):
            result.append(found("mailer:priority-alone"))
    if parsed.header("x-priority")[:1] in {"1", "2"} or parsed.header("importance").lower() == "high":
        result.append(found("mailer:urgent"))
    return list({item.signal: item for item in result}.values())


def _form(parsed: ParsedMessage, low: str) -> list[Contribution]:
    for name, form, edge in _KNOWN:
        if not low.startswith(name) and not (name == "gnus" and low.startswith("gnus/")):
            continue
        result = []
        # A list or a gateway may have put an identifier of its own in its place; then nothing is proven.
        if form.match(parsed.message_id):
            result.append(found("mailer:consistent", low))
        elif parsed.message_id and not parsed.is_list and not _BY_SERVER.match(parsed.message_id):
            result.append(found("mailer:forged-id", f"{low[:40]}: {parsed.message_id}"))
        boundary = _BOUNDARY.search(parsed.header("content-type")) if edge else None
        if edge and boundary and not parsed.is_list and not edge.match(boundary[1].lower()):
            result.append(found("mailer:forged-boundary", f"{low[:40]}: {boundary[1]}"))
        return result
    return []
