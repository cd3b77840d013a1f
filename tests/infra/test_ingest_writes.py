"""What ingest may change that is there already: the last use of list entries, and when a digest is due."""

from __future__ import annotations

from tests.infra.loading import MAIN, load, resources


def test_ingest_updates_rows_of_lists_and_digests_only() -> None:
    """Copies and facts are put once and never changed by it."""
    role = resources(load(MAIN), "AWS::IAM::Role")["IngestRole"]
    statements = [s for policy in role["Policies"] for s in policy["PolicyDocument"]["Statement"]]
    updates = [s for s in statements if "UpdateItem" in str(s.get("Action"))]
    assert [s["Condition"] for s in updates] == [
        {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["L#*", "DG#*", "X#*"]}}
    ]
