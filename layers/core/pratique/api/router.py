"""From a method and a path to an endpoint. Compiled once, when first used."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from pratique.domain.errors import NotFound

from .endpoint import Endpoint
from .errors import WrongMethod

_FIELD = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class _Place:
    """A path template with its methods."""

    pattern: re.Pattern[str]
    methods: dict[str, Endpoint]


def _pattern(path: str) -> re.Pattern[str]:
    parts = _FIELD.split(path)
    for i in range(1, len(parts), 2):
        parts[i] = f"(?P<{parts[i]}>{'.+' if parts[i] == 'scope' else '[^/]+'})"
    parts[::2] = [re.escape(p) for p in parts[::2]]
    return re.compile("".join(parts))


class Router:
    """The paths of some endpoints; a path without fields wins over one with."""

    def __init__(self, endpoints: Sequence[Endpoint]) -> None:
        places: dict[str, _Place] = {}
        for endpoint in sorted(endpoints, key=lambda e: "{" in e.path):
            place = places.setdefault(endpoint.path, _Place(_pattern(endpoint.path), {}))
            if endpoint.method in place.methods:
                raise ValueError(f"{endpoint.method} {endpoint.path} is there twice")
            place.methods[endpoint.method] = endpoint
            if endpoint.method == "GET":
                place.methods.setdefault("HEAD", endpoint)
        self._places = tuple(places.values())

    def find(self, method: str, path: str) -> tuple[Endpoint, dict[str, str]]:
        """The endpoint and the decoded values of its path. Raises NotFound, WrongMethod."""
        for place in self._places:
            match = place.pattern.fullmatch(path)
            if match is None:
                continue
            if method not in place.methods:
                raise WrongMethod(", ".join(sorted(place.methods)))
            try:
                values = {k: unquote(v, errors="strict") for k, v in match.groupdict().items()}
            except UnicodeDecodeError:
                raise NotFound("no such path") from None
            return place.methods[method], values
        raise NotFound("no such path")


@functools.cache
def router() -> Router:
    """The router of the whole table."""
    from .table import ENDPOINTS  # noqa: PLC0415 - the table imports every use case; whoever only asks for a type need not

    return Router(ENDPOINTS)
