"""Mail in, judged, delivered or held, released, removed, expired."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import quote

import boto3
import pytest
from botocore.exceptions import ClientError
from pratique.domain.notice import refusal

from gateway.ses_event import ses_event
from local.stack import ROOT
from tests.e2e.installation import Installation, mail
from tests.gateway.serving import below_trace

pytestmark = pytest.mark.emulator

ODD = (
    b"Subject: odd octets \xff\xfe\r\nX-Folded: one\r\n\ttwo\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
    b"Content-Transfer-Encoding: 8bit\r\n\r\nZero \x00, caf\xe9,\ta bare\nline end\r\n..and dots\r\n.\r\nlast\r\n"
)


def unmarked(installation: Installation, scope: str) -> None:
    """Deliver whatever it is, without a mark: these tests are about octets, not about the verdict."""
    installation.do("PUT", f"/v1/policies/{scope}", {"quarantine": False, "spam_notation": ""})


def test_clean_mail_arrives_unchanged_below_our_headers(installation: Installation) -> None:
    data = mail("lunch tomorrow", "Shall we meet at noon, at the usual place?")
    code, text = installation.send(data, to="ham@one.example")
    assert code == 250, text
    (arrived,) = installation.delivered("ham@one.example")
    assert arrived.endswith(b"\r\n" + data)
    assert arrived.removesuffix(data).startswith(b"X-Pratique-")
    assert installation.held("one.example") == []


def test_odd_octets_are_stored_unchanged_and_leave_with_whole_line_ends(installation: Installation) -> None:
    """A bare line feed stays in what is stored; on the wire the courier makes it whole, lest the next hop take it for something."""
    unmarked(installation, "odd.example")
    before = installation.raw_keys()
    assert installation.send(ODD, to="odd@odd.example")[0] == 250
    (key,) = installation.raw_keys() - before
    stored = installation.stack.client("s3").get_object(Bucket=installation.stack.outputs["Bucket"], Key=key)
    assert below_trace(stored["Body"].read()) == ODD
    (arrived,) = installation.delivered("odd@odd.example")
    assert arrived.endswith(b"\r\n" + ODD.replace(b"bare\n", b"bare\r\n"))


def test_mail_of_a_blocked_sender_is_refused_and_held(installation: Installation) -> None:
    installation.block("spammer@bad.example")
    data = mail("win a prize", sender="spammer@bad.example")
    code, text = installation.send(data, to="bob@two.example", sender="spammer@bad.example")
    assert code == 550
    copy = installation.only_held("two.example")
    assert text == refusal(copy["id"].partition(".")[0])
    assert copy["subject"] == "win a prize"
    detail = installation.do("GET", f"/v1/messages/{copy['id']}")
    assert (detail["client_ip"], detail["helo"]) == ("127.0.0.1", "client.test")
    assert any(each["weight"] > 0 for each in detail["contributions"])
    assert installation.call("GET", f"/v1/messages/{copy['id']}/raw").body["code"] == "reason_needed"
    link = installation.do("POST", f"/v1/messages/{copy['id']}/open", {"reason": "a test"})
    with urllib.request.urlopen(link["url"], timeout=30) as answer:
        assert below_trace(answer.read()) == data
        assert "attachment" in answer.headers["Content-Disposition"]


def test_release_and_train_delivers_the_mail_and_teaches_the_filter(installation: Installation) -> None:
    installation.block("newsletter@three.example", scope="three.example")
    data = mail("weekly news", "All that happened this week.", sender="newsletter@three.example")
    assert installation.send(data, to="carol@three.example", sender="newsletter@three.example")[0] == 550
    copy = installation.only_held("three.example")
    answer = installation.do("POST", f"/v1/messages/{copy['id']}/release", {"train": True})
    assert answer["state"] in ("releasing", "released")
    (arrived,) = installation.delivered("carol@three.example")
    assert arrived.endswith(b"\r\n" + data)
    installation.wait_for(lambda: installation.state_of(copy["id"]), lambda state: state == "released")
    again = installation.call("POST", f"/v1/messages/{copy['id']}/release", {})
    assert again.status in (200, 409)
    assert len(installation.delivered("carol@three.example")) == 1

    def models() -> list[str]:
        found = installation.stack.client("s3").list_objects_v2(
            Bucket=installation.stack.outputs["Bucket"], Prefix="models/"
        )
        return [each["Key"] for each in found.get("Contents", [])]

    assert installation.wait_for(models, bool)
    # With a model there, explaining and re-judging read it: the API's role must allow that.
    why = installation.do("GET", f"/v1/messages/{copy['id']}/why")
    assert sum(each["weight"] for each in why["contributions"]) == pytest.approx(why["log_odds"])
    asked = {"scope": "three.example", "forget": ["newsletter@three.example"], "rejudge": True}
    found = installation.do("POST", "/v1/what-if", asked)
    assert (found["looked_at"], found["held_then"], found["freed"]["released"]) == (1, 1, 1)


def test_a_lesson_is_taken_back(installation: Installation) -> None:
    """Learnt, listed, undone: the learner makes the model anew with the rights it has."""
    scope = "nine.example"

    def lessons() -> list[str]:
        found = installation.do("GET", "/v1/lessons", scope=scope)["lessons"]
        return [each["state"] for each in found]

    def encoded(data: bytes) -> str:
        return base64.b64encode(data).decode()

    messages = [
        {"name": f"{n}", "label": label, "raw": encoded(mail(f"number {n}", f"{label} " * 9))}
        for n, label in enumerate(("ham", "spam", "spam"))
    ]
    installation.do("POST", "/v1/lessons", {"scope": scope, "messages": messages})
    assert installation.wait_for(lessons, lambda found: found == ["applied"] * 3)
    newest = installation.do("GET", "/v1/lessons", scope=scope, limit=1)["lessons"][0]
    assert installation.do("POST", f"/v1/lessons/{newest['id']}/undo")["state"] == "undone"
    table, dynamodb = installation.stack.outputs["Table"], installation.stack.client("dynamodb")

    def kept() -> int:
        key = {":pk": {"S": f"JK#{scope}"}}
        asked = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": key}
        return len(dynamodb.query(TableName=table, **asked)["Items"])

    assert installation.wait_for(kept, lambda found: found == 2) == 2
    assert installation.invoke("CalibrateFunctionArn", {})["more"] is False


def test_recipients_who_agree_teach_their_domain(installation: Installation) -> None:
    """Three tokens, three copies of one message, three reports; the domain's administrator sees whose they were."""
    people = [f"{name}@ten.example" for name in ("ann", "bob", "cid")]
    installation.block("news@ten.example", scope="ten.example")
    installation.send(
        mail("offer", "Buy now.", sender="news@ten.example"), to=people, sender="news@ten.example"
    )
    for copy in installation.held("ten.example"):
        made = installation.do("POST", "/v1/tokens", {"name": "phone", "scope": copy["recipient"]})
        report = installation.call(
            "POST", f"/v1/messages/{quote(copy['id'])}/train", {"label": "spam"}, token=made["text"]
        )
        assert report.status == 200, report

    def given() -> list[dict[str, Any]]:
        asked = installation.do("GET", "/v1/lessons", scope="ten.example", author="quorum", state="applied")
        found: list[dict[str, Any]] = asked["lessons"]
        return found

    (lesson,) = installation.wait_for(given, bool)
    assert sorted(installation.do("GET", f"/v1/lessons/{lesson['id']}")["voters"]) == people


