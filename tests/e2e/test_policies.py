"""Policies at work: inherited, versioned, marks that leave a signature alive, rights, requests, training, and settings as one file."""

from __future__ import annotations

import base64
import io
import urllib.request
import zipfile
from typing import Any
from urllib.parse import quote

import pytest

from tests.dkim_keys import signed, verifies
from tests.e2e.installation import Installation, mail

pytestmark = pytest.mark.emulator

MARK = "[Müll 垃圾] "


def policy(installation: Installation, scope: str, **chosen: Any) -> dict[str, Any]:
    """Make these choices, and no others."""
    found: dict[str, Any] = installation.do("PUT", f"/v1/policies/{quote(scope)}", chosen)
    return found


def token(installation: Installation, scope: str) -> str:
    made: str = installation.do("POST", "/v1/tokens", {"name": "phone", "scope": scope})["text"]
    return made


def dangerous(subject: str, sender: str) -> bytes:
    """A message with a program in an archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("invoice.pdf.exe", b"MZ" + bytes(300))
    encoded = base64.encodebytes(packed.getvalue()).decode().replace("\n", "\r\n")
    return (
        f"From: Alice <{sender}>\r\nTo: somebody@example.org\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n"
        "Date: Mon, 21 Sep 2026 10:00:00 +0000\r\nMessage-ID: <files@example.net>\r\n"
        'Content-Type: multipart/mixed; boundary="=_b"\r\n\r\n--=_b\r\nContent-Type: text/plain\r\n\r\nSee there.\r\n'
        '--=_b\r\nContent-Type: application/zip; name="invoice.zip"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        f"{encoded}\r\n--=_b--\r\n"
    ).encode()


def test_choices_are_inherited_and_versioned(installation: Installation) -> None:
    """Value and source of each; two writers; put back; and the copy names what it was judged by."""
    org, bob = "inherit.example", "bob@inherit.example"
    installation.block("pest@bad.example", scope=org)
    policy(installation, org, retention_days=7, spam_at=0.8)
    view = policy(installation, bob, retention_days=3)
    assert (view["own"]["spam_at"], view["effective"]["spam_at"], view["sources"]["spam_at"]) == (
        None,
        0.8,
        org,
    )
    assert (view["effective"]["retention_days"], view["sources"]["retention_days"]) == (3, bob)
    assert view["sources"]["quarantine"] == "built-in"
    outdated = urllib.request.Request(
        f"{installation.stack.url}/v1/policies/{org}",
        b'{"spam_at": 0.5}',
        {
            "Authorization": f"Bearer {installation.stack.token}",
            "Content-Type": "application/json",
            "If-Match": '"7"',
        },
        method="PUT",
    )
    with pytest.raises(urllib.error.HTTPError, match="412") as refused:
        urllib.request.urlopen(outdated, timeout=30)
    refused.value.close()
    installation.send(mail("judged", sender="pest@bad.example"), to=bob, sender="pest@bad.example")
    copy = installation.only_held(bob)
    detail = installation.do("GET", f"/v1/messages/{quote(copy['id'])}")
    assert {p["scope"]: p["version"] for p in detail["policies"]}[org] == 1
    policy(installation, org, quarantine=False)
    back = installation.do("POST", f"/v1/policies/{org}/versions/1/restore")
    assert (back["version"], back["own"]["retention_days"], back["own"]["quarantine"]) == (3, 7, None)
    found = installation.do("GET", f"/v1/policies/{org}/versions")["versions"]
    assert [(v["version"], v["channel"]) for v in found] == [(3, "api"), (2, "api"), (1, "api")]


@pytest.mark.parametrize("place", ["header", "subject"])
def test_header_notation_leaves_a_signature_alive(installation: Installation, place: str) -> None:
    """Real SMTP in and out: signed by dkimpy, delivered though it is spam, marked, verified again."""
    org = f"{place}.example"
    installation.block("spam@spam.example", scope=org)
    policy(installation, org, quarantine=False, notation=place, spam_notation=MARK)
    data = signed(mail(f"really signed {place}", sender="spam@spam.example"))
    assert installation.send(data, to=f"bob@{org}", sender="spam@spam.example")[0] == 250
    (arrived,) = installation.delivered(f"bob@{org}")
    assert verifies(arrived) is (place == "header")
    assert (b"\r\nX-Spam-Flag: YES\r\n" in arrived) is (place == "header")
    assert (b"\r\nSubject: =?utf-8?B?" in arrived) is (place == "subject")
    if place == "header":
        assert arrived.endswith(data)


def test_a_forged_mark_does_not_arrive(installation: Installation) -> None:
    """The destination trusts the field: only ours may be there."""
    org = "marks.example"
    installation.block("liar@spam.example", scope=org)
    policy(installation, org, quarantine=False, notation="header")
    data = b"X-Spam-Flag: NO\r\n" + mail("believe me", sender="liar@spam.example")
    installation.send(data, to=f"bob@{org}", sender="liar@spam.example")
    (arrived,) = installation.delivered(f"bob@{org}")
    assert arrived.count(b"X-Spam-Flag:") == 1
    assert b"X-Spam-Flag: YES\r\n" in arrived


def test_a_recipient_asks_and_an_administrator_answers(installation: Installation) -> None:
    """A dangerous file: not released by its recipient, asked for, denied to one and approved for another; delivered to that one alone."""
    org = "rights.example"
    people = [f"{name}@{org}" for name in ("ann", "bob")]
    sender = "files@files.example"
    installation.block(sender, scope=org)
    data = dangerous("your invoice", sender)
    assert installation.send(data, to=people, sender=sender)[0] == 550
    tokens = {who: token(installation, who) for who in people}
    copies = {copy["recipient"]: copy for copy in installation.held(org)}
    for who in people:
        copy = copies[who]
        assert copy["held_for"] == "attachment"
        path = f"/v1/messages/{quote(copy['id'])}"
        detail = installation.do("GET", path)
        assert detail["extensions"] == ["exe", "zip"]
        refused = installation.call("POST", f"{path}/release", {}, token=tokens[who])
        assert (refused.status, refused.body["code"]) == (403, "request_needed")
        asked = installation.call("POST", f"{path}/request", {"text": "I know them"}, token=tokens[who])
        assert (asked.status, asked.body["release_request"]["state"]) == (200, "open")
    admin = token(installation, org)
    waiting = installation.call("GET", "/v1/requests", token=admin).body["messages"]
    assert {each["recipient"] for each in waiting} == set(people)
    ann, bob = (f"/v1/messages/{quote(copies[who]['id'])}" for who in people)
    assert installation.call("POST", f"{ann}/deny", {"note": "a program"}, token=admin).status == 200
    assert installation.call("POST", f"{bob}/approve", {"note": "checked"}, token=admin).status == 200
    (arrived,) = installation.delivered(people[1])
    assert arrived.endswith(data)
    told = installation.call("GET", ann, token=tokens[people[0]]).body["message"]
    assert (told["state"], told["release_request"]["state"], told["release_request"]["note"]) == (
        "held",
        "denied",
        "a program",
    )
    assert installation.call("GET", "/v1/requests", token=admin).body["messages"] == []


def test_unsure_mail_asks_and_is_taught(installation: Installation) -> None:
    """Delivered, listed by what a label would teach, and off the list once it is labelled."""
    org = "training.example"
    policy(installation, org, spam_at=1.0, unsure_at=0.0, training_requested=True)
    for number in range(2):
        installation.send(mail(f"what is this {number}", f"Words of number {number}."), to=f"bob@{org}")
    installation.delivered(f"bob@{org}", least=2)

    def asking() -> list[dict[str, Any]]:
        lines: list[dict[str, Any]] = installation.do("GET", "/v1/training", scope=org)["lines"]
        return lines

    def copies(lines: list[dict[str, Any]]) -> list[str]:
        return [copy for line in lines for copy in (line["message"]["id"], *line["alike"])]

    lines = installation.wait_for(asking, lambda found: len(copies(found)) == 2)
    assert [line["gain"] for line in lines] == sorted((line["gain"] for line in lines), reverse=True)
    first = lines[0]["message"]["id"]
    installation.do("POST", f"/v1/messages/{quote(first)}/train", {"label": "ham"})
    left = installation.wait_for(asking, lambda found: len(copies(found)) == 1)
    assert first not in copies(left)


def test_settings_are_one_file(installation: Installation) -> None:
    """Exported, imported elsewhere (first dry), exported again; what was exported changes nothing; and it holds for real mail."""
    org, net = "file.example", "copy.example"
    policy(installation, org, quarantine=False, spam_notation="[FILE] ", disallowed_extensions=["exe"])
    installation.block("pest@file-spam.example", scope=org)
    installation.do("PUT", f"/v1/aliases/{org}/entries", {"address": f"info@{org}", "owner": f"bob@{org}"})
    document = installation.do("GET", f"/v1/settings/{org}")
    assert document["aliases"]["addresses"][f"info@{org}"] == f"bob@{org}"
    assert installation.do("PUT", f"/v1/settings/{org}", document) == {"changes": [], "applied": False}
    moved = {part: document[part] for part in ("format", "policy", "entries")} | {"scope": net}
    dry = installation.do("PUT", f"/v1/settings/{net}", moved, dry_run="true")
    assert (dry["applied"], installation.do("GET", f"/v1/settings/{net}")["entries"]) == (False, [])
    assert installation.do("PUT", f"/v1/settings/{net}", moved) == {**dry, "applied": True}
    again = installation.do("GET", f"/v1/settings/{net}")
    assert (again["policy"], again["entries"]) == (document["policy"], document["entries"])
    data = mail("by the file", sender="pest@file-spam.example")
    assert installation.send(data, to=f"bob@{net}", sender="pest@file-spam.example")[0] == 250
    (arrived,) = installation.delivered(f"bob@{net}")
    assert b"\r\nSubject: [FILE] by the file\r\n" in arrived
    wrong = installation.call("PUT", f"/v1/settings/{net}", {**moved, "policy": {"spam_at": 7}})
    assert (wrong.status, "$.policy.spam_at" in wrong.body["detail"]) == (422, True)
