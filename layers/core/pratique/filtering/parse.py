"""From raw octets to a ParsedMessage. The only user of mail-parser; never raises, whatever the octets are.

Who reads what. The header block is read once, within bounds, by `header_block`. Of its addresses, subject and date those that are written
plainly are read by `plain_fields`, all others by mail-parser, from a message made of those fields alone. The MIME tree is built by the
standard library, on which mail-parser stands as well, and is read leaf by leaf by `body`. mail-parser is kept off the parts, because there
(4.8) it raises on broken multiparts, applies whatever codec a sender names, writes attached messages back to text in quadratic time, and
destroys nameless binary parts; and off the Received fields, which cost it more than all the rest and prove nothing, since senders write
them too.

Three steps down: mail-parser; if it fails the standard library with our own charset table; if the tree fails too, the plain octets.
"""

from __future__ import annotations

import email
import email.policy
import email.utils
import logging
import re
from dataclasses import dataclass
from email.message import Message

import mailparser

from pratique.domain.address import Address, try_address

from .body import Body, read_body
from .charsets import canonical_words, clean, clean_text, decode_text, decode_words, hides
from .header_block import HeaderBlock, read_header_block
from .html_text import find_urls
from .parsed import MAX_ADDRESSES, MAX_DEFECTS, MAX_FIELD, MAX_HTML, MAX_TEXT, ParsedMessage
from .patterns import pattern
from .plain_fields import plain_addresses, plain_date
from .plain_parts import plain_parts
from .working_copy import shallow, working_copy

MAX_SUBJECT = 1_000
"""Characters of a decoded subject."""
MAX_NAME = 200
MAX_ADDRESS_FIELD = 48 * 1024
"""Characters of an address field that are read: about MAX_ADDRESSES addresses."""

_ADDRESS_FIELDS = ("from", "reply-to", "to", "cc")
_BRACKETED = frozenset({*_ADDRESS_FIELDS, "message-id"})
_LEAF_FIELDS = frozenset({"content-type", "content-transfer-encoding", "content-disposition"})
RETURNED_READ = 64 * 1024
"""Octets of a report's body in which the returned message's header is looked for."""
_RETURNED = pattern(r"^message-id:[ \t]*(?:\r?\n[ \t]+)?(<[^<>\s]{3,250}>)", re.IGNORECASE | re.MULTILINE)
_ANGLE = re.compile(r"<\s*([^<>\s]{1,320})\s*>")
_BARE = re.compile(
    r"(?<![^\s<>,;:\"()\[\]])[^\s<>,;:\"()\[\]@]{1,64}@[^\s<>,;:\"()\[\]@]{1,255}(?![^\s<>,;:\"()\[\]])"
)


@dataclass(frozen=True, slots=True)
class _Heading:
    """What the header fields say, decoded."""

    subject: str
    senders: list[tuple[str, str]]
    reply_to: list[tuple[str, str]]
    to: list[tuple[str, str]]
    cc: list[tuple[str, str]]
    date_s: int | None
    defects: tuple[str, ...]


def parse(raw: bytes) -> ParsedMessage:
    """Read a message. Never raises; work and memory beyond `raw` are bounded (see `parsed` and `working_copy`)."""
    block = read_header_block(raw)
    first: dict[str, str] = {}
    fields = block.fields + block.late
    for name, value in fields:
        first.setdefault(name.lower(), value)
    for name in _BRACKETED & first.keys():
        if "&lt;" in first[name]:  # a copy out of a web archive
            first[name] = first[name].replace("&lt;", "<").replace("&gt;", ">")
    heading = _read_heading(first)
    body = _read_tree(raw, block)
    text, html = "\n".join(body.texts), "\n".join(body.pages)
    defects = [*block.defects, *heading.defects, *sorted(body.defects)]
    from_name, from_address = _sender(heading, first.get("from", ""), defects)
    subject = clean(heading.subject)[:MAX_SUBJECT]
    if hides(heading.subject):
        defects.append("hidden-in-subject")
    return ParsedMessage(
        size=len(raw),
        subject=subject,
        from_header=clean(first.get("from", ""))[:MAX_FIELD],
        from_name=from_name,
        from_address=from_address,
        reply_to=next(iter(_addresses(heading.reply_to)), None),
        to=_addresses(heading.to),
        cc=_addresses(heading.cc),
        date=clean(first.get("date", ""))[:MAX_NAME],
        date_s=heading.date_s,
        message_id=clean(first.get("message-id", ""))[:MAX_FIELD],
        headers=tuple((name, value[:MAX_FIELD]) for name, value in fields),
        text=text,
        html=html,
        urls=find_urls(text, html),
        attachments=tuple(body.attachments),
        defects=tuple(dict.fromkeys(defects))[:MAX_DEFECTS],
        body_offset=block.offset,
        leaves=tuple(body.leaves),
        returned_id=_returned(raw, first.get("content-type", ""), block.offset),
    )


def _returned(raw: bytes, content_type: str, offset: int) -> str:
    """The Message-ID of the message that a report (RFC 6522) returns, '' for a message of another kind."""
    if not content_type.lstrip().lower().startswith("multipart/report"):
        return ""
    found = _RETURNED.search(raw[offset : offset + RETURNED_READ].decode("latin-1"))
    return found.group(1) if found else ""