def test_removed_mail_is_never_delivered(installation: Installation) -> None:
    installation.block("pest@four.example")
    installation.send(
        mail("remove me", sender="pest@four.example"), to="dave@four.example", sender="pest@four.example"
    )
    copy = installation.only_held("four.example")
    assert installation.do("POST", f"/v1/messages/{copy['id']}/remove", {})["state"] == "removed"
    assert installation.held("four.example") == []
    assert installation.call("POST", f"/v1/messages/{copy['id']}/release", {}).status == 409


def test_each_recipient_has_a_policy_of_its_own(installation: Installation) -> None:
    installation.block("mixed@five.example")
    installation.do(
        "PUT", "/v1/policies/open@five.example", {"quarantine": False, "spam_notation": "[SPAM] "}
    )
    data = mail("two policies", sender="mixed@five.example")
    code, _ = installation.send(
        data, to=["open@five.example", "closed@five.example"], sender="mixed@five.example"
    )
    assert code == 250
    assert [copy["recipient"] for copy in installation.held("five.example")] == ["closed@five.example"]
    (arrived,) = installation.delivered("open@five.example")
    assert b"\r\nSubject: [SPAM] two policies\r\n" in arrived


def test_scopes_are_kept_apart(installation: Installation) -> None:
    installation.block("apart@six.example")
    installation.send(
        mail("for six only", sender="apart@six.example"), to="eve@six.example", sender="apart@six.example"
    )
    copy = installation.only_held("six.example")
    other = installation.do("POST", "/v1/tokens", {"name": "other", "scope": "other.example"})["text"]
    assert installation.call("GET", f"/v1/messages/{copy['id']}", token=other).status == 404
    own = installation.do("POST", "/v1/tokens", {"name": "own", "scope": "six.example"})["text"]
    assert installation.call("GET", f"/v1/messages/{copy['id']}", token=own).status == 200
    assert installation.call("GET", "/v1/messages", token="prq_wrong").status in (401, 403)


