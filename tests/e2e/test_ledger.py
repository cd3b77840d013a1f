"""The ledger on a running installation: real SMTP in and out, the functions with their roles, the table's stream."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import quote

import pytest

from tests.e2e.installation import Installation, mail

pytestmark = pytest.mark.emulator
DOMAIN = "ledger.example"
SPAMMER = "eve@ledger-spam.example"


def history(installation: Installation, copy: str) -> dict[str, Any]:
    found: dict[str, Any] = installation.do("GET", f"/v1/messages/{quote(copy)}/history")
    return found


def reconcile(installation: Installation) -> dict[str, Any]:
    """A whole pass, of what is there now."""
    done: dict[str, Any] = {"whole": False}
    sums = dict.fromkeys(("recovered", "completed", "recounted", "audited"), 0)
    while not done["whole"]:
        done = installation.invoke("ReconcileFunctionArn", {"grace_seconds": 0})
        sums = {name: number + done[name] for name, number in sums.items()}
    return done | sums


def held(installation: Installation, subject: str, to: str) -> str:
    """A message in quarantine, by a block entry of its sender."""
    installation.block(SPAMMER, to.partition("@")[2])
    code, _ = installation.send(mail(subject, sender=SPAMMER), to=to, sender=SPAMMER)
    assert code == 550
    copy: str = installation.only_held(to)["id"]
    return copy


def test_what_became_of_my_mail(installation: Installation) -> None:
    """From acceptance by the edge to the next hop's answer: released by whom, when, by which channel."""
    copy = held(installation, "ledger one", f"ann@{DOMAIN}")
    answer = installation.do("POST", f"/v1/messages/{quote(copy)}/release", {"train": True})
    assert answer["decided"]["action"]
    installation.delivered(f"ann@{DOMAIN}")
    installation.wait_for(lambda: installation.state_of(copy), lambda state: state == "released")
    found = history(installation, copy)
    assert (found["source"], found["client_ip"], found["mail_from"]) == ("edge", "127.0.0.1", SPAMMER)
    moves = [(step["state"], step["channel"]) for step in found["steps"] if step["what"] == "move"]
    assert moves == [("held", "smtp"), ("releasing", "api"), ("released", "clock")]
    assert found["steps"][-1]["note"].startswith("250")
    shown = installation.do("GET", "/v1/messages", scope=f"ann@{DOMAIN}", state="released")["messages"]
    assert (shown[0]["decided"]["state"], shown[0]["decided"]["channel"]) == ("releasing", "api")


def test_it_adds_up(installation: Installation) -> None:
    """The stream's function counts each copy once, by domain and day."""
    held(installation, "ledger two", f"cid@{DOMAIN}")
    installation.send(mail("ledger clean"), to=[f"dan@{DOMAIN}", f"eva@{DOMAIN}"])
    installation.delivered(f"eva@{DOMAIN}")
    listed = {
        state: len(installation.held(DOMAIN, state=state, limit=200))
        for state in ("held", "delivered", "released")
    }

    def counts() -> dict[str, Any]:
        found: dict[str, Any] = installation.do("GET", "/v1/ledger", scope=DOMAIN, days=1)["total"]
        return found

    total = installation.wait_for(
        counts, lambda now: now["in_flight"] == 0 and all(now[state] == n for state, n in listed.items())
    )
    assert total["adds_up"]
    assert total["received"] == sum(
        total[s] for s in ("delivered", "held", "released", "removed", "expired", "failed")
    )


def test_rows_that_were_lost_come_back(installation: Installation) -> None:
    """As after a crash of the emulator: the bytes and the envelope are there, the table knows nothing. (Not in the domain of the other tests: the
    counts remember the row that was deleted here, as no crash would let them.)
    """
    to = "fay@ledger-lost.example"
    copy = held(installation, "ledger lost", to)
    message = copy.partition(".")[0]
    table, dynamodb = installation.stack.outputs["Table"], installation.stack.client("dynamodb")
    for pk, sk in (
        (f"X#{message}", "META"),
        (f"X#{message}", "STRUCTURE"),
        (f"R#{to}", f"M#{message}"),
    ):
        dynamodb.delete_item(TableName=table, Key={"pk": {"S": pk}, "sk": {"S": sk}})
    assert installation.call("GET", f"/v1/messages/{quote(copy)}").status == 404
    assert reconcile(installation)["recovered"] == 1
    assert installation.only_held(to)["id"] == copy
    assert reconcile(installation)["recovered"] == 0


def test_the_same_event_again_changes_nothing(installation: Installation) -> None:
    """The envelope that the edge kept is the event; handed to ingest twice more it finds the copy that there is."""
    copy = held(installation, "ledger copy", f"gil@{DOMAIN}")
    key = {"pk": {"S": f"X#{copy.partition('.')[0]}"}, "sk": {"S": "META"}}
    facts = installation.stack.client("dynamodb").get_item(
        TableName=installation.stack.outputs["Table"], Key=key
    )
    envelope = installation.stack.client("s3").get_object(
        Bucket=installation.stack.outputs["Bucket"], Key=f"envelope/{facts['Item']['source_id']['S']}"
    )
    event = json.loads(envelope["Body"].read())
    for _ in range(2):
        answer = installation.invoke("IngestFunctionArn", event)
        assert [each["id"] for each in answer["copies"]] == [copy]
    assert len(installation.held(f"gil@{DOMAIN}")) == 1


