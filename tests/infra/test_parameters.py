"""Parameters are the manual that people see while they deploy; outputs, what they see after."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.infra.loading import ALARMS, IMAP, MAIN, ROOT, load

TEMPLATE = load(MAIN)
PARAMETERS = TEMPLATE["Parameters"]
BOTH = [(path, name) for path in (MAIN, ALARMS, IMAP) for name in load(path)["Parameters"]]


@pytest.mark.parametrize(("path", "name"), BOTH, ids=[f"{p.stem}-{n}" for p, n in BOTH])
def test_a_parameter_says_what_it_is_and_what_it_takes(path: Path, name: str) -> None:
    """A sentence, and a pattern, a list or a range."""
    parameter = load(path)["Parameters"][name]
    assert parameter["Description"].endswith((".", "?"))
    bounded = {"MinValue", "MaxValue"} <= set(parameter)
    assert bounded or "AllowedPattern" in parameter or "AllowedValues" in parameter
    default = parameter.get("Default")
    if "AllowedPattern" in parameter and default is not None:
        assert re.search(parameter["AllowedPattern"], str(default))
    if bounded and default is not None:
        assert parameter["MinValue"] <= default <= parameter["MaxValue"]


def test_every_parameter_is_in_a_group() -> None:
    """The console shows the others at the end, without order."""
    groups = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    grouped = [name for group in groups for name in group["Parameters"]]
    assert sorted(grouped) == sorted(PARAMETERS)


def test_every_parameter_has_a_default() -> None:
    """So that a first deployment asks nothing that it need not."""
    assert not [name for name, body in PARAMETERS.items() if "Default" not in body]


def test_outputs_are_described() -> None:
    """Each in a sentence."""
    for body in TEMPLATE["Outputs"].values():
        assert body["Description"].endswith(".")


def test_the_configuration_page_has_every_parameter_and_variable() -> None:
    """docs/configuration.md is the place where people look."""
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    settings = (ROOT / "layers" / "core" / "pratique" / "settings.py").read_text(encoding="utf-8")
    variables = set(re.findall(r'"(PRATIQUE_[A-Z0-9_]+)"', settings))
    assert not [name for name in [*PARAMETERS, *sorted(variables)] if f"`{name}`" not in page]


def test_the_makefiles_build_for_the_defaults() -> None:
    """A layer for another Python or processor than the functions' would not load."""
    text = (ROOT / "layers" / "build.mk").read_text(encoding="utf-8")
    built = dict(re.findall(r"^(PRATIQUE_\w+) \?= (\S+)$", text, re.MULTILINE))
    assert f"python{built['PRATIQUE_PYTHON']}" == PARAMETERS["LambdaRuntime"]["Default"]
    assert built["PRATIQUE_ARCH"] == PARAMETERS["Architecture"]["Default"]
