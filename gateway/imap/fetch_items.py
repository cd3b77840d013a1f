"""What FETCH asks for: RFC 3501, 6.4.5 and 9 (fetch-att); modifiers by RFC 4466, 2.4 and RFC 7162, 3.1.4.1."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from pratique.filtering.mime import sections
from pratique.filtering.mime.sections import Section

from .storage import Need
from .syntax import MOST_MODSEQ, Bad, Cursor

_NAME = re.compile(rb"[A-Za-z0-9.]+")
_SECTION = re.compile(rb"[A-Za-z0-9.]*")
_ATOM = re.compile(rb"[!#-'+\-./0-9:;<=>?@A-Z^_`a-z|}~]+\Z")
LIGHT = ("FLAGS", "UID", "INTERNALDATE", "RFC822.SIZE", "MODSEQ")
"""Items that the index answers."""
MACROS = {
    "ALL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"),
    "FAST": ("FLAGS", "INTERNALDATE", "RFC822.SIZE"),
    "FULL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"),
}
_PLAIN = frozenset({*LIGHT, "ENVELOPE", "BODY", "BODYSTRUCTURE"})
_OLD = {
    "RFC822": (sections.WHOLE, True),
    "RFC822.HEADER": (sections.HEADER, False),
    "RFC822.TEXT": (sections.TEXT, True),
}
STRUCTURAL = ("ENVELOPE", "BODY", "BODYSTRUCTURE")
_FIELDS = re.compile(rb"HEADER\.FIELDS(\.NOT)?\Z", re.IGNORECASE)
MOST_ITEMS = 200
MOST_FIELDS = 1_000


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to answer. `label` is what stands before the value; `section` is None for what is no text of the message."""

    label: str
    section: Section | None = None
    partial: tuple[int, int] | None = None

    @property
    def of_header(self) -> bool:
        """Whether the message's own header block is enough."""
        return self.section is not None and self.section.kind == b"HEADER" and not self.section.path


@dataclass(frozen=True)
class Plan:
    r"""A FETCH. `seen`: it sets \Seen; `changed_since`: only messages with a higher modification sequence (None: all)."""

    items: tuple[Item, ...]
    seen: bool = False
    changed_since: int | None = None

    @cached_property
    def light(self) -> bool:
        """Whether the index answers all of it."""
        return all(item.label in LIGHT for item in self.items)

    @cached_property
    def bodies(self) -> bool:
        """Whether the raw message is needed."""
        return any(item.section is not None and not item.of_header for item in self.items)

    @cached_property
    def parted(self) -> bool:
        """Whether it takes the tree of parts to find a text."""
        return any(item.section is not None and item.section != sections.WHOLE for item in self.items)

    @cached_property
    def structural(self) -> bool:
        """Whether envelope or structure are asked for."""
        return any(item.label in STRUCTURAL for item in self.items)

    @cached_property
    def need(self) -> Need:
        """Which facts are."""
        if self.structural:
            return Need.STRUCTURE
        return Need.HEADER if any(item.of_header for item in self.items) else Need(0)

    def asks(self, label: str) -> bool:
        """Whether an item of this label is there."""
        return any(item.label == label for item in self.items)


def read_plan(cursor: Cursor) -> Plan:
    """The items and modifiers of a FETCH. Raises Bad."""
    items: list[Item] = []
    seen = False
    if cursor.take(b"("):
        while True:
            seen = _read_item(cursor, items) or seen
            if not cursor.take(b" "):
                break
        cursor.expect(b")", '")"')
    else:
        seen = _read_item(cursor, items, macros=True)
    changed_since = _read_modifiers(cursor) if cursor.take(b" ") else None
    cursor.end()
    if changed_since is not None:
        _add(items, Item("MODSEQ"))
    return Plan(tuple(items), seen, changed_since)


def _add(items: list[Item], item: Item) -> None:
    if item not in items:
        items.append(item)
    if len(items) > MOST_ITEMS:
        raise Bad("Too many items")


def _read_item(cursor: Cursor, items: list[Item], *, macros: bool = False) -> bool:
    name = cursor.word(_NAME, "an item")
    if macros and name in MACROS:
        for each in MACROS[name]:
            _add(items, Item(each))
        return False
    if name in {"BODY", "BODY.PEEK"} and cursor.next_is(b"["):
        _add(items, _read_body(cursor))
        return name == "BODY"
    if name in _OLD:
        section, seen = _OLD[name]
        _add(items, Item(name, section))
        return seen
    if name not in _PLAIN:
        raise Bad("Unknown item")
    _add(items, Item(name))
    return False


def _read_body(cursor: Cursor) -> Item:
    """Everything from "[" on."""
    cursor.expect(b"[", '"["')
    text = cursor.word(_SECTION, "a section").encode("ascii")
    found = _FIELDS.search(text)
    if found:
        names = _read_names(cursor)
        base = sections.parse_section(text[: found.start()] + b"HEADER")
        section = base and sections.header_fields(names, base.path, without=bool(found.group(1)))
        text += b" (" + b" ".join(map(_astring, names)) + b")"
    else:
        section = sections.parse_section(text)
    if section is None:
        raise Bad("Unknown section")
    cursor.expect(b"]", '"]"')
    label, partial = f"BODY[{text.decode('ascii')}]", None
    if cursor.take(b"<"):
        first = cursor.number()
        cursor.expect(b".", '"."')
        partial = (first, cursor.nz_number())
        cursor.expect(b">", '">"')
        label += f"<{first}>"
    return Item(label, section, partial)


def _read_names(cursor: Cursor) -> list[bytes]:
    cursor.sp()
    cursor.expect(b"(", '"("')
    names = [cursor.astring()]
    while cursor.take(b" "):
        names.append(cursor.astring())
        if len(names) > MOST_FIELDS:
            raise Bad("Too many fields")
    cursor.expect(b")", '")"')
    if not all(name.isascii() and name.isprintable() for name in map(_as_text, names)):
        raise Bad("Not a field's name")
    return names


def _as_text(octets: bytes) -> str:
    return octets.decode("latin-1")


def _astring(name: bytes) -> bytes:
    if _ATOM.match(name) and name.upper() != b"NIL":
        return name
    return b'"' + name.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def _read_modifiers(cursor: Cursor) -> int:
    cursor.expect(b"(", '"("')
    if cursor.atom("a modifier") != "CHANGEDSINCE":
        raise Bad("Unknown modifier")
    cursor.sp()
    value = cursor.number(MOST_MODSEQ)
    if not value:
        raise Bad("A modification sequence is above 0")
    cursor.expect(b")", '")"')
    return value
