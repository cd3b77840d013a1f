"""The words of digests and their pages, one file a language (words/*.json): texts with {names}, lists of texts where the number counts.

A list has as many forms as the language has plurals: one where it has none (Japanese), two otherwise (Unicode CLDR, plural rules); French counts
0 as one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any

from pratique.domain.digest import LANGUAGES, zone_named

_PLURALS: dict[str, Callable[[int], int]] = {"ja": lambda _n: 0, "fr": lambda n: int(n > 1)}
_TWO: Callable[[int], int] = lambda n: int(n != 1)  # noqa: E731 - as those above


class Words:
    """The words of one language."""

    def __init__(self, language: str, texts: Mapping[str, Any]) -> None:
        self.language, self._texts = language, texts

    def __call__(self, key: str, **values: object) -> str:
        """A text with its names filled in. What is filled in is never read as a template."""
        return str(self._texts[key]).format_map(values)

    def many(self, key: str, n: int, **values: object) -> str:
        """The text that goes with a number."""
        forms = self._texts[key]
        form = forms[_PLURALS.get(self.language, _TWO)(n)]
        return str(form).format_map({"n": n, **values})

    def date(self, at: int, zone: str) -> str:
        """A day (Unix seconds) in a zone."""
        return self("date", **self._parts(at, zone))

    def moment(self, at: int, zone: str) -> str:
        """A day and a time."""
        return self("moment", **self._parts(at, zone))

    def _parts(self, at: int, zone: str) -> dict[str, object]:
        then = datetime.fromtimestamp(at, zone_named(zone))
        return {
            "year": then.year,
            "month": self._texts["months"][then.month - 1],
            "day": then.day,
            "weekday": self._texts["weekdays"][then.weekday()],
            "hour": f"{then.hour:02}",
            "minute": f"{then.minute:02}",
        }


@cache
def words_in(language: str) -> Words:
    """The words of a language, English where there are none in it."""
    known = language if language in LANGUAGES else "en"
    file = resources.files(__package__) / "words" / f"{known}.json"
    return Words(known, json.loads(file.read_text(encoding="utf-8")))


def preferred(accept: str) -> str:
    """The language of ours that an Accept-Language header (RFC 9110, 12.5.4) likes best."""
    liked: list[tuple[float, str]] = []
    for part in accept[:200].split(","):
        tag, _, rest = part.strip().partition(";")
        language = tag.strip().partition("-")[0].lower()
        try:
            weight = float(rest.partition("=")[2]) if rest else 1.0
        except ValueError:
            continue
        if language in LANGUAGES:
            liked.append((weight, language))
    return max(liked, key=lambda each: each[0])[1] if liked else "en"
