"""Digests on the laptop's stack: mail in by SMTP, a digest out, its links and addresses."""

from __future__ import annotations

import email
import json
import re
import time
import urllib.error
import urllib.request
from email.message import EmailMessage
from email.policy import default
from typing import Any
from urllib.parse import quote

import pytest
from pratique.domain.digest import shard_of_scope
from pratique.domain.scope import parse_scope

from gateway.authentication.verdicts import Status, Verdicts
from gateway.ses_event import ses_event
from local.deploy import DIGEST_DOMAIN
from tests.e2e.installation import Installation, mail

pytestmark = pytest.mark.emulator

SPAMMER = "offers@bad.example"
BOB = "bob@digest.example"


def make_due(installation: Installation, scope: str) -> None:
    """As if the news had come three hours ago: no test waits for the hour."""
    then = int(time.time()) - 3 * 3_600
    key = {"pk": {"S": f"DG#{scope}"}, "sk": {"S": "STATE"}}
    installation.stack.client("dynamodb").update_item(
        TableName=installation.stack.outputs["Table"],
        Key=key,
        UpdateExpression="SET due = :t, armed = :t, ge = :g, gx = :x",
        ExpressionAttributeValues={
            ":t": {"N": str(then)},
            ":g": {"S": f"DG#{shard_of_scope(parse_scope(scope))}"},
            ":x": {"S": f"{then:012d}#{scope}"},
        },
    )


def spam(installation: Installation, subject: str, *, to: str = BOB) -> dict[str, Any]:
    """A message that is held; as the API lists it."""
    data = mail(subject, f"About {subject}: {subject} and nothing else, only for you.", sender=SPAMMER)
    code, text = installation.send(data, to=to, sender=SPAMMER)
    assert code == 550, text
    return next(each for each in installation.held(to) if each["subject"] == subject)


def digests(installation: Installation, to: str, least: int = 1) -> list[EmailMessage]:
    """The digests that arrived for somebody."""

    def arrived() -> list[EmailMessage]:
        found = [
            email.message_from_bytes(data, policy=default) for data in installation.delivered(to, least=0)
        ]
        return [each for each in found if each["X-Pratique-Digest"] and each["List-Id"]]

    return installation.wait_for(arrived, lambda found: len(found) >= least)


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def visit(url: str, method: str = "GET", data: bytes | None = None) -> tuple[int, str, Any]:
    """As a browser without cookies does, with the origin that a page without referrer gives."""
    request = urllib.request.Request(url, data=data, method=method)
    if method == "POST":
        request.add_header("Origin", "null")
        request.add_header("Content-Type", "application/x-www-form-urlencoded")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode(), answer.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(), error.headers


@pytest.fixture(scope="module")
def told(installation: Installation) -> tuple[Installation, EmailMessage, dict[str, dict[str, Any]]]:
    """Three messages of Bob's are held, and the schedule's run told him in German."""
    installation.block(SPAMMER)
    chosen = {
        "digest": True,
        "digest_frequency": "hourly",
        "digest_language": "de",
        "digest_zone": "Europe/Vienna",
        "digest_skip_blocked": False,
        "digest_actions": "release,release_allow,remove,block_remove",
    }
    installation.do("PUT", "/v1/policies/digest.example", chosen)
    held = {subject: spam(installation, subject) for subject in ("garden chairs", "roof tiles", "old maps")}
    make_due(installation, BOB)
    assert installation.invoke("DigestFunctionArn", {})["shards"] >= 1
    (digest,) = digests(installation, BOB)
    return installation, digest, held


def link(digest: EmailMessage, subject: str, letter: str) -> str:
    """The URL for a letter's action on the line of a subject."""
    lines = body(digest, "plain").split("\n* ")
    line = next(each for each in lines if each.startswith(subject))
    found: list[str] = re.findall(r"https?://\S+", line)
    return next(url for url in found if f".{letter}." in url)


def address(digest: EmailMessage, subject: str, letter: str) -> str:
    lines = body(digest, "plain").split("\n* ")
    line = next(each for each in lines if each.startswith(subject))
    found: list[str] = re.findall(r"act\+\S+", line)
    return next(each for each in found if f".{letter}." in each)


