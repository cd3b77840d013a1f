"""One table, many kinds of rows: each partition's prefix is one adapter's alone."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pratique.adapters.aws as adapters


def test_no_two_adapters_share_a_prefix() -> None:
    """Rows of two kinds in one partition show up in one another's lists."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in Path(adapters.__path__[0]).glob("*.py"):
        for prefixes in re.findall(r'f"([A-Z]{2})#\{|partition\("([A-Z]{2})"', path.read_text()):
            found["".join(prefixes)].add(path.name)
    assert len(found) > 15
    shared = {prefix: names for prefix, names in found.items() if len({_family(name) for name in names}) > 1}
    assert shared == {}


def _family(name: str) -> str:
    """The module, with the one that writes its rows."""
    return name.removesuffix(".py").removesuffix("_rows")