def test_a_person_names_the_recipients_of_what_nobody_accounts_for(installation: Installation) -> None:
    """Bytes that SES stored, and whose event never came: nobody is guessed from To."""
    bucket, s3 = installation.stack.outputs["Bucket"], installation.stack.client("s3")
    s3.put_object(Bucket=bucket, Key="raw/ses-lost-1", Body=mail("ledger unaccounted"))
    assert reconcile(installation)["waiting"] >= 1, "Lambda may still hand its event over for hours"
    body = {"recipients": [f"hal@{DOMAIN}"], "mail_from": "alice@example.net"}
    (copy,) = installation.do("POST", "/v1/ledger/gaps/ses-lost-1/recover", body)["copies"]
    assert b"ledger unaccounted" in installation.delivered(f"hal@{DOMAIN}")[0]
    assert installation.do("POST", "/v1/ledger/gaps/ses-lost-1/recover", body)["copies"] == [copy]
    assert installation.do("GET", "/v1/ledger/gaps")["gaps"] == []
    time.sleep(1)
    assert len(installation.delivered(f"hal@{DOMAIN}")) == 1


def test_undo(installation: Installation) -> None:
    """Blacklist & Remove: the message is held again and its sender is on no list; twice is once, and a conflict says what moved on."""
    copy = held(installation, "ledger undo", f"ida@{DOMAIN}")
    path = f"/v1/messages/{quote(copy)}"
    removed = installation.do("POST", f"{path}/remove", {"block": "recipient"})
    action = removed["decided"]["action"]
    entries = f"/v1/lists/{quote(f'ida@{DOMAIN}')}/entries"
    assert [e["pattern"] for e in installation.do("GET", entries)["entries"]] == [SPAMMER]
    parts = installation.do("POST", f"/v1/actions/{action}/undo")["parts"]
    assert sorted((part["kind"], part["outcome"]) for part in parts) == [
        ("entry", "undone"),
        ("remove", "undone"),
    ]
    assert installation.state_of(copy) == "held"
    assert installation.do("GET", entries)["entries"] == []
    assert installation.do("POST", f"/v1/actions/{action}/undo")["parts"] == []
    second = installation.do("POST", f"{path}/remove", {})["decided"]["action"]
    installation.do("POST", f"{path}/restore")
    installation.do("POST", f"{path}/release", {})
    conflict = installation.call("POST", f"/v1/actions/{second}/undo")
    assert (conflict.status, conflict.body["code"]) == (409, "conflict")


def test_the_audit_is_whole_and_a_forger_is_seen(installation: Installation) -> None:
    """Chains and counts of everything that these tests did; then a row is changed behind everybody's back."""
    scope = f"jon@{DOMAIN}"
    for number in range(3):
        installation.block(f"shop{number}.example", scope)
    entries = installation.do("GET", "/v1/audit", scope=scope)["entries"]
    assert [entry["seq"] for entry in entries] == [3, 2, 1]

    def faults(**query: Any) -> list[str]:
        found: list[str] = []
        cursor: str | None = None
        while True:
            more = {"cursor": cursor} if cursor else {}
            step = installation.do("GET", "/v1/ledger/verify", **query, **more)
            found, cursor = found + step["faults"], step["cursor"]
            if cursor is None:
                return found

    assert [
        f
        for f in installation.wait_for(faults, lambda now: not [f for f in now if DOMAIN in f])
        if DOMAIN in f
    ] == []
    table, dynamodb = installation.stack.outputs["Table"], installation.stack.client("dynamodb")
    key = {"pk": {"S": f"A#{scope}"}, "sk": {"S": "S000000000000002"}}
    row = dynamodb.get_item(TableName=table, Key=key)["Item"]
    dynamodb.put_item(TableName=table, Item={**row, "subject": {"S": "somebody.else"}})
    assert faults(scope=scope) == [f"{scope}: entry 2 was changed: its hash is another"]
    dynamodb.delete_item(TableName=table, Key=key)
    assert faults(scope=scope) == [f"{scope}: entries 2 to 2 are missing"]
    dynamodb.put_item(TableName=table, Item=row)
    assert faults(scope=scope) == []


def test_what_is_gone_can_still_be_asked_for(installation: Installation) -> None:
    """Its time is up: the sweep takes row and bytes, and leaves the history."""
    to = f"kim@{DOMAIN}"
    copy = held(installation, "ledger gone", to)
    before = installation.raw_keys()
    message = copy.partition(".")[0]
    table, dynamodb = installation.stack.outputs["Table"], installation.stack.client("dynamodb")
    now = int(time.time())
    place = f"{now - 10:012d}#{message}#{to}"
    dynamodb.update_item(
        TableName=table,
        Key={"pk": {"S": f"R#{to}"}, "sk": {"S": f"M#{message}"}},
        UpdateExpression="SET #until = :until, gx = :gx",
        ExpressionAttributeNames={"#until": "until"},
        ExpressionAttributeValues={":until": {"N": str(now - 10)}, ":gx": {"S": place}},
    )
    assert installation.invoke("ExpireFunctionArn", {})["expired"] >= 1
    found = history(installation, copy)
    assert (found["state"], found["purged"]) == ("expired", True)
    assert [step["state"] for step in found["steps"]] == ["held", "expired"]
    assert installation.call("GET", f"/v1/messages/{quote(copy)}").status == 404
    assert len(before - installation.raw_keys()) == 1