def test_the_digest_arrives_as_automatic_mail_in_the_readers_language(told: Any) -> None:
    _, digest, _ = told
    assert digest["Subject"] == "Quarantäne-Bericht: 3 Nachrichten zurückgehalten"
    assert digest["Auto-Submitted"] == "auto-generated"
    assert digest["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "garden chairs" in body(digest, "plain")
    assert "Freigeben" in body(digest, "html")


def test_get_and_head_on_every_link_change_nothing(told: Any) -> None:
    installation, digest, held = told
    urls = sorted(set(re.findall(r'href="(http[^"]+)"', body(digest, "html"))))
    assert len(urls) == 3 * 4 + 1
    for url in urls:
        assert url.startswith(f"{installation.stack.url}/d/")
        for method in ("GET", "HEAD", "GET"):
            status, text, headers = visit(url, method)
            assert status == 200
            assert "default-src 'none'" in headers["Content-Security-Policy"]
            assert headers["Referrer-Policy"] == "no-referrer"
        assert "Bisher ist nichts geschehen." in text
    assert {installation.state_of(each["id"]) for each in held.values()} == {"held"}
    assert installation.do("GET", f"/v1/policies/{quote(BOB)}")["own"]["digest"] is None
    assert installation.do("GET", f"/v1/lists/{quote(BOB)}/entries")["entries"] == []


def test_the_post_acts_once(told: Any) -> None:
    installation, digest, held = told
    url = link(digest, "garden chairs", "r")
    status, text, _ = visit(url, "POST", b"")
    assert status == 200
    assert "Freigegeben" in text
    status, text, _ = visit(url, "POST", b"")
    assert "bereits getan" in text
    installation.wait_for(
        lambda: installation.state_of(held["garden chairs"]["id"]), lambda state: state == "released"
    )
    arrived = [data for data in installation.delivered(BOB) if b"Subject: garden chairs" in data]
    assert len(arrived) == 1


def test_removing_is_taken_back_on_the_page(told: Any) -> None:
    installation, digest, held = told
    _, text, _ = visit(link(digest, "roof tiles", "d"), "POST", b"")
    assert installation.state_of(held["roof tiles"]["id"]) == "removed"
    undo = re.findall(r'action="(/d/[^"]+)"', text)[0]
    _, text, _ = visit(installation.stack.url + undo, "POST", b"")
    assert "Rückgängig gemacht." in text
    assert installation.state_of(held["roof tiles"]["id"]) == "held"


def test_a_forged_answer_does_nothing_and_a_proven_one_acts(told: Any) -> None:
    """By SMTP: the laptop's edge takes it, and nothing proves that it is Bob's. As SES tells of one whose DMARC passes: it acts."""
    installation, digest, held = told
    to = address(digest, "old maps", "r")
    assert to.endswith(f"@{DIGEST_DOMAIN}")
    data = mail("Re: Quarantäne-Bericht".encode("ascii", "replace").decode(), "please", sender=BOB)
    assert installation.send(data, to=to, sender=BOB)[0] == 250
    time.sleep(1)
    assert installation.state_of(held["old maps"]["id"]) == "held"
    bucket = installation.stack.outputs["Bucket"]
    installation.stack.client("s3").put_object(Bucket=bucket, Key="raw/proven-answer", Body=data)
    event = ses_event(
        source_id="proven-answer",
        received_ms=int(time.time() * 1000),
        mail_from=BOB,
        recipients=(to,),
        data=data,
        client_ip="192.0.2.1",
        helo="mx.digest.example",
        verdicts=Verdicts(Status.PASS, Status.PASS, Status.PASS),
    )
    assert installation.invoke("IngestFunctionArn", event)["copies"][0]["state"] == "delivered"
    installation.wait_for(
        lambda: installation.state_of(held["old maps"]["id"]), lambda state: state == "released"
    )

    def confirmed() -> bool:
        found = [email.message_from_bytes(d, policy=default) for d in installation.delivered(BOB)]
        return any(
            each["Auto-Submitted"] == "auto-replied" and "Freigegeben" in str(each.get_content())
            for each in found
            if not each.is_multipart()
        )

    assert installation.wait_for(confirmed, bool)


def test_one_on_demand_and_one_click_unsubscribes(told: Any) -> None:
    installation, _, _ = told
    spam(installation, "one more thing", to="ann@digest.example")
    answer = installation.call("POST", "/v1/digests/ann%40digest.example")
    assert (answer.status, answer.body["held"]) == (202, 1)
    digest = digests(installation, "ann@digest.example")[0]
    ways = re.findall(r"<(http[^>]+)>", digest["List-Unsubscribe"])
    status, _, _ = visit(ways[0], "POST", b"List-Unsubscribe=One-Click")
    assert status == 200
    assert installation.do("GET", "/v1/policies/ann%40digest.example")["own"]["digest"] is False
    assert installation.do("GET", "/v1/digests/ann%40digest.example")["on"] is False
    assert json.dumps(answer.body)


def test_a_digest_that_comes_in_again_is_not_judged(told: Any) -> None:
    """A next hop that sends it back: it is delivered, not held, and nobody is told of it."""
    installation, digest, _ = told
    raw = next(d for d in installation.delivered(BOB) if b"X-Pratique-Digest" in d and b"List-Id" in d)
    assert installation.send(raw, to=BOB, sender="")[0] == 250
    assert not [each for each in installation.held(BOB) if "Quarant" in each["subject"]]
    assert digest["Message-ID"]
