"""ENVELOPE, BODY and BODYSTRUCTURE in the octets of the IMAP protocol (RFC 3501, 7.4.2 and 9).

A string is quoted where the grammar allows it, else a literal: line ends and 8-bit octets never stand in quotes. Encoded words stay as they
are (RFC 3501 leaves them to the client). Under UTF8=ACCEPT 8-bit text that is UTF-8 may be quoted (RFC 6855, 3): `as_utf8`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from .addresses import Address, read_addresses
from .fields import Params, one_line, one_space, read_encoding, read_languages, read_token, value_of
from .lexer import NUL_SHOWN
from .parts import Kind, Part

NIL = b"NIL"
_NOT_QUOTABLE = re.compile(rb'[\0\r\n\x80-\xff"\\]')
_NEVER_QUOTED = re.compile(rb"[\0\r\n\x80-\xff]")
_SPECIAL = re.compile(rb'(["\\])')
MAX_ESCAPES = 4
"""Quotes and backslashes up to which a quoted string is shorter than a literal."""

_PLAIN = b'"text" "plain" ("charset" "us-ascii") NIL NIL "7bit"'
_NO_PART = _PLAIN + b" 0 0"
_ADDRESS_FIELDS = (b"from", b"sender", b"reply-to", b"to", b"cc", b"bcc")
_WORDS = frozenset((b"date", b"subject", b"in-reply-to", b"message-id", *_ADDRESS_FIELDS))


def string(value: bytes) -> bytes:
    """`string`: quoted if it may be, else a literal. A NUL, which no string can carry, becomes U+FFFD."""
    if _NOT_QUOTABLE.search(value) is None:
        return b'"' + value + b'"'
    if b"\0" in value:
        value = value.replace(b"\0", NUL_SHOWN)
    if _NEVER_QUOTED.search(value) is None:
        escaped, count = _SPECIAL.subn(rb"\\\1", value)
        if count <= MAX_ESCAPES:
            return b'"' + escaped + b'"'
    return b"{%d}\r\n%s" % (len(value), value)


def nstring(value: bytes | None) -> bytes:
    """`nstring`: NIL for None."""
    return NIL if value is None else string(value)


def _line(value: bytes | None) -> bytes:
    return NIL if value is None else string(one_line(value_of(value)))


def _addresses(found: list[Address]) -> bytes:
    if not found:
        return NIL
    return b"(" + b"".join([_address(*one) for one in found]) + b")"


def _address(name: bytes | None, route: bytes | None, mailbox: bytes | None, domain: bytes | None) -> bytes:
    shown = NIL if name is None else string(one_space(name))
    return b"(%s %s %s %s)" % (shown, nstring(route), nstring(mailbox), nstring(domain))


def envelope(fields: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The envelope in its parentheses. An address field that comes twice counts as one; of any other the last one is shown.

    Sender and Reply-To are From's where the message says none (RFC 3501, 7.4.2).
    """
    texts: dict[bytes, bytes] = {}
    addresses: dict[bytes, list[Address]] = {}
    for name, value in fields:
        if name not in _WORDS:
            continue
        if name in _ADDRESS_FIELDS:
            addresses.setdefault(name, []).extend(read_addresses(value_of(value)))
        else:
            texts[name] = value
    subject = texts.get(b"subject")
    shown = {name: _addresses(addresses.get(name, [])) for name in _ADDRESS_FIELDS}
    sender = shown[b"from"]
    return b"(%s %s %s %s %s %s %s %s %s %s)" % (
        _line(texts.get(b"date")),
        NIL if subject is None else string(one_space(value_of(subject))),
        sender,
        shown[b"sender"] if shown[b"sender"] != NIL else sender,
        shown[b"reply-to"] if shown[b"reply-to"] != NIL else sender,
        shown[b"to"],
        shown[b"cc"],
        shown[b"bcc"],
        _line(texts.get(b"in-reply-to")),
        _line(texts.get(b"message-id")),
    )


def _params(params: Params, *, charset: bool = False) -> bytes:
    words = [word for pair in params for word in pair]
    if charset and not any(name.lower() == b"charset" for name, _ in params):
        words += [b"charset", b"us-ascii"]
    return b"(" + b" ".join([string(word) for word in words]) + b")" if words else NIL


