"""Least privilege, as far as it can be read off the templates. The e2e suite runs with these roles enforced."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.infra.loading import ALARMS, MAIN, load, resources

TEMPLATE = load(MAIN)
ROLES = resources(TEMPLATE, "AWS::IAM::Role")
FUNCTIONS = resources(TEMPLATE, "AWS::Serverless::Function")
PERMISSIONS = resources(TEMPLATE, "AWS::Lambda::Permission")

READS_BYTES = {"IngestFunction", "ApiFunction", "DeliverFunction", "NotifyFunction", "ReconcileFunction"}
DELETES_BYTES = {"ExpireFunction", "PurgeFunction", "ReconcileFunction"}
WRITES_MODELS = {"LearnFunction"}
WITHOUT_RESOURCES = ("ses:DescribeActiveReceiptRuleSet",)
"""Reads that IAM knows no resources of (Service Authorization Reference, Amazon SES): each in a statement of its own."""
READS_SECRETS = {
    "IngestFunction", "SubmitFunction", "ApiFunction", "DeliverFunction", "LettersFunction", "DigestFunction", "FeedbackFunction",
    "ReconcileFunction", "HookFunction", "JobFunction",
}  # fmt: skip
SENDS_MAIL = ("DeliverFunction", "LettersFunction", "DigestFunction")


def _statements(role: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every statement of a role, those under a condition too."""
    for policy in role.get("Policies", []):
        for statement in policy["PolicyDocument"]["Statement"]:
            yield from _unfold(statement)


