"""Text and attachments out of a MIME tree, leaf by leaf, decoding no more than is kept.

The tree is the standard library's compat32 one. A part's declared type and charset are read first and then taken off it, because
`get_payload` would apply the charset by Python's registry, where a sender can name codecs that raise or take seconds.
"""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass, field
from email.message import Message
from urllib.parse import unquote_to_bytes

from .charsets import clean, clean_text, decode_text, decode_words, hides, lenient_base64
from .file_kinds import HEAD, first_member, kind_of
from .inside import Budget, Inside, look_inside, wants_content
from .parsed import (
    MAX_ATTACHMENTS,
    MAX_FIELD,
    MAX_HTML,
    MAX_LEAVES,
    MAX_PARTS,
    MAX_TEXT,
    Attachment,
    Leaf,
)
from .working_copy import CUT_MARK, MAX_PARAMETERS, shallow, working_copy

MAX_NESTED = 3
"""How many base64-encoded messages inside one another are opened."""
MAX_FILENAME = 200

_TOKEN = re.compile(r"\s*([a-z0-9-]+)")
_UUENCODE = re.compile(r"(?m)^begin [0-7]{3,4} ([^\r\n]{1,200})\r?\n[M-_ -`][ -`]{0,90}\r?\n")
_PLAIN_NAME = re.compile(r"(?i)name\*?\d*\*?\s*=\s*\"?(?:[^'\";]{0,60}'[^'\";]{0,20}')?([^\";]{1,400})")


@dataclass(slots=True)
class Body:
    """What the walk has gathered so far."""

    cut: bool = False
    texts: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    defects: set[str] = field(default_factory=set)
    text_room: int = MAX_TEXT
    page_room: int = MAX_HTML
    parts: int = 0
    leaves: list[Leaf] = field(default_factory=list)
    budget: Budget = field(default_factory=Budget)


def read_body(message: Message, *, cut: bool) -> Body:
    """Read all leaves of `message`; `cut` says that it was made from a shortened copy. Raises nothing but what a broken tree raises."""
    body = Body(cut=cut)
    _walk(message, body, MAX_NESTED)
    return body


def _walk(message: Message, body: Body, nested: int) -> None:
    for part in message.walk():
        body.parts += 1
        if body.parts > MAX_PARTS:
            body.defects.add("too-many-parts")
            return
        for defect in part.defects[:10]:
            body.defects.add(_defect_word(type(defect).__name__))
        if not part.is_multipart():
            _leaf(part, body, nested)
        elif _encoding(part) == "base64":
            _encoded_message(part, body, nested)


def _defect_word(name: str) -> str:
    """`StartBoundaryNotFoundDefect` -> `start-boundary-not-found`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name.removesuffix("Defect")).lower()


def _field(part: Message, name: str) -> str:
    """A field of the part, bounded and free of raw octets; put back so, for the standard library to read parameters from."""
    raw = next((str(value) for key, value in part.raw_items() if key.lower() == name), "")
    value = raw
    if not value.isascii():
        value = decode_text(value.encode("utf-8", "surrogateescape"), "")[0]
    if len(value) > MAX_FIELD or value.count(";") > MAX_PARAMETERS:
        value = ";".join(value[:MAX_FIELD].split(";", MAX_PARAMETERS)[:MAX_PARAMETERS])
    if value is not raw:
        del part[name]
        part[name] = value
    return value


def _encoding(part: Message) -> str:
    found = _TOKEN.match(_field(part, "content-transfer-encoding").lower())
    return found[1] if found else ""


def _leaf(part: Message, body: Body, nested: int) -> None:
    media_type, charset, name, disposition = _declared(part, body)
    encoding = _encoding(part)
    if "content-transfer-encoding" in part:
        del part["content-transfer-encoding"]
        part["content-transfer-encoding"] = encoding
    del part["content-type"]
    is_text = media_type in {"text/plain", "text/html"} and (
        disposition == "inline" or (disposition != "attachment" and not name)
    )
    is_ascii = _text(part, media_type, charset, body) if is_text else True
    if len(body.leaves) < MAX_LEAVES:
        body.leaves.append(
            Leaf(media_type[:100], charset[:40].lower(), encoding[:20], disposition[:20], is_ascii)
        )
    if is_text and not (name and disposition == "inline"):
        return
    if media_type == "message/rfc822" and encoding == "base64":
        _reopen(part.get_payload(decode=True), body, nested)
    _attach(part, media_type, name, encoding, body)


def _declared(part: Message, body: Body) -> tuple[str, str, str, str]:
    """(media type, charset, cleaned file name, disposition) as the sender wrote them; '' for what cannot be read."""
    _field(part, "content-type")
    disposition_field = _field(part, "content-disposition")
    media_type = part.get_content_type()
    try:
        charset = part.get_param("charset", "")
        charset = charset[2] if isinstance(charset, tuple) else charset
        name = part.get_filename("") or ""
    except (
        ValueError,
        LookupError,
    ):  # RFC 2231 labels such as `undefined`, `idna` or one with NUL raise from the codec itself
        charset, name = "", _name_by_hand(disposition_field + ";" + str(part.get("content-type", "")))
    disposition = disposition_field.partition(";")[0].strip().lower()
    if name and hides(decode_words(str(name))):
        body.defects.add("hidden-in-filename")
    return media_type, str(charset), _clean_name(str(name)), disposition


def _name_by_hand(parameters: str) -> str:
    found = _PLAIN_NAME.search(parameters)
    return decode_text(unquote_to_bytes(found[1]), "")[0] if found else ""


def _clean_name(name: str) -> str:
    """A file's name without folders, controls and bidirectional characters."""
    shown = clean(decode_words(name))
    return re.split(r"[/\\]", shown)[-1].strip()[:MAX_FILENAME]


