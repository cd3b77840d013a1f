"""LIST patterns (RFC 3501, 6.3.8): "*" is anything, "%" anything without the delimiter."""

from __future__ import annotations

MOST_PATTERN = 1_000
"""Characters."""
MOST_WILDCARDS = 30
"""Matching a name costs its length times these; clients use two or three."""


class Pattern:
    """Matches names in time linear in pattern times name, whatever the wildcards: a set of places in the pattern moves over the name."""

    def __init__(self, text: str, delimiter: str) -> None:
        self._text, self._delimiter = _squeeze(text), delimiter
        self._inbox = None if text.upper() == text else Pattern(text.upper(), delimiter)

    def matches(self, name: str) -> bool:
        """Whether this is one of the names meant. INBOX is matched in any case (RFC 3501, 5.1)."""
        if self._run(name):
            return True
        return name == "INBOX" and self._inbox is not None and self._inbox.matches(name)

    def _run(self, name: str) -> bool:
        places = self._open({0})
        for char in name:
            moved = set()
            for place in places:
                wanted = self._text[place] if place < len(self._text) else ""
                if wanted == "*" or (wanted == "%" and char != self._delimiter):
                    moved.add(place)
                elif wanted == char and wanted not in "*%":
                    moved.add(place + 1)
            if not moved:
                return False
            places = self._open(moved)
        return len(self._text) in places

    def _open(self, places: set[int]) -> set[int]:
        """With those reached by letting wildcards be empty."""
        opened = set(places)
        for place in places:
            at = place
            while at < len(self._text) and self._text[at] in "*%":
                at += 1
                opened.add(at)
        return opened


def _squeeze(text: str) -> str:
    """Runs of wildcards as one: "*" if one is among them."""
    out: list[str] = []
    for char in text:
        if char in "*%" and out and out[-1] in "*%":
            out[-1] = "*" if "*" in (char, out[-1]) else "%"
        else:
            out.append(char)
    return "".join(out)
