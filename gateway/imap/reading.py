"""A command with its literals, off the wire (RFC 3501, 2.2.1 and 4.3; LITERAL+: RFC 7888)."""

from __future__ import annotations

import re
from collections.abc import Callable

from .syntax import Literal
from .wire import MOST_SKIPPED, Hung, TooLong, Wire

_LITERAL = re.compile(rb"(~?)\{([0-9]{1,20})(\+?)\}\Z")

Room = Callable[[bytes, int], int]
"""(the command's first line, octets of literals announced so far with the one that comes) -> octets allowed."""


class TooBig(Exception):
    """A literal is larger than allowed; the command cannot be had. `start` is its first line."""

    def __init__(self, start: bytes) -> None:
        super().__init__("literal too big")
        self.start = start


async def read_command(
    wire: Wire, room: Room, go_ahead: Callable[[], None]
) -> tuple[list[bytes], list[Literal]]:
    """A command's lines and literals. Before a synchronizing literal `go_ahead` sends its "+".

    Raises TooBig (a literal that the client sent without asking has been thrown away then), TooLong, Hung.
    """
    lines: list[bytes] = [await wire.line()]
    literals: list[Literal] = []
    total, length = 0, len(lines[0])
    while found := _LITERAL.search(lines[-1]):
        binary, digits, at_once = found.groups()
        size = int(digits)
        total += size
        allowed = room(lines[0], total)
        if total > allowed:
            if at_once:
                await _throw_away(wire, size, allowed)
            raise TooBig(lines[0])
        if not at_once:
            go_ahead()
        lines[-1] = lines[-1][: found.start()]
        literals.append(Literal(await wire.literal(size), binary=bool(binary)))
        lines.append(await wire.line())
        length += len(lines[-1])
        if length > wire.most_line:
            raise TooLong(lines[0][:200])
    return lines, literals


async def _throw_away(wire: Wire, size: int, allowed: int) -> None:
    """Read the rest of a command whose literal is on its way, unless it is far too much."""
    while True:
        if size > MOST_SKIPPED * allowed:
            raise Hung
        await wire.skip(size)
        found = _LITERAL.search(await wire.line())
        if found is None or not found.group(3):
            return
        size = int(found.group(2))
