"""Regular expressions that are compiled when they are first used: most messages need few of them, and a cold start none."""

from __future__ import annotations

import re
from typing import cast

_METHODS = ("search", "match", "fullmatch", "findall", "finditer", "sub")


class _Pattern:
    """Stands for a compiled pattern. Its methods become attributes of the object with the first that is asked for."""

    def __init__(self, text: str, flags: int) -> None:
        self._made_of = text, flags

    def __getattr__(self, name: str) -> object:
        if name not in _METHODS:
            raise AttributeError(name)
        compiled = re.compile(*self._made_of)
        for method in _METHODS:
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)


def pattern(text: str, flags: int = 0) -> re.Pattern[str]:
    """As re.compile, later. Only the methods in _METHODS are there; a wrong pattern raises at its first use."""
    return cast("re.Pattern[str]", _Pattern(text, flags))
