"""What the laptop changes of the project's own template, and that it is all still there to be changed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.problem import LaptopError
from local.stack import ROOT
from local.template import BATCHES, LEFT_OUT, LEFT_OUT_TYPES, NAMES, adapt, read_template, references, sources


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    return read_template(ROOT / "template.yaml")


@pytest.fixture(scope="module")
def adapted(template: dict[str, Any]) -> dict[str, Any]:
    return adapt(template, {name: ("bucket", f"{name}.zip") for name in sources(template)})


def test_what_is_left_out_or_renamed_exists(template: dict[str, Any]) -> None:
    """Else the tables in the code would name what nobody has."""
    resources = template["Resources"]
    assert set(LEFT_OUT) <= set(resources)
    assert set(NAMES) <= set(resources)
    assert {r["Type"] for r in resources.values()} & set(LEFT_OUT_TYPES)


def test_every_function_and_layer_has_its_zip(template: dict[str, Any], adapted: dict[str, Any]) -> None:
    found = sources(template)
    assert {"IngestFunction", "ApiFunction", "DepsLayer", "CoreLayer"} <= set(found)
    for name, source in found.items():
        assert (ROOT / source).is_dir()
        properties = adapted["Resources"][name]["Properties"]
        assert {"Bucket": "bucket", "Key": f"{name}.zip"} in (
            properties.get("CodeUri"),
            properties.get("ContentUri"),
        )


def test_nothing_refers_to_what_is_gone(template: dict[str, Any], adapted: dict[str, Any]) -> None:
    gone = set(template["Resources"]) - set(adapted["Resources"])
    assert gone
    assert not gone & set(references(adapted))


def test_what_nobody_could_deploy_is_said(template: dict[str, Any]) -> None:
    broken = {
        **template,
        "Resources": {**template["Resources"], "X": {"Type": "T", "DependsOn": "AlarmStack"}},
    }
    with pytest.raises(LaptopError, match="X refers to AlarmStack"):
        adapt(broken, {})


def test_rights_stay_as_narrow_as_they_are(template: dict[str, Any], adapted: dict[str, Any]) -> None:
    """The only rights that a role has more are those of the batch calls."""

    def actions(value: object) -> list[str]:
        if isinstance(value, dict):
            own = value.get("Action", [])
            listed = [own] if isinstance(own, str) else own
            return listed + [a for inner in value.values() for a in actions(inner)]
        return [a for inner in value for a in actions(inner)] if isinstance(value, list) else []

    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::IAM::Role":
            before, after = actions(resource), actions(adapted["Resources"][name])
            assert set(after) - set(before) == {BATCHES[a] for a in before if a in BATCHES}, name


def test_the_result_is_json(adapted: dict[str, Any]) -> None:
    assert json.loads(json.dumps(adapted)) == adapted