def _unfold(statement: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "Fn::If" in statement:
        for branch in statement["Fn::If"][1:]:
            if branch != {"Ref": "AWS::NoValue"}:
                yield branch
    else:
        yield statement


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _role_of(function: str) -> dict[str, Any]:
    role: dict[str, Any] = ROLES[FUNCTIONS[function]["Role"]["Fn::GetAtt"][0]]
    return role


def _allows(function: str, action: str, place: str) -> bool:
    return any(
        action in _many(s["Action"]) and place in json.dumps(s["Resource"])
        for s in _statements(_role_of(function))
    )


def test_each_function_has_a_role_of_its_own() -> None:
    """A shared role gives each function the rights of all."""
    used = [body["Role"]["Fn::GetAtt"][0] for body in FUNCTIONS.values()]
    assert len(used) == len(set(used)) == len(FUNCTIONS)


@pytest.mark.parametrize("name", ROLES)
def test_no_role_has_a_star(name: str) -> None:
    """Neither as an action nor as a resource: every statement names what it is about."""
    found = list(_statements(ROLES[name]))
    assert found
    for statement in found:
        assert statement["Effect"] == "Allow"
        assert not [a for a in _many(statement["Action"]) if "*" in a]
        if statement["Action"] not in WITHOUT_RESOURCES:
            assert "*" not in _many(statement["Resource"])


@pytest.mark.parametrize("name", ROLES)
def test_managed_policies_are_for_tracing_only(name: str) -> None:
    """X-Ray has no resources to name, so its rights come from AWS's own policy, and only when tracing is on."""
    for policy in ROLES[name].get("ManagedPolicyArns", []):
        condition, arn, otherwise = policy["Fn::If"]
        assert condition == "IsTraced"
        assert arn["Fn::Sub"].endswith(":policy/AWSXRayDaemonWriteAccess")
        assert otherwise == {"Ref": "AWS::NoValue"}


@pytest.mark.parametrize("name", ROLES)
def test_a_role_is_taken_by_one_service_and_for_us_only(name: str) -> None:
    """A service that acts for others says for whom (confused deputy); Lambda takes a role only for functions that were given it."""
    (statement,) = ROLES[name]["AssumeRolePolicyDocument"]["Statement"]
    (service,) = _many(statement["Principal"]["Service"])
    if service == "lambda.amazonaws.com":
        return
    keys = {key for test in statement["Condition"].values() for key in test}
    assert keys == {"aws:SourceAccount", "aws:SourceArn"}


def test_only_those_who_read_mail_may_read_it() -> None:
    """The bytes of messages: ingest, the API (lessons, presigned URLs), deliver."""
    assert {f for f in FUNCTIONS if _allows(f, "s3:GetObject", "/raw/*")} == READS_BYTES
    assert {f for f in FUNCTIONS if _allows(f, "s3:DeleteObject", "/raw/*")} == DELETES_BYTES
    assert not [f for f in FUNCTIONS if _allows(f, "s3:PutObject", "/raw/*")]


def test_outgoing_bytes_are_written_by_the_api_alone() -> None:
    """Gateways write them too, with a role of their own (test_imap)."""
    assert {f for f in FUNCTIONS if _allows(f, "s3:PutObject", "/out/*")} == {"ApiFunction"}
    readers = {"ApiFunction", "DeliverFunction", "SubmitFunction"}
    assert {f for f in FUNCTIONS if _allows(f, "s3:GetObject", "/out/*")} == readers | {"NotifyFunction"}
    assert {f for f in FUNCTIONS if _allows(f, "s3:DeleteObject", "/out/*")} == readers | DELETES_BYTES


def test_only_the_learner_writes_models() -> None:
    """Conditional writes order learners among themselves; nobody else writes. The API reads them to explain a score."""
    assert {f for f in FUNCTIONS if _allows(f, "s3:PutObject", "/models/*")} == WRITES_MODELS
    assert {f for f in FUNCTIONS if _allows(f, "s3:GetObject", "/models/*")} == {
        "IngestFunction",
        "SubmitFunction",
        "ApiFunction",
        "ReconcileFunction",
    } | WRITES_MODELS


def test_catalogues_are_written_by_the_job_alone() -> None:
    """The API searches by them."""
    for action in ("s3:PutObject", "s3:DeleteObject"):
        assert {f for f in FUNCTIONS if _allows(f, action, "/search/*")} == {"JobFunction"}
    assert {f for f in FUNCTIONS if _allows(f, "s3:GetObject", "/search/*")} == {"ApiFunction", "JobFunction"}


def test_whoever_reads_objects_is_told_when_there_is_none() -> None:
    """Without s3:ListBucket S3 answers 403 for a missing key (API_GetObject, Permissions)."""
    readers = {f for f in FUNCTIONS if _allows(f, "s3:GetObject", "MailBucket")}
    assert {f for f in FUNCTIONS if _allows(f, "s3:ListBucket", "MailBucket")} == readers


def test_secrets_are_read_by_those_who_sign() -> None:
    """And the routes' credentials by those who send mail, under this stack's prefix."""
    secret = "secretsmanager:GetSecretValue"
    assert {f for f in FUNCTIONS if _allows(f, secret, "SigningSecret")} == READS_SECRETS
    prefix = "secret:pratique/${AWS::StackName}/route/*"
    assert {f for f in FUNCTIONS if _allows(f, secret, prefix)} == {*SENDS_MAIL, "NotifyFunction"}


def test_the_authorizer_reads_rows_and_nothing_else() -> None:
    """It is the one function that anybody can run."""
    rights = {a for s in _statements(_role_of("AuthorizeFunction")) for a in _many(s["Action"])}
    assert rights == {"dynamodb:GetItem", "logs:CreateLogStream", "logs:PutLogEvents"}


@pytest.mark.parametrize("name", SENDS_MAIL)
def test_sending_by_ses_is_bound_to_the_sender(name: str) -> None:
    """Only when a sender is given, and only from it."""
    found = [s for s in _statements(_role_of(name)) if "ses:SendRawEmail" in _many(s["Action"])]
    assert [s["Condition"] for s in found] == [{"StringLike": {"ses:FromAddress": {"Ref": "SesFromAddress"}}}]


def test_nobody_else_sends_by_ses() -> None:
    """Whatever the sender."""
    assert {f for f in FUNCTIONS if _allows(f, "ses:SendRawEmail", "")} == set(SENDS_MAIL)


def test_letters_read_accounts_and_routes_and_write_links() -> None:
    """They change and delete nothing, and read no mail."""
    rights = {a for s in _statements(_role_of("LettersFunction")) for a in _many(s["Action"])}
    assert {a for a in rights if a.startswith("dynamodb:")} == {
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
    }
    assert not {a for a in rights if a.startswith("s3:")}


def test_nobody_scans() -> None:
    """No scan on any path (DESIGN: data), so no right to one."""
    everything = MAIN.read_text(encoding="utf-8")
    assert "dynamodb:Scan" not in everything
    assert "dynamodb:PartiQL" not in everything


def test_a_function_writes_into_its_own_log_group_only() -> None:
    """Nor does it make log groups: those have a retention here."""
    for name in FUNCTIONS:
        own = name.removesuffix("Function") + "Log"
        found = [s for s in _statements(_role_of(name)) if "logs:PutLogEvents" in _many(s["Action"])]
        assert [(s["Action"], s["Resource"]) for s in found] == [
            (["logs:CreateLogStream", "logs:PutLogEvents"], {"Fn::GetAtt": [own, "Arn"]})
        ], name


@pytest.mark.parametrize("name", PERMISSIONS)
def test_whoever_invokes_is_named(name: str) -> None:
    """A service principal without a source is everybody's; SES knows the account apart from the rule (receiving-email-permissions)."""
    permission = PERMISSIONS[name]
    assert permission["Action"] == "lambda:InvokeFunction"
    source = permission["SourceArn"]["Fn::Sub"]
    assert "${AWS::AccountId}" in source
    assert "${AWS::Region}" in source
    if permission["Principal"] == "ses.amazonaws.com":
        assert permission["SourceAccount"] == {"Ref": "AWS::AccountId"}
        assert source.endswith(
            ":receipt-rule-set/${ReceiptRuleSetName}:receipt-rule/${AWS::StackName}-inbound"
        )


def test_resource_policies_let_in_services_for_us_only() -> None:
    """Bucket, queues, topic: an Allow names a service, its account and its source; the only star principal is denied."""
    policies = [
        *resources(TEMPLATE, "AWS::S3::BucketPolicy").values(),
        *resources(TEMPLATE, "AWS::SQS::QueuePolicy").values(),
        *resources(load(ALARMS), "AWS::SNS::TopicPolicy").values(),
    ]
    assert len(policies) == 3
    for policy in policies:
        for statement in (s for each in policy["PolicyDocument"]["Statement"] for s in _unfold(each)):
            if statement["Effect"] == "Deny":
                assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
                continue
            assert list(statement["Principal"]) == ["Service"]
            keys = {key for test in statement["Condition"].values() for key in test}
            assert keys == {"aws:SourceAccount", "aws:SourceArn"}
