"""The nested stack of the IMAP gateway, and its container."""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

from gateway import imap_service
from gateway.__main__ import _parser
from tests.infra.loading import IMAP, MAIN, ROOT, load, resources

TEMPLATE = load(IMAP)
STACK = load(MAIN)["Resources"]["ImapStack"]
ROLES = resources(TEMPLATE, "AWS::IAM::Role")
(TASK,) = resources(TEMPLATE, "AWS::ECS::TaskDefinition").values()
(CONTAINER,) = TASK["ContainerDefinitions"]
DOCKERFILE = (ROOT / "gateway" / "Dockerfile").read_text(encoding="utf-8")
PINNED = (ROOT / "requirements" / "gateway.txt").read_text(encoding="utf-8")


def statements(role: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for policy in role["Policies"]:
        for each in policy["PolicyDocument"]["Statement"]:
            yield each["Fn::If"][1] if "Fn::If" in each else each


def given(value: Any) -> Any:
    """What stands under a condition, where it holds."""
    return value["Fn::If"][1] if isinstance(value, dict) and "Fn::If" in value else value


def many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_the_main_stack_gives_what_is_asked_for() -> None:
    """And makes nothing of it unless an image is named."""
    assert STACK["Condition"] == "HasImap"
    assert STACK["Properties"]["TemplateURL"] == "stacks/imap.yaml"
    assert set(STACK["Properties"]["Parameters"]) == set(TEMPLATE["Parameters"])
    assert load(MAIN)["Parameters"]["ImapImage"]["Default"] == ""


def test_the_task_may_do_what_the_mailboxes_need_and_no_more() -> None:
    """One bucket, one table, two queues; no star, no scan, nothing but models and mailboxes of the bucket is written."""
    found = list(statements(ROLES["TaskRole"]))
    for each in found:
        assert not [a for a in many(each["Action"]) if "*" in a]
        assert "*" not in many(each["Resource"])
    writes = [each for each in found if "s3:PutObject" in many(each["Action"])]
    assert [each["Resource"] for each in writes] == [
        {"Fn::Sub": "${BucketArn}/imap/*"},
        {"Fn::Sub": "${BucketArn}/out/*"},
    ]
    invokes = [each["Resource"] for each in found if each["Action"] == "lambda:InvokeFunction"]
    assert invokes == [{"Ref": "SubmitFunctionArn"}]
    assert "dynamodb:Scan" not in json.dumps(found)
    sends = [each["Resource"] for each in found if each["Action"] == "sqs:SendMessage"]
    assert sends == [[{"Ref": "DeliverQueueArn"}, {"Ref": "LearnQueueArn"}]]


def test_the_one_star_is_the_registrys_token() -> None:
    """It names no resource (Actions, resources, and condition keys for Amazon Elastic Container Registry)."""
    stars = [e for role in ROLES.values() for e in statements(role) if "*" in many(e["Resource"])]
    assert [each["Action"] for each in stars] == ["ecr:GetAuthorizationToken"]


@pytest.mark.parametrize("name", ROLES)
def test_roles_are_taken_by_containers_of_this_account(name: str) -> None:
    (statement,) = ROLES[name]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
    assert set(statement["Condition"]) == {"StringEquals", "ArnLike"}


def test_containers_are_reached_by_the_load_balancer_alone() -> None:
    """Mail clients reach 993 of it (465, too, where mail to send is taken), and it reaches nothing but the containers."""
    groups = resources(TEMPLATE, "AWS::EC2::SecurityGroup")
    public = [given(each) for each in groups["BalancerGroup"]["SecurityGroupIngress"]]
    assert [(each["FromPort"], each["ToPort"]) for each in public] == [(993, 993), (465, 465)]
    inside = [given(each) for each in groups["TaskGroup"]["SecurityGroupIngress"]]
    assert [each["FromPort"] for each in inside] == [1143, 8081, 1465]
    assert all(each["SourceSecurityGroupId"] == {"Ref": "BalancerGroup"} for each in inside)
    outside = resources(TEMPLATE, "AWS::EC2::SecurityGroupEgress").values()
    assert {each["DestinationSecurityGroupId"]["Ref"] for each in outside} == {"TaskGroup"}


def test_tls_ends_at_the_load_balancer_which_tells_who_the_client_is() -> None:
    listeners = resources(TEMPLATE, "AWS::ElasticLoadBalancingV2::Listener").values()
    assert [(each["Protocol"], each["Port"]) for each in listeners] == [("TLS", 993), ("TLS", 465)]
    assert all("TLS13-1-2" in each["SslPolicy"] for each in listeners)
    groups = resources(TEMPLATE, "AWS::ElasticLoadBalancingV2::TargetGroup").values()
    assert [each["Port"] for each in groups] == [1143, 1465]
    for targets in groups:
        attributes = {each["Key"]: each["Value"] for each in targets["TargetGroupAttributes"]}
        assert attributes["proxy_protocol_v2.enabled"] == "true"
        assert (targets["HealthCheckProtocol"], targets["HealthCheckPort"]) == ("HTTP", "8081")


def test_submission_is_there_when_asked_for_only() -> None:
    """Everything about it hangs on one condition."""
    made = load(IMAP)["Resources"]
    named = [name for name in made if "Submission" in name]
    assert sorted(named) == ["BalancerToSubmission", "SubmissionListener", "SubmissionTargets"]
    assert {made[name]["Condition"] for name in named} == {"HasSubmission"}
    assert load(MAIN)["Parameters"]["ImapSubmission"]["Default"] == "no"


def test_the_container_runs_as_nobody_on_a_file_system_it_cannot_write() -> None:
    assert CONTAINER["User"] == "10001"
    assert CONTAINER["ReadonlyRootFilesystem"] is True
    assert "USER 10001" in DOCKERFILE


def test_the_end_has_the_time_it_needs() -> None:
    """The load balancer stops sending, commands are finished, and only then the container is killed."""
    assert CONTAINER["StopTimeout"] > imap_service.GRACE
    assert CONTAINER["StopTimeout"] <= 120


def test_the_command_is_one_that_the_gateway_understands() -> None:
    """With what CloudFormation puts in."""
    words = [
        w if isinstance(w, str) else {"Ref": "10.0.0.0/16", "Fn::Sub": "2000"}[next(iter(w))]
        for w in map(given, CONTAINER["Command"])
    ]
    chosen = _parser().parse_args(words)
    assert chosen.submission_behind_tls == ("0.0.0.0", 1465)
    assert (chosen.imap_behind_tls, chosen.health) == (("0.0.0.0", 1143), ("0.0.0.0", 8081))
    assert (chosen.proxies, chosen.connections) == ("10.0.0.0/16", 2000)
    default = re.search(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    assert default
    assert _parser().parse_args(json.loads(default[1])).imap_behind_tls == ("0.0.0.0", 1143)


def test_the_variables_are_those_of_the_settings() -> None:
    settings = (ROOT / "layers" / "core" / "pratique" / "settings.py").read_text(encoding="utf-8")
    names = {each["Name"] for each in CONTAINER["Environment"] if each["Name"].startswith("PRATIQUE_")}
    assert names
    assert not [name for name in names if f'"{name}"' not in settings]


def test_what_the_dockerfile_copies_is_there() -> None:
    """No Docker runs here: its words are read. The build context lets through what is copied, and nothing else."""
    copied = re.findall(r"^COPY (?!--from)(\S+) (\S+)$", DOCKERFILE, re.MULTILINE)
    assert {source for source, _ in copied} == {"requirements/gateway.txt", "layers/core/pratique", "gateway"}
    for source, _ in copied:
        assert (ROOT / source).exists()
    ignored = (ROOT / "gateway" / "Dockerfile.dockerignore").read_text(encoding="utf-8").split()
    assert ignored[0] == "*"
    assert {line[1:] for line in ignored if line.startswith("!")} == {source for source, _ in copied}
    assert dict(copied)["gateway"] == "/app/gateway"
    assert "PYTHONPATH=/app" in DOCKERFILE


def test_whatever_is_installed_is_pinned() -> None:
    """With hashes, and checked."""
    assert "--require-hashes" in DOCKERFILE
    lines = [line for line in PINNED.splitlines() if line and not line.startswith((" ", "#"))]
    assert lines
    for line in lines:
        assert "==" in line
    assert PINNED.count("--hash=sha256:") > len(lines)
    other = (ROOT / "requirements" / "laptop.txt").read_text(encoding="utf-8")
    for line in lines:
        assert line in other, "the container runs the versions that the tests run"


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {each.name.partition(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def test_whatever_is_imported_is_installed() -> None:
    """Every package that gateway and core name; types for checkers only are left out."""
    core = ROOT / "layers" / "core" / "pratique"
    sources = [*(ROOT / "gateway").rglob("*.py"), *core.rglob("*.py")]
    for name in ("proofs.py", "oidc.py"):  # signing in to the panel is the API's
        sources.remove(core / "adapters" / name)
    names = set().union(*(imported(path) for path in sources))
    third = {
        name for name in names if name not in sys.stdlib_module_names and not name.startswith("mypy_boto3")
    }
    third -= {"pratique", "gateway", "_typeshed"}
    installed = {
        re.sub(r"[-_.]+", "-", line.partition("==")[0]).lower()
        for line in PINNED.splitlines()
        if "==" in line
    }
    by_module = packages_distributions()
    missing = {
        name
        for name in third
        if not {re.sub(r"[-_.]+", "-", each).lower() for each in by_module.get(name, [name])} & installed
    }
    assert missing == set()
