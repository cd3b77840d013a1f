"""Table, bucket, secret and queues."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pratique.adapters.aws.table import TTL_ATTRIBUTE
from pratique.adapters.aws.table_shape import INDEXES, KEYS, shape
from pratique.domain.policy import MAX_RETENTION_DAYS

from tests.infra.loading import ALARMS, MAIN, load, resources

TEMPLATE = load(MAIN)
RESOURCES = TEMPLATE["Resources"]
TABLE = RESOURCES["MailTable"]["Properties"]
BUCKET = RESOURCES["MailBucket"]["Properties"]
QUEUES = resources(TEMPLATE, "AWS::SQS::Queue")
FUNCTIONS = resources(TEMPLATE, "AWS::Serverless::Function")


def _seconds(function: str) -> int:
    seconds: int = FUNCTIONS[function]["Timeout"]
    return seconds


def test_the_table_has_the_shape_that_the_adapters_speak_to() -> None:
    """Keys, indexes and projections by the same names."""
    wanted = shape("t")
    assert TABLE["KeySchema"] == [{"AttributeName": k, "KeyType": v} for k, v in KEYS.items()]
    indexes = {index["IndexName"]: index for index in TABLE["GlobalSecondaryIndexes"]}
    assert indexes == {index["IndexName"]: index for index in wanted["GlobalSecondaryIndexes"]}
    assert set(indexes) == set(INDEXES)
    found = {each["AttributeName"]: each["AttributeType"] for each in TABLE["AttributeDefinitions"]}
    assert found == {each["AttributeName"]: each["AttributeType"] for each in wanted["AttributeDefinitions"]}


def test_the_table_keeps_what_it_is_given() -> None:
    """On demand, restorable to any second, encrypted, protected by default; kept when the stack goes."""
    assert TABLE["BillingMode"] == "PAY_PER_REQUEST"
    assert TABLE["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert TABLE["SSESpecification"] == {"SSEEnabled": True}
    assert TABLE["DeletionProtectionEnabled"] == {"Fn::If": ["IsProtected", True, False]}
    assert TEMPLATE["Parameters"]["ProtectTable"]["Default"] == "yes"


def test_the_table_expires_rows_and_reports_it() -> None:
    """TTL on the adapters' attribute; old images, so that purge knows what went."""
    assert TABLE["TimeToLiveSpecification"] == {"AttributeName": TTL_ATTRIBUTE, "Enabled": True}
    assert TABLE["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}


@pytest.mark.parametrize("name", ["MailTable", "MailBucket"])
def test_mail_outlives_the_stack(name: str) -> None:
    """Deleting or replacing by mistake must not lose mail."""
    assert RESOURCES[name]["DeletionPolicy"] == RESOURCES[name]["UpdateReplacePolicy"] == "Retain"


def test_the_bucket_is_private_and_encrypted() -> None:
    """All four blocks, no ACLs, S3's keys or a key of one's own, never none."""
    assert set(BUCKET["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(BUCKET["PublicAccessBlockConfiguration"]) == 4
    assert BUCKET["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    (rule,) = BUCKET["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    algorithm = rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"]
    assert algorithm == {"Fn::If": ["HasMailKey", "aws:kms", "AES256"]}
    assert "AccessControl" not in BUCKET


def test_expired_bytes_leave_no_version_behind() -> None:
    """A versioned bucket would keep what was deleted (invariant 10)."""
    assert "VersioningConfiguration" not in BUCKET


def test_the_lifecycle_is_a_backstop_behind_every_retention() -> None:
    """Raw mail only, after the longest retention that a policy can ask for; unfinished uploads after a day."""
    rules = {rule["Id"]: rule for rule in BUCKET["LifecycleConfiguration"]["Rules"]}
    raw = rules["raw-backstop"]
    assert (raw["Status"], raw["Prefix"], raw["ExpirationInDays"]) == (
        "Enabled",
        "raw/",
        {"Ref": "RawBackstopDays"},
    )
    assert {**rules["out-backstop"], "Id": raw["Id"], "Prefix": "raw/"} == raw
    assert rules["out-backstop"]["Prefix"] == "out/"
    assert TEMPLATE["Parameters"]["RawBackstopDays"]["MinValue"] > MAX_RETENTION_DAYS
    assert rules["abandoned-uploads"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}


@pytest.mark.parametrize("kind", ["AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy"])
def test_only_tls(kind: str) -> None:
    """Everything else is denied, whoever asks."""
    (policy,) = resources(TEMPLATE, kind).values()
    first = policy["PolicyDocument"]["Statement"][0]
    assert (first["Effect"], first["Principal"]) == ("Deny", "*")
    assert first["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert first["Action"] in ("s3:*", "sqs:*")


def test_the_queue_policy_covers_every_queue() -> None:
    """A new queue is easily forgotten."""
    (policy,) = resources(TEMPLATE, "AWS::SQS::QueuePolicy").values()
    assert {each["Ref"] for each in policy["Queues"]} == set(QUEUES)


def test_the_bucket_policy_covers_the_bucket_and_its_objects() -> None:
    """The ARN of a bucket is not the ARN of what is in it."""
    (policy,) = resources(TEMPLATE, "AWS::S3::BucketPolicy").values()
    assert policy["PolicyDocument"]["Statement"][0]["Resource"] == [
        {"Fn::GetAtt": ["MailBucket", "Arn"]},
        {"Fn::Sub": "${MailBucket.Arn}/*"},
    ]


@pytest.mark.parametrize("name", QUEUES)
def test_a_queue_is_encrypted_and_a_dead_letter_queue_keeps_longest(name: str) -> None:
    """A message keeps its age when it moves to the dead-letter queue of a standard queue, so that one must keep longer."""
    queue = QUEUES[name]
    assert queue["SqsManagedSseEnabled"] is True
    if name.endswith("DeadQueue"):
        assert queue["MessageRetentionPeriod"] == 14 * 86400
        assert "RedrivePolicy" not in queue
    else:
        assert queue["MessageRetentionPeriod"] < 14 * 86400
        dead = name.removesuffix("Queue") + "DeadQueue"
        assert queue["RedrivePolicy"] == {
            "deadLetterTargetArn": {"Fn::GetAtt": [dead, "Arn"]},
            "maxReceiveCount": 5,
        }


@pytest.mark.parametrize(
    ("queue", "function"),
    [
        ("DeliverQueue", "DeliverFunction"),
        ("LearnQueue", "LearnFunction"),
        ("LettersQueue", "LettersFunction"),
        ("NotifyQueue", "NotifyFunction"),
        ("DigestQueue", "DigestFunction"),
    ],
)
def test_a_message_is_hidden_six_times_as_long_as_its_worker_runs(queue: str, function: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"""
    assert QUEUES[queue]["VisibilityTimeout"] >= 6 * _seconds(function)


def test_the_signing_key_is_made_by_the_secret_itself() -> None:
    """64 characters that nobody has seen; the adapters read the field `signing_key`."""
    made = RESOURCES["SigningSecret"]["Properties"]["GenerateSecretString"]
    assert (made["GenerateStringKey"], made["PasswordLength"]) == ("signing_key", 64)
    assert made["SecretStringTemplate"] == "{}"


def test_no_secret_is_written_in_a_template() -> None:
    """Nor does any parameter carry one."""
    for path in (MAIN, ALARMS):
        template = load(path)
        assert not [
            n
            for n in template["Parameters"]
            if any(w in n.lower() for w in ("password", "token", "credential"))
        ]
        assert "SecretString" not in _keys(template)


def _keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*(_keys(each) for each in value.values()))
    if isinstance(value, list):
        return set().union(*(_keys(each) for each in value))
    return set()


def test_an_own_key_is_usable_by_whoever_touches_objects() -> None:
    """With MailKeyArn, reading or writing objects needs the key too, through S3 only."""
    policy = RESOURCES["MailKeyPolicy"]
    assert policy["Condition"] == "HasMailKey"
    touching = {
        body["Role"]["Fn::GetAtt"][0]
        for body in FUNCTIONS.values()
        if _touches_objects(RESOURCES[body["Role"]["Fn::GetAtt"][0]])
    }
    *roles, mail_manager = policy["Properties"]["Roles"]
    assert {each["Ref"] for each in roles} == touching
    assert mail_manager["Fn::If"][:2] == ["HasMailManager", {"Ref": "MailManagerRole"}]
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Resource"] == {"Ref": "MailKeyArn"}
    assert "kms:ViaService" in statement["Condition"]["StringEquals"]


def _touches_objects(role: dict[str, Any]) -> bool:
    return any(action in json.dumps(role) for action in ("s3:GetObject", "s3:PutObject"))
