"""Settings as a YAML file: written for people to review, read with the line of every value.

PyYAML reads it; what YAML can do beyond data (tags, references) is refused, and so is a key that is there twice, which PyYAML would let pass.
"""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from math import isfinite
from typing import TYPE_CHECKING, Any

from cli.failure import Failure

if TYPE_CHECKING:
    import yaml

INHERIT, NONE = "inherit", "none"
"""Written without quotes: use what is above; there is none."""
LARGEST = 6_000_000
"""Characters of a file."""
DEEPEST = 10
"""Levels of a file; settings have four."""
_LAST_OF_PLANE_0 = 0xFFFF
_PLAIN_KEY = re.compile(r"^[A-Za-z_][A-Za-z0-9_.@-]*$")
_MADE = frozenset({"set", "omap", "pairs", "binary"})
"""Kinds of YAML that no setting has."""
_PLACE = re.compile(r" - at `\$\.?([^`]*)`")


def written(document: dict[str, Any], policy: dict[str, Any]) -> str:
    """The file of a document that GET /v1/settings gave, with what GET /v1/policies says is in force beside it."""
    scope = document["scope"]
    lines = [
        f"# Settings of {scope}. In the policy, `{INHERIT}` uses what is above, which is not the same as the same value.",
        "# A part that is taken out of this file stays as it is; entries and aliases that are taken out of their part are deleted.",
        f"format: {document['format']}",
        f"scope: {_scalar(scope)}",
        "",
        "policy:",
    ]
    for name, value in document["policy"].items():
        told = INHERIT if value is None else _scalar(value)
        force = f"{_scalar(policy['effective'][name])} from {policy['sources'][name]}"
        lines.append(f"  {name}: {told}" + (f"  # in force: {force}" if value is None else ""))
    lines += ["", "entries:" if document["entries"] else "entries: []"]
    for entry in document["entries"]:
        lines.append(f"- pattern: {_scalar(entry['pattern'])}")
        lines += [f"  {name}: {_scalar(value)}" for name, value in entry.items() if name != "pattern"]
    if "route" in document:
        lines += ["", *_part("route", document["route"])]
    if "aliases" in document:
        lines += ["", *_part("aliases", document["aliases"])]
    return "\n".join(lines) + "\n"


def _part(name: str, value: Any) -> list[str]:
    if value is None:
        return [f"{name}: {NONE}"]
    lines = [f"{name}:"]
    for key, inner in value.items():
        if isinstance(inner, dict):
            lines.append(f"  {key}:" if inner else f"  {key}: {{}}")
            lines += [f"    {_key(k)}: {_scalar(v)}" for k, v in inner.items()]
        else:
            lines.append(f"  {key}: {_scalar(inner)}")
    return lines


def _key(text: str) -> str:
    return text if _PLAIN_KEY.match(text) else _scalar(text)


def _scalar(value: Any) -> str:
    """A value as JSON, which is YAML; without quotes where it stands for nothing."""
    if value is None:
        return NONE
    if isinstance(value, list):
        return f"[{', '.join(map(_scalar, value))}]"
    told = json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and not told.isprintable():
        return "".join(char if char.isprintable() else _escaped(char) for char in told)
    return told


def _escaped(char: str) -> str:
    """A character that cannot be seen, as YAML has it in double quotes (YAML 1.2.2, 5.7). JSON would write half of it after the other half."""
    number = ord(char)
    return f"\\u{number:04x}" if number <= _LAST_OF_PLANE_0 else f"\\U{number:08x}"


class SettingsFile:
    """A file that was read: `document` is what PUT /v1/settings takes."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self._lines: dict[str, int] = {}
        self.document = self._read(text)

    def failure(self, failure: Failure) -> Failure:
        """The API's refusal with the line of what it names."""
        found = _PLACE.search(str(failure))
        if found is None:
            return failure
        place = found[1]
        line = self._line(place)
        words = _PLACE.sub("", str(failure))
        where = f"{self.name}, line {line}" if line else self.name
        return Failure(f"{where}: {place}: {words}", failure.code)

    def _line(self, place: str) -> int:
        """The line of a place, or of the nearest thing around it."""
        while place:
            if place in self._lines:
                return self._lines[place]
            place = re.sub(r"(?:\.[^.\[]*|\[[^\]]*\]|^[^.\[]*)$", "", place)
        return 0

    def _read(self, text: str) -> dict[str, Any]:
        import yaml  # noqa: PLC0415 - only this command reads YAML

        if len(text) > LARGEST:
            raise Failure(f"{self.name} is too large")
        try:
            depth = 0
            for event in yaml.parse(text, Loader=yaml.SafeLoader):
                depth += isinstance(event, yaml.CollectionStartEvent)
                depth -= isinstance(event, yaml.CollectionEndEvent)
                if depth > DEEPEST:
                    raise self._wrong(event.start_mark, "settings are not nested so deep")
                if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                    raise self._wrong(event.start_mark, "references (& and *) are not understood here")
            root = yaml.compose(text, Loader=yaml.SafeLoader)
            found = None if root is None else self._value(root, "")
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise self._wrong(mark, str(error.problem or "this is no YAML")) from None
        except (yaml.YAMLError, RecursionError):
            raise Failure(f"{self.name} is no YAML") from None
        if not isinstance(found, dict):
            raise Failure(f"{self.name}: these are no settings")
        return found

    def _wrong(self, mark: Any, words: str) -> Failure:
        where = f", line {mark.line + 1}" if mark is not None else ""
        return Failure(f"{self.name}{where}: {words}")

    def _value(self, node: yaml.Node, place: str) -> Any:
        import yaml  # noqa: PLC0415 - as above

        self._lines[place] = node.start_mark.line + 1
        if not node.tag.startswith("tag:yaml.org,2002:") or node.tag.partition("2002:")[2] in _MADE:
            raise self._wrong(node.start_mark, f"{node.tag} is not understood here")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(each, f"{place}[{number}]") for number, each in enumerate(node.value)]
        if getattr(node, "style", None) is None and node.value in (INHERIT, NONE):
            return None
        value = yaml.SafeLoader("").construct_object(node)
        if isinstance(value, float) and not isfinite(value):
            raise self._wrong(node.start_mark, "this is no number")
        return value.isoformat() if isinstance(value, datetime | date) else value

    def _mapping(self, node: yaml.MappingNode, place: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            name = key.value
            if not isinstance(name, str) or key.tag == "tag:yaml.org,2002:merge":
                raise self._wrong(key.start_mark, "a name is plain text")
            if name in found:
                raise self._wrong(key.start_mark, f"{name} is there twice")
            inner = f"{place}.{name}" if place else name
            found[name] = self._value(value, inner)
            self._lines[inner] = key.start_mark.line + 1
        return found
