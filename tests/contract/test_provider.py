"""SES as the set-up check asks it: against botocore's own model of the calls and their answers."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from botocore.stub import Stubber
from pratique.adapters.aws.provider import SesProvider
from pratique.domain.errors import PratiqueError
from pratique.ports.setup import Identity, Receiving


class Ses:
    """Both clients, with answers that botocore checks."""

    def __init__(self) -> None:
        made = botocore.session.Session()
        keys: dict[str, Any] = {
            "aws_access_key_id": "x",
            "aws_secret_access_key": "y",
            "region_name": "eu-west-1",
        }
        self.v1: Any = made.create_client("ses", **keys)
        self.v2: Any = made.create_client("sesv2", **keys)
        self.one, self.two = Stubber(self.v1), Stubber(self.v2)
        self.one.activate()
        self.two.activate()
        self.provider = SesProvider(lambda: self.v1, lambda: self.v2, bucket="mail")


@pytest.fixture
def ses() -> Ses:
    return Ses()


def test_an_identity_is_the_domains_or_that_of_one_above(ses: Ses) -> None:
    ses.two.add_client_error(
        "get_email_identity", "NotFoundException", expected_params={"EmailIdentity": "a.example.org"}
    )
    answer = {"VerifiedForSendingStatus": True, "DkimAttributes": {"Status": "PENDING"}}
    ses.two.add_response("get_email_identity", answer, {"EmailIdentity": "example.org"})
    assert ses.provider.identity("a.example.org") == Identity(verified=True, dkim="PENDING")
    ses.two.add_client_error("get_email_identity", "NotFoundException")
    assert ses.provider.identity("example.org") is None


def test_whoever_may_not_ask_is_told(ses: Ses) -> None:
    ses.two.add_client_error("get_email_identity", "AccessDeniedException")
    with pytest.raises(PratiqueError):
        ses.provider.identity("example.org")
    ses.one.add_client_error("describe_active_receipt_rule_set", "AccessDenied")
    with pytest.raises(PratiqueError):
        ses.provider.receiving("example.org")


def _rules(**changes: Any) -> dict[str, Any]:
    rule = {"Name": "ours", "Enabled": True, "Actions": [{"S3Action": {"BucketName": "mail"}}]}
    return {"Metadata": {"Name": "set"}, "Rules": [{"Name": "another", "Enabled": True}, rule | changes]}


@pytest.mark.parametrize(
    ("changes", "takes"),
    [
        ({}, True),
        ({"Recipients": ["example.org"]}, True),
        ({"Recipients": ["Bob@example.org"]}, True),
        ({"Recipients": [".org"]}, True),
        ({"Recipients": ["other.example", "bexample.org"]}, False),
        ({"Enabled": False}, False),
        ({"Actions": [{"S3Action": {"BucketName": "another"}}]}, False),
        ({"Actions": [{"LambdaAction": {"FunctionArn": "arn:x"}}]}, False),
    ],
)
def test_how_mail_comes_in(ses: Ses, changes: dict[str, Any], takes: bool) -> None:
    """A rule that is on, holds for the domain, and stores in our bucket."""
    ses.one.add_response("describe_active_receipt_rule_set", _rules(**changes))
    assert ses.provider.receiving("example.org") == Receiving("set", takes)


def test_no_rule_set_is_active(ses: Ses) -> None:
    ses.one.add_response("describe_active_receipt_rule_set", {})
    assert ses.provider.receiving("example.org") == Receiving("", takes=False)
