"""What a person is shown of a message: its text, its page made harmless, its header, where its links lead, and what is attached to it."""

from __future__ import annotations

import base64
import hashlib
import quopri
from collections.abc import Iterator
from dataclasses import dataclass

from .charsets import clean, lenient_base64
from .mime.fields import one_line, read_encoding, split_fields, value_of
from .mime.parts import Kind, Part, read_parts
from .parse import parse
from .parsed import Attachment, ParsedMessage
from .safe_page import MAX_PAGE, SafePage, make_safe, misleads

MAX_TEXT = 128 * 1024
"""Characters of text that are shown."""
MAX_PICTURE = 512 * 1024
"""Octets of one picture that lies in the message itself."""
MAX_PICTURES = 2 * 1024 * 1024
"""Octets of all of them: an answer of Lambda has 6 MB, and base64 makes them longer."""
MAX_LINKS = 200
MAX_SHOWN = 200
MAX_SOURCE = 256 * 1024
"""Octets of the source that are shown."""
MAX_LEAVES = 400
_PICTURES = {b"png": "png", b"jpeg": "jpeg", b"jpg": "jpeg", b"gif": "gif", b"webp": "webp"}


@dataclass(frozen=True, slots=True)
class Link:
    """Where a link leads, what it shows ('' for one in plain text), and whether it shows another place than it leads to."""

    target: str
    shown: str
    misleading: bool


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """An attachment with the SHA-256 of its content in hexadecimal ('' where its octets could not be told for certain)."""

    file: Attachment
    sha256: str


@dataclass(frozen=True, slots=True)
class MessagePreview:
    """All of it is text or safe markup. `cut` says that not all is shown."""

    text: str
    has_page: bool
    blocked: bool
    cut: bool
    headers: tuple[tuple[str, str], ...]
    links: tuple[Link, ...]
    attachments: tuple[AttachedFile, ...]


def preview(raw: bytes) -> MessagePreview:
    """Look at a message. Never raises; bounded work beyond reading the octets."""
    parsed = parse(raw)
    page = _page(raw, parsed, remote=False) if parsed.html.strip() else None
    return MessagePreview(
        text=parsed.text[:MAX_TEXT],
        has_page=page is not None,
        blocked=page is not None and page.blocked,
        cut=len(parsed.text) >= MAX_TEXT or len(parsed.html) >= MAX_PAGE,
        headers=tuple((name, value) for name, value in parsed.headers),
        links=tuple(_links(parsed)),
        attachments=tuple(_attachments(raw, parsed)),
    )


def preview_page(raw: bytes, *, remote: bool) -> str:
    """The message's page alone, as safe markup; '' where it has none."""
    parsed = parse(raw)
    return _page(raw, parsed, remote=remote).markup if parsed.html.strip() else ""


def source_text(raw: bytes) -> str:
    """The beginning of the source, as text."""
    return raw[:MAX_SOURCE].decode("utf-8", "replace").replace("\r\n", "\n").replace("\0", "\ufffd")


def _page(raw: bytes, parsed: ParsedMessage, *, remote: bool) -> SafePage:
    named = "cid:" in parsed.low_html
    return make_safe(parsed.html, dict(_pictures(raw)) if named else {}, remote=remote)


def _links(parsed: ParsedMessage) -> Iterator[Link]:
    told: set[str] = set()
    for target, shown in parsed.links:
        if target and len(told) < MAX_LINKS:
            told.add(target)
            text = clean(shown)[:MAX_SHOWN]
            yield Link(clean(target), text, misleads(target, text))
    in_text = parsed.urls if not parsed.html.strip() else ()
    for url in in_text[:MAX_LINKS]:
        if url not in told:
            yield Link(clean(url), "", misleading=False)


def _leaves(raw: bytes) -> list[Part]:
    """The leaves of the tree, in its order."""
    found: list[Part] = []
    waiting = [read_parts(raw)]
    while waiting and len(found) < MAX_LEAVES:
        part = waiting.pop()
        waiting += reversed(part.children)
        if not part.children and part.kind is not Kind.MULTIPART:
            found.append(part)
    return found


def _fields(raw: bytes, part: Part) -> dict[bytes, bytes]:
    """The first value of each field of a part, on one line."""
    found: dict[bytes, bytes] = {}
    for name, value in split_fields(raw[part.start : part.body][:MAX_SOURCE]):
        found.setdefault(name, one_line(value_of(value)))
    return found


def _content(raw: bytes, part: Part, fields: dict[bytes, bytes]) -> bytes:
    """A part's octets after transfer decoding."""
    octets = raw[part.body : part.end]
    encoding = read_encoding(fields.get(b"content-transfer-encoding", b"")).lower()
    if encoding == b"base64":
        return lenient_base64(octets)
    return quopri.decodestring(octets) if encoding == b"quoted-printable" else octets


def _pictures(raw: bytes) -> Iterator[tuple[str, str]]:
    """(Content-ID, data: URL) of the pictures that lie in the message; never SVG, which is a program as much as a picture."""
    left = MAX_PICTURES
    for part in _leaves(raw):
        kind = _PICTURES.get(part.minor.lower()) if part.major.lower() == b"image" else None
        if kind is None or part.end - part.body > MAX_PICTURE * 2:
            continue
        fields = _fields(raw, part)
        name = fields.get(b"content-id", b"").strip(b" <>").decode("latin-1")
        content = _content(raw, part, fields) if name else b""
        if content and len(content) <= min(MAX_PICTURE, left):
            left -= len(content)
            yield name, f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def _attachments(raw: bytes, parsed: ParsedMessage) -> Iterator[AttachedFile]:
    """Each attachment with its hash: that of the leaf that has its length, in order."""
    hashes: dict[int, list[str]] = {}
    wanted = {each.size for each in parsed.attachments}
    for part in _leaves(raw) if wanted else ():
        content = _content(raw, part, _fields(raw, part))
        for size in {len(content), len(content.rstrip(b"\r\n"))} & wanted:
            exact = content if len(content) == size else content.rstrip(b"\r\n")
            hashes.setdefault(size, []).append(hashlib.sha256(exact).hexdigest())
    for each in parsed.attachments:
        known = hashes.get(each.size, [])
        yield AttachedFile(each, known.pop(0) if known else "")