def test_after_its_retention_mail_is_gone_from_table_and_bucket(installation: Installation) -> None:
    """A policy's retention is at least a day, so the test moves the row's end instead (all three of its places)."""
    installation.block("old@seven.example")
    before = installation.raw_keys()
    installation.send(
        mail("old", sender="old@seven.example"), to="fay@seven.example", sender="old@seven.example"
    )
    (key,) = installation.raw_keys() - before
    copy = installation.only_held("seven.example")
    message = copy["id"].partition(".")[0]
    dynamodb, table = installation.stack.client("dynamodb"), installation.stack.outputs["Table"]
    row_key = {"pk": {"S": "R#fay@seven.example"}, "sk": {"S": f"M#{message}"}}
    dynamodb.update_item(
        TableName=table,
        Key=row_key,
        UpdateExpression="SET #u = :past, expires_at = :past, gx = :place",
        ExpressionAttributeNames={"#u": "until"},
        ExpressionAttributeValues={
            ":past": {"N": "1000000000"},
            ":place": {"S": f"001000000000#{message}#fay@seven.example"},
        },
    )
    assert installation.held("seven.example") == []
    assert installation.call("GET", f"/v1/messages/{copy['id']}").status == 404
    installation.invoke("ExpireFunctionArn", {})
    kept = dynamodb.get_item(TableName=table, Key=row_key)["Item"]
    assert kept["state"] == {"S": "expired"}, "the record of what became of it"
    assert not {"subject", "raw", "gr", "gd", "gg"} & kept.keys()
    assert key not in installation.raw_keys()
    rows = dynamodb.query(
        TableName=table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"X#{message}"}},
    )
    assert rows["Items"] == []


