"""What a gateway has read of messages of late: a client asks for the same page of a list item by item, and so do others who have it open."""

from __future__ import annotations

from collections import OrderedDict

from gateway.imap.storage import Facts

MOST = 16 << 20
"""Octets of all that is remembered."""
_EACH = 1_000
"""Octets of objects around the texts of one."""
A_SCAN = 200
"""Messages asked for at once from which it is a search that looks at everything, and nothing of it is remembered."""


class Remembered:
    """Facts by the octets of the message's ULID; the longest unused go first. Facts never change, whoever asks. For one event loop."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._size = 0
        self._facts: OrderedDict[bytes, Facts] = OrderedDict()

    def get(self, message: bytes) -> Facts | None:
        """What is known of a message."""
        found = self._facts.get(message)
        if found is not None:
            self._facts.move_to_end(message)
        return found

    def put(self, message: bytes, facts: Facts) -> None:
        """Remember it."""
        self._drop(message)
        self._facts[message] = facts
        self._size += _octets(facts)
        while self._size > self._most:
            self._drop(next(iter(self._facts)))

    def _drop(self, message: bytes) -> None:
        old = self._facts.pop(message, None)
        if old is not None:
            self._size -= _octets(old)


def _octets(facts: Facts) -> int:
    known = facts.structure
    if known is None:
        return _EACH
    texts = len(known.envelope) + len(known.body) + len(known.bodystructure) + len(known.header or b"")
    return _EACH + texts + 32 * len(known.rows)
