"""LIST and LSUB: RFC 3501, 6.3.8 and 6.3.9; LIST-EXTENDED: RFC 5258; LIST-STATUS: RFC 5819; CHILDREN: RFC 3348; SPECIAL-USE: RFC 6154."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from .folders import read_status_items, tell_status
from .patterns import MOST_PATTERN, MOST_WILDCARDS, Pattern
from .session import Session
from .storage import Refused
from .syntax import Bad, Cursor

MOST_PATTERNS = 50
_SELECTIONS = frozenset({"SUBSCRIBED", "REMOTE", "RECURSIVEMATCH", "SPECIAL-USE"})
_RETURNS = frozenset({"SUBSCRIBED", "CHILDREN", "SPECIAL-USE"})
_OPTION = re.compile(rb"[A-Za-z-]+")
_SPECIAL = frozenset(
    {"\\all", "\\archive", "\\drafts", "\\flagged", "\\junk", "\\sent", "\\trash", "\\important"}
)
_NOSELECT = ("\\noselect", "\\nonexistent")


@dataclass(slots=True)
class Request:
    """A LIST."""

    reference: bytes = b""
    patterns: list[bytes] = field(default_factory=list)
    select: set[str] = field(default_factory=set)
    returns: set[str] = field(default_factory=set)
    status: tuple[str, ...] = ()
    extended: bool = False


@dataclass(slots=True)
class Tree:
    """All names with their attributes, and what follows from them."""

    delimiter: str
    attributes: dict[str, tuple[str, ...]]
    subscribed: Collection[str]
    parents: set[str] = field(default_factory=set)

    def superiors(self, name: str) -> Iterator[str]:
        """The names above this one."""
        at = name.rfind(self.delimiter) if self.delimiter else -1
        while at > 0:
            name = name[:at]
            yield name
            at = name.rfind(self.delimiter)


async def list_(session: Session, cursor: Cursor) -> str:
    """RFC 3501, 6.3.8; RFC 5258."""
    request = read_request(cursor)
    delimiter = _delimiter_of(session)
    if not request.extended and request.patterns == [b""]:
        session.untagged(f"LIST (\\Noselect) {_shown(delimiter)} {_root(request.reference, delimiter)}")
        return "LIST completed"
    tree = await _read_tree(session, delimiter)
    patterns = _patterns(session, request, delimiter)
    for name, attributes, children in _select(tree, request, patterns):
        words = " ".join(attributes)
        line = f"LIST ({words}) {_shown(delimiter)} ".encode("ascii") + session.name(name)
        session.untagged_octets(line + (b' ("CHILDINFO" ("SUBSCRIBED"))' if children else b""))
        if request.status and not any(word.lower() in _NOSELECT for word in attributes):
            try:
                await tell_status(session, name, request.status)
            except Refused:
                continue  # RFC 5819, 2: no STATUS for what cannot be opened
    return "LIST completed"


async def lsub(session: Session, cursor: Cursor) -> str:
    r"""RFC 3501, 6.3.9: with "%" a name above a subscribed one is shown as \Noselect."""
    cursor.sp()
    reference = cursor.astring()
    cursor.sp()
    text = cursor.pattern()
    cursor.end()
    delimiter = _delimiter_of(session)
    if not text:
        session.untagged(f"LSUB (\\Noselect) {_shown(delimiter)} {_root(reference, delimiter)}")
        return "LSUB completed"
    tree = await _read_tree(session, delimiter)
    found: dict[str, str] = {}
    for pattern in _patterns(session, Request(reference, [text]), delimiter):
        for name in tree.subscribed:
            if pattern.matches(name):
                found[name] = ""
            elif text.endswith(b"%"):
                above = (one for one in tree.superiors(name) if pattern.matches(one))
                found.update((one, "\\Noselect") for one in above if one not in found)
    for name in sorted(found):
        session.untagged_octets(
            f"LSUB ({found[name]}) {_shown(delimiter)} ".encode("ascii") + session.name(name)
        )
    return "LSUB completed"


def read_request(cursor: Cursor) -> Request:
    """The arguments of a LIST. Raises Bad."""
    request = Request()
    cursor.sp()
    if cursor.next_is(b"("):
        request.extended = True
        request.select = _read_options(cursor, _SELECTIONS)
        if "RECURSIVEMATCH" in request.select and not request.select & {"SUBSCRIBED", "SPECIAL-USE"}:
            raise Bad("RECURSIVEMATCH alone selects nothing")
        cursor.sp()
    request.reference = cursor.astring()
    cursor.sp()
    if cursor.take(b"("):
        request.extended = True
        request.patterns.append(cursor.pattern())
        while cursor.take(b" "):
            request.patterns.append(cursor.pattern())
        cursor.expect(b")", '")"')
    else:
        request.patterns.append(cursor.pattern())
    if len(request.patterns) > MOST_PATTERNS or any(_is_too_much(text) for text in request.patterns):
        raise Bad("Too many patterns, or one too long")
    if cursor.take(b" "):
        request.extended = True
        _read_returns(cursor, request)
    cursor.end()
    return request


def _is_too_much(pattern: bytes) -> bool:
    return len(pattern) > MOST_PATTERN or pattern.count(b"*") + pattern.count(b"%") > MOST_WILDCARDS


def _read_options(cursor: Cursor, known: Collection[str]) -> set[str]:
    cursor.expect(b"(", '"("')
    found: set[str] = set()
    while not cursor.take(b")"):
        if found:
            cursor.sp()
        word = cursor.word(_OPTION, "an option")
        if word not in known:
            raise Bad("Unknown option")
        found.add(word)
    return found


def _read_returns(cursor: Cursor, request: Request) -> None:
    if cursor.word(_OPTION, "RETURN") != "RETURN":
        raise Bad("Expected RETURN")
    cursor.sp()
    cursor.expect(b"(", '"("')
    while not cursor.take(b")"):
        if request.returns:
            cursor.sp()
        word = cursor.word(_OPTION, "an option")
        if word == "STATUS":
            cursor.sp()
            request.status = read_status_items(cursor)
        elif word not in _RETURNS:
            raise Bad("Unknown option")
        request.returns.add(word)


def _delimiter_of(session: Session) -> str:
    spaces = session.who.namespaces
    for kind in (spaces.personal, spaces.shared, spaces.others):
        if kind:
            return kind[0][1]
    return ""


def _shown(delimiter: str) -> str:
    if not delimiter:
        return "NIL"
    return f'"\\{delimiter}"' if delimiter in '"\\' else f'"{delimiter}"'


def _root(reference: bytes, delimiter: str) -> str:
    """The root of the reference (RFC 3501, 6.3.8)."""
    if delimiter and reference.startswith(delimiter.encode("ascii")):
        return f'"{delimiter}"'
    return '""'


async def _read_tree(session: Session, delimiter: str) -> Tree:
    listed = await session.who.mailboxes()
    subscribed = await session.who.subscriptions()
    tree = Tree(delimiter, {one.name: one.attributes for one in listed}, frozenset(subscribed))
    for one in listed:
        tree.parents.update(tree.superiors(one.name))
    return tree


def _patterns(session: Session, request: Request, delimiter: str) -> list[Pattern]:
    """Reference and pattern joined. What is no name in the client's spelling matches nothing."""
    found = []
    for text in request.patterns:
        name = session.read_pattern(request.reference + text)
        if name is not None:
            found.append(Pattern(name, delimiter))
    return found