def test_the_same_event_twice_stores_nothing_twice(installation: Installation) -> None:
    data = mail("once only")
    installation.stack.client("s3").put_object(
        Bucket=installation.stack.outputs["Bucket"], Key="raw/twice1", Body=data
    )
    event = ses_event(
        source_id="twice1",
        received_ms=1_790_000_000_000,
        mail_from="alice@example.net",
        recipients=["gus@eight.example"],
        data=data,
        client_ip="",
        helo="",
    )
    first = installation.invoke("IngestFunctionArn", json.loads(json.dumps(event)))
    assert len(installation.delivered("gus@eight.example")) == 1
    second = installation.invoke("IngestFunctionArn", json.loads(json.dumps(event)))
    assert second["message"] == first["message"]
    assert [copy["id"] for copy in second["copies"]] == [copy["id"] for copy in first["copies"]]
    listed = installation.held("eight.example", state=["queued", "delivered", "held"])
    assert [copy["id"] for copy in listed] == [first["copies"][0]["id"]]
    installation.wait_for(
        lambda: installation.state_of(first["copies"][0]["id"]), lambda state: state == "delivered"
    )
    assert len(installation.delivered("gus@eight.example")) == 1


def test_mail_that_is_nothing_but_octets_is_taken_in(installation: Installation) -> None:
    unmarked(installation, "nine.example")
    for number, data in enumerate([b"", b"\x00", b"\r\n\r\n", b":\r\n" * 50, b"\xff" * 2000]):
        code, text = installation.send(data, to=f"octets{number}@nine.example")
        assert code == 250, text
        (arrived,) = installation.delivered(f"octets{number}@nine.example")
        assert arrived.endswith(data if data.endswith(b"\r\n") or not data else data + b"\r\n")


def test_the_openapi_document_is_served_to_anybody(installation: Installation) -> None:
    assert installation.call("GET", "/v1/openapi.json", token="").body["openapi"].startswith("3.1")


def test_a_page_of_another_site_is_refused(installation: Installation) -> None:
    request = urllib.request.Request(
        f"{installation.stack.url}/v1/health", headers={"Host": "rebound.example"}
    )
    with pytest.raises(urllib.error.HTTPError, match="421") as refused:
        urllib.request.urlopen(request, timeout=30)
    refused.value.close()


def test_roles_are_enforced(installation: Installation) -> None:
    """What the other tests show with the functions' roles is worth nothing unless the emulator refuses what no policy allows."""
    iam = installation.stack.client("iam")
    iam.create_user(UserName="nobody")
    keys = iam.create_access_key(UserName="nobody")["AccessKey"]
    session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], region_name="us-east-1")
    assert installation.stack.emulator is not None
    s3 = session.client("s3", endpoint_url=installation.stack.emulator.url)
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.list_objects_v2(Bucket=installation.stack.outputs["Bucket"])


def test_messages_have_links_that_need_quoting(installation: Installation) -> None:
    assert installation.call("GET", f"/v1/messages/{quote('../../x', safe='')}").status == 404


def test_redrive_ingest_takes_in_what_was_left_behind(installation: Installation) -> None:
    """The bytes are in the bucket, the event is in the dead-letter queue as Lambda puts it there; the command brings the mail to its reader."""
    data, source_id = mail("left behind", "Once more, please."), "left-behind-once"
    outputs = installation.stack.outputs
    installation.stack.client("s3").put_object(Bucket=outputs["Bucket"], Key=f"raw/{source_id}", Body=data)
    event = ses_event(
        source_id=source_id,
        received_ms=1_790_000_000_000,
        mail_from="alice@example.net",
        recipients=["late@dead.example"],
        data=data,
        client_ip="192.0.2.7",
        helo="client.test",
    )
    record = {"version": "1.0", "requestContext": {"condition": "RetriesExhausted"}, "requestPayload": event}
    installation.stack.client("sqs").send_message(
        QueueUrl=outputs["IngestDeadQueueUrl"], MessageBody=json.dumps(record)
    )
    emulator = installation.stack.emulator
    assert emulator is not None
    command = [sys.executable, "-m", "cli", "redrive", "ingest"]
    command += ["--dead-queue", outputs["IngestDeadQueueUrl"], "--function", outputs["IngestFunctionArn"]]
    for said in ("1 back to work", "0 back to work"):
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, **emulator.environment()},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert done.stdout.strip().splitlines()[-1] == said, done.stdout + done.stderr
    (arrived,) = installation.delivered("late@dead.example")
    assert arrived.endswith(data)
