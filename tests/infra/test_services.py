"""What the build keeps of botocore's data, against the code that makes the calls."""

from __future__ import annotations

import ast
import gzip
import json
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import botocore
import botocore.session
import pytest
from botocore import xform_name

from tests.infra.loading import ROOT
from tools.trim_botocore import read_services, reduce_description, trim

DATA = Path(botocore.__file__).parent / "data"
LISTED = read_services((ROOT / "layers" / "deps" / "services.txt").read_text(encoding="utf-8"))
ADAPTERS = ROOT / "layers" / "core" / "pratique" / "adapters"
BESIDE_LAMBDA = {"lambda"}
"""Called by the SMTP edge, which runs with botocore as it comes."""

OF_ANOTHER = {"ses": {"SendEmail"}}
"""Operations of a service whose names another one's calls bear: mail is sent by sesv2, ses only bounces."""


@cache
def _words() -> set[str]:
    """Names of the methods that the adapters call, and their short strings (generate_presigned_url takes a name)."""
    found: set[str] = set()
    for path in ADAPTERS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                found.add(node.func.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 40:
                found.add(node.value)
    return found


def _operations(service: str) -> dict[str, str]:
    """The Python name of every operation of a service -> its own name."""
    description = botocore.session.get_session().get_service_model(service)
    return {xform_name(name): name for name in description.operation_names}


def _clients() -> set[str]:
    """Services that a client is made for: `self._client("s3", ...)`; the table's client is pynamodb's."""
    tree = ast.parse((ADAPTERS / "aws" / "session.py").read_text(encoding="utf-8"))
    named = {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "_client"
        and isinstance(node.args[0], ast.Constant)
    }
    return {"dynamodb"} | {name for name in named if isinstance(name, str)}


def test_the_list_has_every_service_that_a_client_is_made_for() -> None:
    """And no other."""
    assert _clients() - BESIDE_LAMBDA == set(LISTED)


@pytest.mark.parametrize("service", LISTED)
def test_the_list_has_every_operation_that_the_adapters_call(service: str) -> None:
    """An operation that is missing in the artefact fails on Lambda only; one too many is dead weight."""
    called = {name for word, name in _operations(service).items() if word in _words()}
    called -= OF_ANOTHER.get(service, set())
    assert called == LISTED[service]


@pytest.fixture(scope="module")
def trimmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """botocore's data of the listed services and one more, cut down."""
    data = tmp_path_factory.mktemp("botocore") / "data"
    data.mkdir()
    for name in [*LISTED, "sts"]:
        shutil.copytree(DATA / name, data / name)
    for file in DATA.glob("*.json"):
        shutil.copyfile(file, data / file.name)
    trim(data, LISTED)
    return data


def _session(data: Path) -> botocore.session.Session:
    session = botocore.session.Session()
    loader = botocore.loaders.Loader(extra_search_paths=[str(data)], include_default_search_paths=False)
    session.register_component("data_loader", loader)
    session.set_credentials("a", "b")
    return session


@pytest.mark.parametrize("service", LISTED)
def test_a_client_from_the_trimmed_data_has_every_listed_operation(service: str, trimmed: Path) -> None:
    """And no other; names, shapes and endpoint are as in the whole data."""
    cut = _session(trimmed).create_client(service, region_name="eu-west-1")
    whole = botocore.session.get_session().create_client(service, region_name="eu-west-1")
    assert set(cut.meta.method_to_api_mapping.values()) == LISTED[service]
    assert cut.meta.endpoint_url == whole.meta.endpoint_url
    for operation in LISTED[service]:
        ours, theirs = (c.meta.service_model.operation_model(operation) for c in (cut, whole))
        assert _outline(ours.input_shape) == _outline(theirs.input_shape)
        assert _outline(ours.output_shape) == _outline(theirs.output_shape)
        assert {e.name for e in ours.error_shapes} == {e.name for e in theirs.error_shapes}


def _outline(shape: Any, seen: frozenset[str] = frozenset()) -> Any:
    """A shape as nested tuples, each name once (attribute values of DynamoDB hold themselves)."""
    if shape is None or shape.name in seen:
        return getattr(shape, "name", None)
    inside = seen | {shape.name}
    kind = (shape.name, shape.type_name, tuple(sorted(map(str, shape.serialization.items()))))
    if shape.type_name == "structure":
        members = tuple((name, _outline(member, inside)) for name, member in shape.members.items())
        return (*kind, tuple(shape.required_members), members)
    if shape.type_name == "list":
        return (*kind, _outline(shape.member, inside))
    if shape.type_name == "map":
        return (*kind, _outline(shape.key, inside), _outline(shape.value, inside))
    return kind


def test_an_s3_url_can_be_signed_with_the_trimmed_data(trimmed: Path) -> None:
    """In every partition that S3 has."""
    for region, host in (
        ("eu-west-1", "amazonaws.com"),
        ("cn-north-1", "amazonaws.com.cn"),
        ("us-gov-west-1", "amazonaws.com"),
    ):
        client: Any = _session(trimmed).create_client("s3", region_name=region)
        url = client.generate_presigned_url("get_object", Params={"Bucket": "some-bucket", "Key": "raw/x"})
        assert f".{host}/raw/x?" in url


def test_what_is_kept_is_small(trimmed: Path) -> None:
    """Under 600 kB of 24 MB; nothing else is left of a service that was not listed."""
    assert {path.name for path in trimmed.iterdir() if path.is_dir()} == set(LISTED)
    assert sum(path.stat().st_size for path in trimmed.rglob("*") if path.is_file()) < 600_000


def test_a_member_called_documentation_is_no_prose() -> None:
    """Prose is cut by place, not by name."""
    shapes = {"In": {"type": "structure", "members": {"documentation": {"shape": "S", "documentation": "x"}}}}
    description = {
        "metadata": {"serviceId": "Some"},
        "operations": {"Do": {"input": {"shape": "In"}, "documentation": "x"}, "Other": {}},
        "shapes": {**shapes, "S": {"type": "string", "documentation": "x"}, "Unused": {"type": "string"}},
    }
    assert reduce_description(description, frozenset({"Do"})) == {
        "metadata": {"serviceId": "Some"},
        "operations": {"Do": {"input": {"shape": "In"}}},
        "shapes": {
            "In": {"type": "structure", "members": {"documentation": {"shape": "S"}}},
            "S": {"type": "string"},
        },
    }


def test_an_operation_that_does_not_exist_stops_the_build() -> None:
    """A misspelt one would be found missing on Lambda otherwise."""
    (file,) = (DATA / "sqs").rglob("service-2.json.gz")
    with pytest.raises(LookupError, match="SendMesage"):
        reduce_description(json.loads(gzip.decompress(file.read_bytes())), frozenset({"SendMesage"}))


def test_a_service_that_does_not_exist_stops_the_build(tmp_path: Path) -> None:
    """Before anything is deleted."""
    with pytest.raises(LookupError, match="sqss"):
        trim(tmp_path, {"sqss": frozenset({"SendMessage"})})


@pytest.mark.parametrize("text", ["s3", "s3:", "s3: A\ns3: B"])
def test_a_list_that_cannot_be_read_stops_the_build(text: str) -> None:
    """A service without operations, or twice."""
    with pytest.raises(ValueError, match="not a service"):
        read_services(text)
