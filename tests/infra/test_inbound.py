"""The receipt rule: SES facts that cost others dear."""

from __future__ import annotations

from tests.infra.loading import MAIN, load

TEMPLATE = load(MAIN)
RULE = TEMPLATE["Resources"]["ReceiptRule"]
SOURCE = (
    "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}"
    ":receipt-rule-set/${ReceiptRuleSetName}:receipt-rule/${AWS::StackName}-inbound"
)


def test_bytes_are_stored_before_the_event_is_sent() -> None:
    """Ingest reads what the S3 action stored; it is called asynchronously, so that SES waits for nothing."""
    s3, invoke = RULE["Properties"]["Rule"]["Actions"]
    assert s3["S3Action"] == {"BucketName": {"Ref": "MailBucket"}, "ObjectKeyPrefix": "raw/"}
    assert invoke["LambdaAction"] == {
        "FunctionArn": {"Fn::GetAtt": ["IngestFunction", "Arn"]},
        "InvocationType": "Event",
    }


def test_the_s3_action_does_not_encrypt_for_a_client() -> None:
    """KmsKeyArn there is client-side encryption: neither ingest nor a courier could read the mail."""
    assert "KmsKeyArn" not in str(RULE)


def test_mail_is_scanned() -> None:
    """Without it the spam and virus verdicts are DISABLED."""
    rule = RULE["Properties"]["Rule"]
    assert rule["ScanEnabled"] is True
    assert rule["Enabled"] is True
    assert rule["TlsPolicy"] == {"Ref": "TlsPolicy"}


def test_the_rule_comes_after_what_it_needs() -> None:
    """SES tries the rights on bucket and function when the rule is made."""
    assert set(RULE["DependsOn"]) == {"MailBucketPolicy", "IngestFromReceiptRule"}


def test_the_rule_goes_into_a_set_that_is_there() -> None:
    """One set is active in an account and region, and CloudFormation cannot activate one: it is somebody's, so it is given."""
    assert RULE["Condition"] == "HasRuleSet"
    assert RULE["Properties"]["RuleSetName"] == {"Ref": "ReceiptRuleSetName"}
    assert not [r for r in TEMPLATE["Resources"].values() if r["Type"] == "AWS::SES::ReceiptRuleSet"]


def test_permissions_name_the_rule_that_is_made() -> None:
    """The ARN is put together from names (a reference would be a circle), so the names must be the same."""
    assert RULE["Properties"]["Rule"]["Name"] == {"Fn::Sub": "${AWS::StackName}-inbound"}
    assert TEMPLATE["Resources"]["IngestFromReceiptRule"]["Properties"]["SourceArn"] == {"Fn::Sub": SOURCE}
    policy = TEMPLATE["Resources"]["MailBucketPolicy"]["Properties"]["PolicyDocument"]
    condition, puts, _ = policy["Statement"][1]["Fn::If"]
    assert condition == "HasRuleSet"
    assert (puts["Action"], puts["Resource"]) == ("s3:PutObject", {"Fn::Sub": "${MailBucket.Arn}/raw/*"})
    assert puts["Condition"]["StringEquals"] == {
        "aws:SourceAccount": {"Ref": "AWS::AccountId"},
        "aws:SourceArn": {"Fn::Sub": SOURCE},
    }


def test_mail_manager_has_its_own_role() -> None:
    """Only on request; it may write mail and invoke ingest (eb-policies)."""
    role = TEMPLATE["Resources"]["MailManagerRole"]
    assert role["Condition"] == "HasMailManager"
    assert TEMPLATE["Parameters"]["UseMailManager"]["Default"] == "no"
    (policy,) = role["Properties"]["Policies"]
    actions = [s["Action"] for s in policy["PolicyDocument"]["Statement"]]
    assert actions == ["s3:PutObject", "s3:ListBucket", "lambda:InvokeFunction"]
