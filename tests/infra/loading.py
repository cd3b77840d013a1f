"""Reads CloudFormation YAML with its short tags, as the long form that JSON has."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
MAIN = ROOT / "template.yaml"
ALARMS = ROOT / "stacks" / "alarms.yaml"
IMAP = ROOT / "stacks" / "imap.yaml"


class _Loader(yaml.SafeLoader):
    """SafeLoader plus CloudFormation's tags; a class of its own, so that no other YAML in the process knows them."""


def _intrinsic(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    if suffix in ("Ref", "Condition"):
        return {suffix: value}
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _intrinsic)


@cache
def load(path: Path) -> dict[str, Any]:
    """The template as plain dicts and lists, read once: look at it only."""
    loaded = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    assert isinstance(loaded, dict)
    return loaded


def resources(template: dict[str, Any], kind: str) -> dict[str, Any]:
    """Logical id -> properties of every resource of a type."""
    return {
        name: body.get("Properties", {})
        for name, body in template["Resources"].items()
        if body["Type"] == kind
    }
