"""Look into a message, safely: what it says, its page in a frame of its own, its source."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pratique.domain.actor import Actor
from pratique.domain.errors import NotFound
from pratique.domain.ids import CopyId, parse_copy_id
from pratique.ports.services import Services
from pratique.usecases.open_body import must_open
from pratique.usecases.read_message import read_message

if TYPE_CHECKING:  # the readers of mail are loaded when the first message is looked into
    from pratique.filtering.preview import MessagePreview

TICKET_SECONDS = 300
"""How long a page can be asked for: a frame cannot send a token, so the address that it loads is the permission."""
_OCTETS = 16


@dataclass(frozen=True, slots=True)
class Preview:
    """`ticket` opens the page ('' where the message has none)."""

    shown: MessagePreview
    ticket: str


@dataclass(frozen=True, slots=True)
class Source:
    """The beginning of the raw message, as text; `size` in octets of the whole."""

    text: str
    size: int
    cut: bool


def preview_message(services: Services, actor: Actor, copy_id: CopyId, *, remote: bool = False) -> Preview:
    """What a person is shown of a copy. With `remote` the page may load pictures from elsewhere. Raises NotFound, ReasonNeeded."""
    from pratique.filtering.preview import preview  # noqa: PLC0415 - as above

    view = read_message(services, actor, copy_id)
    must_open(services, actor, copy_id)
    shown = preview(services.store.get(view.copy.raw_key))
    ticket = _ticket(services, copy_id, remote=remote) if shown.has_page else ""
    return Preview(shown, ticket)


def message_source(services: Services, actor: Actor, copy_id: CopyId) -> Source:
    """The beginning of a copy's source. Raises NotFound, ReasonNeeded."""
    from pratique.filtering.preview import MAX_SOURCE, source_text  # noqa: PLC0415 - as above

    view = read_message(services, actor, copy_id)
    must_open(services, actor, copy_id)
    raw = services.store.get(view.copy.raw_key)
    return Source(source_text(raw), len(raw), cut=len(raw) > MAX_SOURCE)


def open_page(services: Services, ticket: str) -> tuple[str, bool]:
    """(safe markup, whether pictures from elsewhere may be loaded) for a ticket that `preview_message` gave. Raises NotFound: a wrong one,
    one that is over, and one whose message is gone look the same.
    """
    from pratique.filtering.preview import preview_page  # noqa: PLC0415 - as above

    copy_id, remote = _read_ticket(services, ticket)
    copy = services.index.get_copy(copy_id, now=services.clock.now_ms() // 1000)
    if copy is None:
        raise NotFound("no such page")
    return preview_page(services.store.get(copy.raw_key), remote=remote), remote


def _ticket(services: Services, copy_id: CopyId, *, remote: bool) -> str:
    ends = services.clock.now_ms() // 1000 + TICKET_SECONDS
    text = f"{ends}:{int(remote)}:{copy_id}".encode()
    return base64.urlsafe_b64encode(_seal(services, text) + text).decode().rstrip("=")


def _read_ticket(services: Services, ticket: str) -> tuple[CopyId, bool]:
    try:
        octets = base64.b64decode(ticket + "=" * (-len(ticket) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise NotFound("no such page") from None
    seal, text = octets[:_OCTETS], octets[_OCTETS:]
    if not hmac.compare_digest(seal, _seal(services, text)):
        raise NotFound("no such page")
    ends, remote, copy_id = text.decode().split(":", 2)
    if int(ends) <= services.clock.now_ms() // 1000:
        raise NotFound("no such page")
    return parse_copy_id(copy_id), remote == "1"


def _seal(services: Services, text: bytes) -> bytes:
    return hmac.new(services.secrets.signing_key(), b"preview\n" + text, hashlib.sha256).digest()[:_OCTETS]
