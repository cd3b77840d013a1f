"""Search, also among many, and one action on all that it finds, on the real handlers with their roles enforced."""

from __future__ import annotations

import csv
import io
import time
import urllib.request
from typing import Any
from urllib.parse import quote

import pytest
from pratique.adapters.aws.rows import copy_row
from pratique.domain.catalogue import FEW

from tests.builders import a_copy
from tests.e2e.installation import Installation, mail

pytestmark = pytest.mark.emulator

SENDER = "campaign@jobs-shop.example"
WHERE = "jobs.example"


def ended(installation: Installation, job: dict[str, Any]) -> dict[str, Any]:
    """The job, once it has ended."""
    for _ in range(150):
        found: dict[str, Any] = installation.do("GET", f"/v1/jobs/{job['id']}")
        if found["state"] in {"done", "stopped", "failed"}:
            return found
        time.sleep(0.2)
    raise AssertionError(f"the job does not end: {found}")


def test_all_that_a_search_finds_is_removed_and_held_again(installation: Installation) -> None:
    """Five held messages: found by words, as CSV, removed by a job, taken back by another, released & trained by a third."""
    installation.block(SENDER, scope=WHERE)
    for number in range(5):
        data = mail(f"=SUM({number}) campaign", sender=SENDER)
        assert installation.send(data, to=f"user{number}@{WHERE}", sender=SENDER)[0] == 550
    looked = f"/v1/messages/search?scope={WHERE}&q=campaign%20from:jobs-shop&state=held"
    assert len(installation.do("GET", looked)["messages"]) == 5
    request = urllib.request.Request(
        f"{installation.stack.url}/v1/messages/export?scope={WHERE}&limit=3",
        headers={"Authorization": f"Bearer {installation.stack.token}"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.headers["X-Next-Cursor"]
        rows = list(csv.DictReader(io.StringIO(answer.read().decode(), newline="")))
    assert [row["subject"][:6] for row in rows] == ["'=SUM("] * 3
    order = {"action": "remove", "search": {"scope": WHERE, "q": "campaign", "state": ["held"]}}
    job = ended(installation, installation.do("POST", "/v1/jobs", order))
    assert (job["state"], job["done"], job["refused"]) == ("done", 5, 0)
    assert installation.held(WHERE) == []
    undone = ended(installation, installation.do("POST", f"/v1/jobs/{job['id']}/undo"))
    assert (undone["state"], undone["done"]) == ("done", 5)
    assert len(installation.held(WHERE)) == 5
    released = ended(
        installation, installation.do("POST", "/v1/jobs", {**order, "action": "release", "train": True})
    )
    assert (released["done"], released["refused"]) == (5, 0)
    assert len(installation.delivered(f"user3@{WHERE}")) == 1


def test_many_are_searched_by_a_catalogue(installation: Installation) -> None:
    """The first deep search orders it; from then on the oldest is found by it, as it is now. Rows of many days are put into the table as they are."""
    stack, many, where = installation.stack, FEW + 50, "many.example"
    ended = int(time.time() * 1000) - 86_400_000
    expires = ended // 1000 + 20 * 86_400
    copies = [
        a_copy(n, f"user@{where}", at_ms=ended - n * 1_000, subject=f"bulk {n:05}", expires_at=expires)
        for n in range(many)
    ]
    client = stack.client("dynamodb")
    for start in range(0, many, 25):
        puts = [{"PutRequest": {"Item": copy_row(copy, 1)}} for copy in copies[start : start + 25]]
        client.batch_write_item(RequestItems={stack.outputs["Table"]: puts})
    last = f"bulk {many - 1:05}"

    def subjects(**query: str) -> list[str]:
        found = installation.do("GET", "/v1/messages/search", scope=where, **query)
        return [message["subject"] for message in found["messages"]]

    def written() -> bool:
        key = {"pk": {"S": f"SC#{where}"}, "sk": {"S": "incoming"}}
        row = client.get_item(TableName=stack.outputs["Table"], Key=key).get("Item", {})
        return int(row.get("began", {"N": "0"})["N"]) > 0

    assert subjects(q=last) == [last]
    installation.wait_for(written, bool)
    (chapter,) = stack.client("s3").list_objects_v2(Bucket=stack.outputs["Bucket"], Prefix="search/")[
        "Contents"
    ]
    assert chapter["Size"] < many * 60
    assert subjects(q=last) == [last]
    assert subjects(q="user@many -bulk") == []
    installation.do("POST", f"/v1/messages/{quote(str(copies[-1].id))}/remove")
    assert subjects(q=last, state="held") == []
    assert subjects(q=last, state="removed") == [last]