def _text(part: Message, media_type: str, charset: str, body: Body) -> bool:
    """Keep a text or a page; whether its octets are all ASCII."""
    page = media_type == "text/html"
    room = body.page_room if page else body.text_room
    if room <= 0:
        body.defects.add("text-cut")
        return True
    data = part.get_payload(decode=True)
    octets = data if isinstance(data, bytes) else b""
    for defect in part.defects[-3:]:
        body.defects.add(_defect_word(type(defect).__name__))
    text, right = decode_text(octets[: room * 4], charset)
    if not right:
        body.defects.add("charset")
    text = clean_text(CUT_MARK.sub("", text) if body.cut else text)
    if len(text) > room:
        body.defects.add("text-cut")
        text = text[:room]
    if page:
        body.page_room -= len(text)
        body.pages.append(text)
        return octets.isascii()
    body.text_room -= len(text)
    body.texts.append(text)
    if "begin " in text:
        for found in _UUENCODE.finditer(text):
            if len(body.attachments) < MAX_ATTACHMENTS:
                body.attachments.append(Attachment(_clean_name(found[1]), "application/x-uuencode", 0))
    return octets.isascii()


def _attach(part: Message, media_type: str, name: str, encoding: str, body: Body) -> None:
    if len(body.attachments) >= MAX_ATTACHMENTS:
        body.defects.add("too-many-attachments")
        return
    payload = part.get_payload()
    text = payload if isinstance(payload, str) else ""
    left_out = characters_left_out = 0
    if body.cut and (mark := CUT_MARK.search(text[-40:])):
        left_out, characters_left_out = int(mark[1]), int(mark[2])
        text = CUT_MARK.sub("", text)
    octets = b""
    if encoding == "base64":
        head = lenient_base64(text[: HEAD * 2].encode("ascii", "replace"))[:HEAD]
        tail = text[-8:].count("=")
        size = (len(text) - text.count("\n") - text.count("\r") - tail + characters_left_out) * 3 // 4
    else:
        data = part.get_payload(decode=True)
        octets = data if isinstance(data, bytes) else b""
        head, size = octets[:HEAD], len(octets) + left_out
    kind = kind_of(head)
    inner = clean(first_member(head))[:MAX_FILENAME] if kind == "zip" else ""
    found = Inside(body.budget)
    if wants_content(kind, name):
        if encoding == "base64":
            octets = lenient_base64(text.encode("ascii", "replace"))
        found = look_inside(octets, kind, name, body.budget)
    body.attachments.append(
        Attachment(
            name, media_type[:100], max(size, 0), kind, inner, tuple(found.names), frozenset(found.marks)
        )
    )


def _encoded_message(part: Message, body: Body, nested: int) -> None:
    """A message/rfc822 part in base64: forbidden (RFC 2045, 6.4), written all the same, and opened by mail readers."""
    inner = part.get_payload()
    if isinstance(inner, list) and len(inner) == 1 and isinstance(inner[0], Message) and not inner[0].keys():
        text = inner[0].get_payload()
        if isinstance(text, str):
            _reopen(lenient_base64(text.encode("ascii", "replace")), body, nested)


def _reopen(data: object, body: Body, nested: int) -> None:
    if nested <= 0 or not isinstance(data, bytes) or not data:
        return
    copy, defects = working_copy(data)
    copy, masked = shallow(copy)
    body.defects.update(defects, {"too-deep"} if masked else ())
    _walk(email.message_from_bytes(copy, policy=email.policy.compat32), body, nested - 1)