def _select(tree: Tree, request: Request, patterns: list[Pattern]) -> Iterator[tuple[str, list[str], bool]]:
    """(name, attributes, whether CHILDINFO) of what is to be shown, by name; INBOX first."""
    chosen = {name for name in _candidates(tree, request) if any(one.matches(name) for one in patterns)}
    info: set[str] = set()
    if "RECURSIVEMATCH" in request.select:  # RFC 5258, 3.5: names above what was chosen but not matched
        for name in set(_candidates(tree, request)) - chosen:
            info.update(
                above for above in tree.superiors(name) if any(one.matches(above) for one in patterns)
            )
    if not request.select - {"REMOTE"}:  # names that are only a way to others
        chosen |= {
            name for name in tree.parents - set(tree.attributes) if any(one.matches(name) for one in patterns)
        }
    for name in sorted(chosen | info, key=lambda name: (name != "INBOX", name)):
        yield name, _attributes(tree, request, name), name in info and "SUBSCRIBED" in request.select


def _candidates(tree: Tree, request: Request) -> Collection[str]:
    """Names that the selection options allow."""
    names: Collection[str] = tree.attributes.keys()
    if "SUBSCRIBED" in request.select:
        names = tree.subscribed
    if "SPECIAL-USE" in request.select:
        names = [
            name for name in names if any(word.lower() in _SPECIAL for word in tree.attributes.get(name, ()))
        ]
    return names


def _attributes(tree: Tree, request: Request, name: str) -> list[str]:
    words = list(tree.attributes.get(name, ()))
    if name not in tree.attributes:  # RFC 5258, 3: \NonExistent implies \Noselect, which older clients know
        words += ["\\Noselect"] if not request.extended else ["\\NonExistent"]
    lower = {word.lower() for word in words}
    if name in tree.parents:
        words.append("\\HasChildren")
    elif "\\noinferiors" not in lower:
        words.append("\\HasNoChildren")
    if name in tree.subscribed and ("SUBSCRIBED" in request.select or "SUBSCRIBED" in request.returns):
        words.append("\\Subscribed")
    return words
