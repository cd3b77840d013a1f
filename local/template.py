"""The project's own template.yaml, made fit for the emulator: what is left out or changed, each with its reason.

What the emulator was seen to do is in docs/decisions/template-contract.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from local.problem import LaptopError

Template = dict[str, Any]

LEFT_OUT_TYPES = {
    "AWS::SES::ReceiptRule": "the emulator refuses it; the SMTP edge does what the rule does",
    "AWS::SES::ReceiptRuleSet": "as above",
}
LEFT_OUT = {
    "AlarmStack": "nobody watches a laptop's alarms",
    "ImapStack": "the gateway is a process here",
    "PanelStack": "the front serves the panel",
    "QueuesTlsOnly": "the emulator speaks plain http on the loopback address, and would enforce this",
}
LEFT_OUT_STATEMENTS = {"TlsOnly": "as QueuesTlsOnly"}
BATCHES = {
    "sqs:SendMessage": "sqs:SendMessageBatch",
    "sqs:DeleteMessage": "sqs:DeleteMessageBatch",
    "sqs:ChangeMessageVisibility": "sqs:ChangeMessageVisibilityBatch",
}
"""AWS has no rights of the batch calls' names: the single call's right covers both (Amazon SQS API permissions). The emulator asks for the
batch call's own name, so whoever has the one gets the other here.
"""
NAMES = {
    "MailBucket": ("BucketName", "pratique-mail"),
    "MailTable": ("TableName", "pratique-mail"),
}
"""Fixed, so that a deployment onto an emulator that lost its state in a crash finds the raw mail again, which is on disk."""
_SUB = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.[^}]*)?\}")


class _Loader(yaml.SafeLoader):
    """CloudFormation's short forms (`!Ref`, `!Sub` ...) as their long ones."""


def _long_form(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> dict[str, Any]:
    name = tag if tag in ("Ref", "Condition") else f"Fn::{tag}"
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if tag == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    return {name: value}


_Loader.add_multi_constructor("!", _long_form)


def read_template(path: Path) -> Template:
    """The template with every short form in its long form."""
    loaded: Template = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a SafeLoader with one constructor more
    return loaded


def sources(template: Template) -> dict[str, str]:
    """Logical id -> folder, for every function and layer."""
    keys = {"AWS::Serverless::Function": "CodeUri", "AWS::Serverless::LayerVersion": "ContentUri"}
    return {
        name: resource["Properties"][keys[resource["Type"]]]
        for name, resource in template["Resources"].items()
        if resource["Type"] in keys
    }


def adapt(template: Template, code: Mapping[str, tuple[str, str]]) -> Template:
    """The template for the emulator. `code` gives (bucket, key) of the zip of each function and layer.

    Raises LaptopError when what is left still refers to what was left out.
    """
    gone = {
        name
        for name, each in template["Resources"].items()
        if name in LEFT_OUT or each["Type"] in LEFT_OUT_TYPES
    }
    resources = {
        name: _adapt_resource(name, resource, code)
        for name, resource in template["Resources"].items()
        if name not in gone
    }
    outputs = {
        name: output
        for name, output in template.get("Outputs", {}).items()
        if not gone & set(references(output))
    }
    for name, resource in resources.items():
        broken = gone & set(references(resource))
        if broken:
            raise LaptopError(
                f"template.yaml: {name} refers to {', '.join(sorted(broken))}, which the laptop leaves out"
            )
    for name, function in (
        ("IngestFunction", "Ref"),
        ("DeliverQueue", "Ref"),
        ("ApiStage", "Ref"),
        ("HttpApi", "Ref"),
    ):
        if name in resources:
            outputs[f"Local{name}"] = {"Value": {function: name}}
    return {**template, "Resources": resources, "Outputs": outputs}


def _adapt_resource(
    name: str, resource: dict[str, Any], code: Mapping[str, tuple[str, str]]
) -> dict[str, Any]:
    properties = dict(resource.get("Properties", {}))
    kept = {
        key: value for key, value in resource.items() if key != "Metadata"
    }  # build instructions, lint settings
    if name in code:
        bucket, key = code[name]
        where = "CodeUri" if resource["Type"] == "AWS::Serverless::Function" else "ContentUri"
        properties[where] = {"Bucket": bucket, "Key": key}
    if name in NAMES:
        field, value = NAMES[name]
        properties[field] = value
    change = _CHANGES.get(resource["Type"])
    if change:
        properties = change(properties)
    return {**kept, "Properties": properties}


def _without_statements(properties: dict[str, Any]) -> dict[str, Any]:
    document = properties["PolicyDocument"]
    statements = [s for s in document["Statement"] if s.get("Sid") not in LEFT_OUT_STATEMENTS]
    return {**properties, "PolicyDocument": {**document, "Statement": statements}}


def _with_literal_concurrency(properties: dict[str, Any]) -> dict[str, Any]:
    """The emulator hands a Number parameter on as text, and its queue poller then stops with an error. Two: each worker is a process."""
    events = {}
    for name, event in properties.get("Events", {}).items():
        inner = event["Properties"]
        if "ScalingConfig" in inner:
            inner = {**inner, "ScalingConfig": {"MaximumConcurrency": 2}}
        events[name] = {**event, "Properties": inner}
    return {**properties, "Events": events} if events else properties


def _with_batch_rights(value: Any) -> Any:
    """Every statement of a role, those inside an `Fn::If` too."""
    if isinstance(value, list):
        return [_with_batch_rights(each) for each in value]
    if not isinstance(value, dict):
        return value
    changed = {key: _with_batch_rights(inner) for key, inner in value.items()}
    if "Action" in changed:
        listed = [changed["Action"]] if isinstance(changed["Action"], str) else changed["Action"]
        changed["Action"] = [*listed, *(BATCHES[action] for action in listed if action in BATCHES)]
    return changed


_CHANGES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "AWS::IAM::Role": _with_batch_rights,
    "AWS::S3::BucketPolicy": _without_statements,
    "AWS::Serverless::Function": _with_literal_concurrency,
}


def references(value: object) -> Iterator[str]:
    """Every logical id, parameter or pseudo parameter that a part of a template refers to."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "Ref":
                yield inner
            elif key == "Fn::GetAtt":
                yield inner[0]
            elif key == "Fn::Sub":
                yield from _SUB.findall(inner if isinstance(inner, str) else inner[0])
            elif key == "DependsOn":
                yield from [inner] if isinstance(inner, str) else inner
            if not isinstance(inner, str):
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)
