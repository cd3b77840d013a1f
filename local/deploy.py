"""Deploy the template onto the emulator, by CloudFormation's API; nothing is done where nothing has changed."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local.bundle import Bundle, bundle
from local.emulator import Emulator
from local.problem import LaptopError
from local.template import Template, adapt, read_template, sources
from tools.build_layer import host_arch, host_minor

STACK = "pratique"
CODE_BUCKET = "pratique-code"
DEPLOY_SECONDS = 180.0
HOSTNAME = "pratique.localhost"
TTL_ATTRIBUTE = "expires_at"
DIGEST_DOMAIN = "digest.pratique.localhost"
"""Where the laptop's digests can be answered; the SMTP edge takes mail for any domain."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """Names of what was deployed. `changed` tells whether this start had to deploy anything."""

    outputs: dict[str, str]
    changed: bool

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a gateway process for this installation (docs/configuration.md)."""
        return {
            "PRATIQUE_TABLE": self.outputs["Table"],
            "PRATIQUE_BUCKET": self.outputs["Bucket"],
            "PRATIQUE_INGEST_FUNCTION": self.outputs["IngestFunctionArn"],
            "PRATIQUE_SUBMIT_FUNCTION": self.outputs["SubmitFunctionArn"],
            "PRATIQUE_HOSTNAME": HOSTNAME,
            "PRATIQUE_ANY_DOMAIN": "yes",
            "PRATIQUE_DELIVER_QUEUE": self.outputs["DeliverQueueUrl"],
            "PRATIQUE_LEARN_QUEUE": self.outputs["LearnQueueUrl"],
            "PRATIQUE_SIGNING_SECRET": self.outputs["SigningSecretArn"],
            "PRATIQUE_DIGEST_QUEUE": self.outputs["DigestQueueUrl"],
        }

    @property
    def api_path(self) -> str:
        """Where the emulator serves the HTTP API, below its own URL."""
        return f"/_aws/execute-api/{self.outputs['LocalHttpApi']}/{self.outputs['LocalApiStage']}"


def deploy(
    emulator: Emulator,
    root: Path,
    state: Path,
    chosen: Mapping[str, str],
    *,
    url: str,
    say: Callable[[str], None],
) -> Deployment:
    """Bring the emulator to what the working tree says, with the parameters `chosen` beside our own. Raises LaptopError."""
    template = read_template(root / "template.yaml")
    cache = state / "build"
    cache.mkdir(parents=True, exist_ok=True)
    bundles = {name: bundle(root, cache, name, source, say=say) for name, source in sources(template).items()}
    adapted = adapt(template, {name: (CODE_BUCKET, each.key) for name, each in bundles.items()})
    parameters = {**_parameters(url), **chosen}
    wanted = hashlib.sha256(json.dumps([adapted, parameters], sort_keys=True).encode()).hexdigest()
    cloudformation = emulator.client("cloudformation")
    status = _status(cloudformation)
    note = state / "deployed"
    known = note.read_text(encoding="ascii").strip() if note.exists() else ""
    fresh = status.get("StackStatus", "") in ("CREATE_COMPLETE", "UPDATE_COMPLETE") and known == wanted
    if not fresh:
        say("deploying template.yaml onto the emulator")
        _upload(emulator, bundles)
        status = _bring(cloudformation, emulator, adapted, parameters, exists=bool(status))
        note.write_text(wanted + "\n", encoding="ascii")
    outputs = {each["OutputKey"]: each["OutputValue"] for each in status.get("Outputs", [])}
    if not fresh:
        _set_ttl(emulator, outputs["Table"])
    return Deployment(outputs, changed=not fresh)


def _parameters(url: str) -> dict[str, str]:
    return {
        "Hostname": HOSTNAME,
        "Architecture": host_arch(),
        "LambdaRuntime": f"python{host_minor()}",
        "ProtectTable": "no",
        "ExpireEveryMinutes": "2",
        "PrivateHooks": "yes",
        "PanelUrl": url,
        "PublicUrl": url,
        "DigestDomain": DIGEST_DOMAIN,
        "DigestFrom": f"quarantine@{DIGEST_DOMAIN}",
    }


def _upload(emulator: Emulator, bundles: dict[str, Bundle]) -> None:
    s3 = emulator.client("s3")
    if CODE_BUCKET not in {each["Name"] for each in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(Bucket=CODE_BUCKET)
    there = {each["Key"] for each in s3.list_objects_v2(Bucket=CODE_BUCKET).get("Contents", [])}
    for each in bundles.values():
        if each.key not in there:
            s3.put_object(Bucket=CODE_BUCKET, Key=each.key, Body=each.path.read_bytes())
    for key in there - {each.key for each in bundles.values()} - {"template.json"}:
        s3.delete_object(Bucket=CODE_BUCKET, Key=key)


def _status(cloudformation: Any) -> dict[str, Any]:
    try:
        found: dict[str, Any] = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
    except ClientError:
        return {}
    return {} if found["StackStatus"] == "DELETE_COMPLETE" else found


def _bring(
    cloudformation: Any, emulator: Emulator, template: Template, parameters: dict[str, str], *, exists: bool
) -> dict[str, Any]:
    """Create or update the stack, and wait. A stack that failed to be created is taken away first."""
    emulator.client("s3").put_object(
        Bucket=CODE_BUCKET, Key="template.json", Body=json.dumps(template).encode()
    )
    call = {
        "StackName": STACK,
        "TemplateURL": f"{emulator.url}/{CODE_BUCKET}/template.json",
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        "Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
    }
    if exists and not _status(cloudformation)["StackStatus"].endswith(
        ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
    ):
        cloudformation.delete_stack(StackName=STACK)
        _wait(cloudformation, gone_is_fine=True)
        exists = False
    try:
        cloudformation.update_stack(**call) if exists else cloudformation.create_stack(**call)
    except ClientError as error:
        if "No updates are to be performed" not in str(error):
            raise LaptopError(f"the emulator refused template.yaml: {error}") from error
    status = _wait(cloudformation)
    if status["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise LaptopError(
            f"template.yaml could not be deployed: {_first_failure(cloudformation) or status['StackStatus']}"
        )
    return status


def _wait(cloudformation: Any, *, gone_is_fine: bool = False) -> dict[str, Any]:
    deadline = time.monotonic() + DEPLOY_SECONDS
    while time.monotonic() < deadline:
        status = _status(cloudformation)
        if not status and gone_is_fine:
            return {}
        if status and not status["StackStatus"].endswith("IN_PROGRESS"):
            return status
        time.sleep(0.05)
    raise LaptopError(f"template.yaml was not deployed within {DEPLOY_SECONDS:.0f} seconds")


def _first_failure(cloudformation: Any) -> str:
    events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
    failed = [e for e in events if e["ResourceStatus"].endswith("FAILED") and e.get("ResourceStatusReason")]
    if not failed:
        return ""
    return f"{failed[-1]['LogicalResourceId']}: {failed[-1]['ResourceStatusReason']}"


def _set_ttl(emulator: Emulator, table: str) -> None:
    """The emulator ignores the template's TimeToLiveSpecification."""
    dynamodb = emulator.client("dynamodb")
    found = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    if found.get("TimeToLiveStatus") not in ("ENABLED", "ENABLING"):
        dynamodb.update_time_to_live(
            TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": TTL_ATTRIBUTE}
        )
