"""What ingest may change that is there already: the last use of list entries, and when a digest is due."""

from __future__ import annotations

import pytest

from tests.infra.loading import MAIN, load, resources


def test_ingest_updates_rows_of_lists_and_digests_only() -> None:
    """Copies and facts are put once and never changed by it."""
    role = resources(load(MAIN), "AWS::IAM::Role")["IngestRole"]
    statements = [s for policy in role["Policies"] for s in policy["PolicyDocument"]["Statement"]]
    updates = [s for s in statements if "UpdateItem" in str(s.get("Action"))]
    assert [s["Condition"] for s in updates] == [
        {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["L#*", "DG#*", "X#*"]}}
    ]


@pytest.mark.parametrize("name", ["ReconcileFunction", "ApiFunction"])
def test_who_takes_in_what_ingest_lost_does_as_ingest(name: str) -> None:
    """Reconcile, and an operator who recovers a message: with the same settings and queues, or an answer to a digest were somebody's mail."""
    functions = resources(load(MAIN), "AWS::Serverless::Function")
    wanted, given = (functions[each]["Environment"]["Variables"] for each in ("IngestFunction", name))
    apart = {"POWERTOOLS_SERVICE_NAME"}
    assert {key: given.get(key) for key in wanted if key not in apart} == {
        key: value for key, value in wanted.items() if key not in apart
    }
    role = resources(load(MAIN), "AWS::IAM::Role")[name.replace("Function", "Role")]
    for queue in ("DeliverQueue", "NotifyQueue", "DigestQueue"):
        assert any(
            "sqs:SendMessage" in str(s.get("Action")) and f"'{queue}'" in str(s.get("Resource"))
            for policy in role["Policies"]
            for s in policy["PolicyDocument"]["Statement"]
        ), queue