class _Described:
    """What a part's Content-* fields say of it; nothing where the part is not MIME (RFC 2045, 4)."""

    __slots__ = (
        "description",
        "disposition",
        "encoding",
        "identity",
        "languages",
        "location",
        "md5",
        "params",
    )

    def __init__(self, part: Part) -> None:
        self.identity: bytes | None = None
        self.description: bytes | None = None
        self.md5: bytes | None = None
        self.location: bytes | None = None
        self.encoding = b""
        self.languages: tuple[bytes, ...] = ()
        self.disposition: bytes | None = None
        self.params: Params = ()
        if part.is_mime:
            for name, value in part.fields:
                if name.startswith(b"content-"):
                    self._take(name, value)

    def _take(self, name: bytes, value: bytes) -> None:
        if name == b"content-transfer-encoding":
            self.encoding = self.encoding or read_encoding(value_of(value))
        elif name == b"content-disposition":
            if not self.params:
                self.disposition, self.params = read_token(value_of(value))
        elif name == b"content-id":
            self.identity = value if self.identity is None else self.identity
        elif name == b"content-description":
            self.description = value if self.description is None else self.description
        elif name == b"content-language":
            self.languages = self.languages or read_languages(value_of(value))
        elif name == b"content-location":
            self.location = value if self.location is None else self.location
        elif name == b"content-md5":
            self.md5 = value if self.md5 is None else self.md5

    def extension(self) -> bytes:
        """body-fld-dsp, body-fld-lang, body-fld-loc."""
        shown = (
            NIL if self.disposition is None else b"(%s %s)" % (string(self.disposition), _params(self.params))
        )
        tags = b"(" + b" ".join([string(tag) for tag in self.languages]) + b")" if self.languages else NIL
        return b"%s %s %s" % (shown, tags, _line(self.location))


def structures(part: Part) -> tuple[bytes, bytes]:
    """(BODY, BODYSTRUCTURE) of a part, each in its parentheses."""
    said = _Described(part)
    if part.kind is Kind.MULTIPART:
        below = [structures(child) for child in part.children] or [
            (b"(%s)" % _NO_PART, b"(%s NIL NIL NIL NIL)" % _NO_PART)
        ]
        short = b"".join([one[0] for one in below]) + b" " + string(part.minor)
        full = b"".join([one[1] for one in below]) + b" " + string(part.minor)
        return b"(%s)" % short, b"(%s %s %s)" % (full, _params(part.params), said.extension())
    if part.start == 0 and _is_plain(part, said):
        head = b"%s %d" % (_PLAIN, part.end - part.body)
    else:
        head = b"%s %s %s %s %s %d" % (
            _type(part),
            _params(part.params, charset=part.kind is Kind.TEXT),
            _line(said.identity),
            _line(said.description),
            string(said.encoding or b"7bit"),
            part.end - part.body,
        )
    tail = b"%s %s" % (_line(said.md5), said.extension())
    if part.kind is Kind.MESSAGE:
        short, full = structures(part.children[0])
        inner = envelope(part.children[0].fields)
        return b"(%s %s %s %d)" % (head, inner, short, part.lines), b"(%s %s %s %d %s)" % (
            head,
            inner,
            full,
            part.lines,
            tail,
        )
    if part.kind is Kind.TEXT:
        head += b" %d" % part.lines
    return b"(%s)" % head, b"(%s %s)" % (head, tail)


def _is_plain(part: Part, said: _Described) -> bool:
    """Whether a message says nothing but what holds without MIME (RFC 2045, 5.2): shown in one way, however it is written."""
    params = [(name.lower(), value.lower()) for name, value in part.params]
    return (
        part.kind is Kind.TEXT
        and (part.major + part.minor).lower() in (b"", b"textplain")
        and params in ([], [(b"charset", b"us-ascii")])
        and said.encoding.lower() in (b"", b"7bit")
        and not said.languages
        and (said.identity, said.description, said.md5, said.location, said.disposition) == (None,) * 5
    )


def _type(part: Part) -> bytes:
    if part.kind is Kind.MESSAGE:
        return b'"message" "rfc822"'
    if not part.major:
        return b'"text" "plain"' if part.kind is Kind.TEXT else b'"application" "octet-stream"'
    if part.kind is Kind.OTHER and (
        part.major.lower() == b"multipart" or (part.major + part.minor).lower() == b"messagerfc822"
    ):
        return b'"application" "octet-stream"'  # what lies deeper than MAX_DEPTH
    return b"%s %s" % (string(part.major), string(part.minor))


_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|\{(\d+)\}\r\n')


def as_utf8(rendered: bytes) -> bytes:
    """The same for a client that asked for UTF8=ACCEPT: literals that are UTF-8 without line ends become quoted strings."""
    if rendered.isascii():
        return rendered
    out, place = [], 0
    while (found := _TOKEN.search(rendered, place)) is not None:
        place_before, place = place, found.end()
        if found[1] is None:
            out.append(rendered[place_before:place])
            continue
        size = int(found[1])
        value = rendered[place : place + size]
        place += size
        out += [rendered[place_before : found.start()], _utf8(value)]
    return b"".join(out) + rendered[place:]


def _utf8(value: bytes) -> bytes:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return b"{%d}\r\n%s" % (len(value), value)
    if b"\r" in value or b"\n" in value:
        return b"{%d}\r\n%s" % (len(value), value)
    return b'"' + _SPECIAL.sub(rb"\\\1", value) + b'"'
