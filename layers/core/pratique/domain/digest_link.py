"""The links of a digest: short, keyed, each for one action on one line of one digest.

    <sheet: 16>.<line>.<action: 1>.<signature: 26>       base32 in lower case (RFC 4648, 6), so that it survives as a local part

The signature is HMAC-SHA-256 (RFC 2104), cut to 128 bits, over the sheet, the line, the action, every message of the line, whose quarantine it
is, who was sent the digest, and when the line expires. It is made with the newest signing key; older ones are honoured as long as they are kept.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass

from .digest import LinkAction, Sheet
from .scope import Scope

_SHEET, _SIGNATURE = 10, 16
"""Octets."""
NO_LINE = 0
"""The line of links that are about the digest itself; items count from 1."""
_LETTERS = {
    LinkAction.RELEASE: "r",
    LinkAction.RELEASE_TRAIN: "t",
    LinkAction.RELEASE_ALLOW: "w",
    LinkAction.BLOCK_REMOVE: "b",
    LinkAction.REMOVE: "d",
    LinkAction.NOT_SPAM: "n",
    LinkAction.SPAM: "s",
    LinkAction.REQUEST_RELEASE: "q",
    LinkAction.UNDO_ALLOW: "a",
    LinkAction.UNDO_BLOCK: "y",
    LinkAction.UNDO_REMOVE: "x",
    LinkAction.UNDO_TRAIN: "z",
    LinkAction.UNSUBSCRIBE: "u",
    LinkAction.SUBSCRIBE: "v",
}
_ACTIONS = {letter: action for action, letter in _LETTERS.items()}
ABOUT_THE_DIGEST = frozenset({LinkAction.UNSUBSCRIBE, LinkAction.SUBSCRIBE})
_FORM = re.compile(r"^([a-z2-7]{16})\.(0|[1-9][0-9]{0,2})\.([a-z])\.([a-z2-7]{26})$")


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it was read; whether it is genuine, is_genuine says."""

    sheet: str
    line: int
    action: LinkAction
    signature: str

    def __str__(self) -> str:
        return f"{self.sheet}.{self.line}.{_LETTERS[self.action]}.{self.signature}"

    @property
    def mark(self) -> str:
        """What is used up with the link: a line's action, by whichever way it is used."""
        return mark_of(self.line, self.action)


def mark_of(line: int, action: LinkAction) -> str:
    """The mark of a line's action."""
    return f"{line}.{_LETTERS[action]}"


def read_link(text: str) -> Link | None:
    """The link in a text (letter case does not matter: it may have been a mail address), None where there is none."""
    found = _FORM.match(text.lower()) if len(text) <= 64 else None  # noqa: PLR2004 - the longest local part (RFC 5321, 4.5.3.1.1)
    action = _ACTIONS.get(found[3]) if found else None
    if found is None or action is None:
        return None
    line = int(found[2])
    if (line == NO_LINE) != (action in ABOUT_THE_DIGEST):
        return None
    return Link(found[1], line, action, found[4])


def make_link(key: bytes, sheet: Sheet, line: int, action: LinkAction) -> Link:
    """The genuine link."""
    return Link(sheet.id, line, action, _signature(key, sheet, line, action))


def is_genuine(keys: Sequence[bytes], sheet: Sheet, link: Link) -> bool:
    """Whether one of our keys made the link for this sheet. Takes the same time for every signature that is wrong."""
    if link.sheet != sheet.id or link.line > len(sheet.items):
        return False
    right = [
        hmac.compare_digest(_signature(key, sheet, link.line, link.action), link.signature) for key in keys
    ]
    return any(right)


def sheet_id(key: bytes, scope: Scope, who: str, slot: int, kind: str) -> str:
    """The id of the digest of a slot: the same again when it is made again, and not to be guessed. `kind` tells apart what may fall on one
    slot (a digest, a last call).
    """
    text = "\0".join(["pratique", "v1", "digest-sheet", kind, scope.key, who, str(slot)])
    return _base32(hmac.digest(key, text.encode(), "sha256")[:_SHEET])


def _signature(key: bytes, sheet: Sheet, line: int, action: LinkAction) -> str:
    item = sheet.items[line - 1] if line else None
    copies = [str(copy) for copy in item.copies] if item else []
    ends = str(item.ends) if item else ""
    parts = [
        sheet.id,
        str(line),
        _LETTERS[action],
        sheet.scope.key,
        str(sheet.who),
        ends,
        *copies,
    ]
    text = "\0".join(["pratique", "v1", "digest-link", *parts])
    return _base32(hmac.digest(key, text.encode(), "sha256")[:_SIGNATURE])


def _base32(octets: bytes) -> str:
    return base64.b32encode(octets).decode().rstrip("=").lower()