def _read_heading(first: dict[str, str]) -> _Heading:
    lists: dict[str, list[tuple[str, str]]] = {}
    odd = Message()
    for name in _ADDRESS_FIELDS:
        value = first.get(name, "")
        plain = plain_addresses(value[:MAX_ADDRESS_FIELD]) if name in first else []
        if plain is None:
            odd[name] = canonical_words(value[:MAX_ADDRESS_FIELD])
        lists[name] = plain or []
    date = first.get("date", "")
    date_s = plain_date(date)
    if date_s is None and "date" in first:
        odd["date"] = canonical_words(date[:MAX_FIELD])
    subject = first.get("subject", "")[:MAX_FIELD]
    if not (subject.isascii() and subject.isprintable() and "=?" not in subject):
        odd["subject"] = canonical_words(subject)
    defects: tuple[str, ...] = ()
    if odd.keys():
        try:
            subject, date_s, defects = _by_mail_parser(odd, lists, subject, date_s)
        except Exception:  # noqa: BLE001 - a stranger wrote the input; whatever escapes, the message is still read
            return _by_stdlib(first)
    senders, reply_to, to, cc = lists.values()
    return _Heading(subject, senders, reply_to, to, cc, date_s, defects)


def _by_mail_parser(
    odd: Message, lists: dict[str, list[tuple[str, str]]], subject: str, date_s: int | None
) -> tuple[str, int | None, tuple[str, ...]]:
    """Read the fields of `odd` into `lists`; (subject, date, defects), as given where mail-parser has no part in them."""
    log = logging.getLogger("mailparser")
    if log.level <= logging.CRITICAL:  # it logs subjects, which have no place in a log
        log.setLevel(logging.CRITICAL + 1)
    mail = mailparser.MailParser(odd)
    for name, found in zip(_ADDRESS_FIELDS, (mail.from_, mail.reply_to, mail.to, mail.cc), strict=True):
        if name in odd:
            lists[name] = list(found)
    if "subject" in odd:
        subject = mail.subject if isinstance(mail.subject, str) else ""
        subject = decode_words(subject) if "=?" in subject else subject
    if "date" in odd:
        date_s = int(mail.date.timestamp()) if mail.date else None
    defects = [f"{entry['header']}: {entry['reason']}"[:80] for entry in mail.address_header_defects[:10]]
    defects += [f"date: {entry['reason']}"[:80] for entry in mail.date_header_defects[:2]]
    return subject, date_s, tuple(defects)


def _by_stdlib(first: dict[str, str]) -> _Heading:
    def listed(name: str) -> list[tuple[str, str]]:
        value = first.get(name, "")[:MAX_ADDRESS_FIELD]
        return [("", found[0]) for found in _BARE.finditer(value)]

    try:
        date_s: int | None = int(
            email.utils.parsedate_to_datetime(first.get("date", "")[:MAX_NAME]).timestamp()
        )
    except (ValueError, TypeError, OverflowError, IndexError):
        date_s = None
    subject = decode_words(first.get("subject", "")[:MAX_FIELD])
    lists = [listed(name) for name in _ADDRESS_FIELDS]
    return _Heading(subject, [], lists[1], lists[2], lists[3], date_s, ("header-fallback",))


def _addresses(pairs: list[tuple[str, str]]) -> tuple[Address, ...]:
    found: dict[Address, None] = {}
    for _, text in pairs[:MAX_ADDRESSES]:
        address = try_address(text)
        if address is not None:
            found.setdefault(address)
    return tuple(found)


def _sender(heading: _Heading, raw_from: str, defects: list[str]) -> tuple[str, Address | None]:
    """(display name, address) of From. Where mail-parser finds nobody: the last address in angle brackets (which is what mail readers
    reply to), else the first thing with an @.
    """
    for name, text in heading.senders:
        address = try_address(text)
        if address is not None:
            if len(heading.senders) > 1:
                defects.append("several-senders")
            return clean(decode_words(name))[:MAX_NAME], address
    if not raw_from:
        return "", None
    defects.append("malformed-from")
    value = raw_from[:MAX_FIELD]
    for candidate in [*reversed(_ANGLE.findall(value)), *_BARE.findall(value)]:
        address = try_address(candidate)
        if (
            address is not None and "@" not in address.local
        ):  # two @: whose address it is depends on who reads it
            name = value.partition("<")[0] if "<" in value else ""
            return clean(decode_words(name)).strip("\" '")[:MAX_NAME], address
    return clean(decode_words(value)).strip("\" '")[:MAX_NAME], None


def _read_tree(raw: bytes, block: HeaderBlock) -> Body:
    copy, defects = working_copy(raw, block.offset)
    masked = False
    try:
        message = Message()
        for name, value in block.fields:
            if name.lower() in _LEAF_FIELDS:
                message[name] = value[:MAX_FIELD]
        if message.get_content_maintype() in ("multipart", "message"):
            document, masked = shallow(block.mime + b"\n" + copy)
            text = document[len(block.mime) + 1 :].decode("ascii", "surrogateescape")
            if masked or message.get_content_maintype() == "message" or not plain_parts(message, text):
                message = email.message_from_bytes(document, policy=email.policy.compat32)
        else:  # one leaf needs no search for parts
            message.set_payload(copy.decode("ascii", "surrogateescape"))
        body = read_body(message, cut="cut" in defects)
    except Exception:  # noqa: BLE001 - as above: a tree that cannot be read is read as plain text
        body = _by_octets(copy)
    body.defects.update(defects, {"too-deep"} if masked else ())
    return body


def _by_octets(copy: bytes) -> Body:
    text = clean_text(decode_text(copy[: MAX_TEXT * 2], "")[0])
    page = "<html" in text[:MAX_HTML].lower()
    return Body(
        texts=[] if page else [text[:MAX_TEXT]],
        pages=[text[:MAX_HTML]] if page else [],
        defects={"body-fallback"},
    )
