"""HTML from templates that escape: `$name` is filled in as text, unless it is HTML already."""

from __future__ import annotations

from html import escape
from string import Template

SANS = (
    "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,'Hiragino Sans','Noto Sans CJK JP',"
    "'Noto Sans',sans-serif"
)
"""Fonts that are there already: nothing is loaded."""


class Html(str):
    """HTML that is finished: not escaped again."""

    __slots__ = ()


class Filled(Template):
    """A template that escapes whatever is no Html."""

    def fill(self, **values: str) -> Html:
        """The text with its names filled in. Raises KeyError for a name without a value."""
        return Html(self.substitute({k: v if isinstance(v, Html) else escape(v) for k, v in values.items()}))
