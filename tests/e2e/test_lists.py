"""Allow and block lists, by real SMTP in and out."""

from __future__ import annotations

import base64
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.installation import Installation, mail

pytestmark = pytest.mark.emulator


def put(installation: Installation, scope: str, kind: str, pattern: str, **more: Any) -> dict[str, Any]:
    """Put an entry on a list."""
    entry: dict[str, Any] = installation.do(
        "PUT", f"/v1/lists/{scope}/entries", {"kind": kind, "pattern": pattern, **more}
    )
    return entry


def entries(installation: Installation, scope: str, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = installation.do("GET", f"/v1/lists/{scope}/entries", **query)["entries"]
    return found


def test_a_network_is_blocked_and_a_host_in_it_allowed(installation: Installation) -> None:
    """By the address of the client of our own SMTP edge; the nearer scope wins, and a host needs no DMARC."""
    put(installation, "nets.example", "block", "127.0.0.0/8")
    data = mail("from a blocked network")
    assert installation.send(data, to="ann@nets.example")[0] == 550
    put(installation, "bob@nets.example", "allow", "127.0.0.1")
    assert installation.send(data, to="bob@nets.example")[0] == 250
    (arrived,) = installation.delivered("bob@nets.example")
    assert arrived.endswith(b"\r\n" + data)
    (copy,) = installation.held("nets.example")
    detail = installation.do("GET", f"/v1/messages/{copy['id']}")
    assert "blocked by domain: 127.0.0.0/8" in [each["detail"] for each in detail["contributions"]]


def test_an_entry_for_the_envelope_alone_or_for_from_alone(installation: Installation) -> None:
    """The envelope sender and the From header are two."""
    put(installation, "match.example", "block", "bounce@lists.test", match="from")
    data = mail("weekly", sender="news@lists.test")
    assert installation.send(data, to="a@match.example", sender="bounce@lists.test")[0] == 250
    put(installation, "match.example", "block", "bounce@lists.test", match="envelope")
    assert installation.send(data, to="a@match.example", sender="bounce@lists.test")[0] == 550
    assert len(entries(installation, "match.example")) == 1


def test_an_allow_entry_does_not_hold_for_forged_mail(installation: Installation) -> None:
    """The sender is allowed, but the mail passes no DMARC: another's block entry speaks. Unless the entry says otherwise."""
    put(installation, "forged.example", "block", "*.forger.test")
    put(installation, "bob@forged.example", "allow", "friend@mail.forger.test")
    data = mail("it is me", sender="friend@mail.forger.test")
    assert installation.send(data, to="bob@forged.example", sender="friend@mail.forger.test")[0] == 550
    put(installation, "bob@forged.example", "allow", "friend@mail.forger.test", needs_dmarc=False)
    assert installation.send(data, to="bob@forged.example", sender="friend@mail.forger.test")[0] == 250


def test_a_bounce_is_on_no_list_by_its_envelope(installation: Installation) -> None:
    """An empty MAIL FROM, held for another reason: Blacklist & Remove by the envelope is refused, and it is still held."""
    put(installation, "bounce.example", "block", "mailer-daemon@mx.test", match="from")
    data = mail("Undelivered", sender="mailer-daemon@mx.test")
    assert installation.send(data, to="a@bounce.example", sender="")[0] == 550
    copy = installation.only_held("bounce.example")
    body = {"block": True, "listing": {"match": "envelope"}}
    refused = installation.call("POST", f"/v1/messages/{copy['id']}/remove", body)
    assert (refused.status, "names no sender" in refused.body["detail"]) == (422, True)
    assert installation.state_of(copy["id"]) == "held"


def test_blacklist_and_remove_until_it_is_not_used(installation: Installation) -> None:
    """The entry says when it ends, and on which day it was used last."""
    installation.block("first@once.test", scope="idle.example")
    assert (
        installation.send(
            mail("one", sender="first@once.test"), to="a@idle.example", sender="first@once.test"
        )[0]
        == 550
    )
    installation.do("DELETE", "/v1/lists/idle.example/entries", pattern="first@once.test")
    copy = installation.only_held("idle.example")
    body = {"block": "domain", "listing": {"idle_days": 45}}
    assert installation.do("POST", f"/v1/messages/{copy['id']}/remove", body)["state"] == "removed"
    (entry,) = entries(installation, "idle.example")
    assert (entry["pattern"], entry["last_used_at"], entry["used_days"]) == ("first@once.test", None, 0)
    for subject in ("two", "three"):
        data = mail(subject, sender="first@once.test")
        assert installation.send(data, to="a@idle.example", sender="first@once.test")[0] == 550
    (used,) = installation.wait_for(
        lambda: entries(installation, "idle.example"), lambda found: bool(found[0]["last_used_at"])
    )
    assert used["used_days"] == 1
    end = datetime.fromisoformat(used["ends_at"]) - datetime.fromisoformat(used["last_used_at"])
    assert timedelta(days=45) < end <= timedelta(days=46)


def test_an_entry_ends_at_once_when_its_time_is_up(installation: Installation) -> None:
    """Not when the table gets round to deleting it."""
    soon = datetime.now(UTC) + timedelta(seconds=4)
    put(installation, "soon.example", "block", "late@soon.test", expires_at=soon.isoformat())
    data = mail("soon", sender="late@soon.test")
    assert installation.send(data, to="a@soon.example", sender="late@soon.test")[0] == 550
    time.sleep(max(0.0, (soon - datetime.now(UTC)).total_seconds()) + 1)
    assert installation.send(data, to="b@soon.example", sender="late@soon.test")[0] == 250
    assert entries(installation, "soon.example") == []


def test_entries_go_out_and_in_as_a_file(installation: Installation) -> None:
    """What one domain exports, another imports; then its mail is judged by it."""
    put(installation, "out.example", "block", "*.csv.test", reason="=HYPERLINK(1)")
    put(installation, "out.example", "block", "10.0.0.0/8")
    put(installation, "out.example", "allow", "partner.test", direction="outgoing")
    request = urllib.request.Request(f"{installation.stack.url}/v1/lists/out.example/export")
    request.add_header("Authorization", f"Bearer {installation.stack.token}")
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.headers["Content-Type"].startswith("text/csv")
        text = answer.read().decode()
    assert "'=HYPERLINK(1)" in text
    done = installation.do("POST", "/v1/lists/in.example/import", {"csv": text})
    assert (done["added"], done["unchanged"]) == (3, 0)
    assert installation.do("POST", "/v1/lists/in.example/import", {"csv": text})["unchanged"] == 3
    assert [e["reason"] for e in entries(installation, "in.example") if e["pattern"] == "*.csv.test"] == [
        "=HYPERLINK(1)"
    ]
    data = mail("by file", sender="a@mail.csv.test")
    assert installation.send(data, to="a@in.example", sender="a@mail.csv.test")[0] == 550


def test_a_recipient_that_is_blocked_for_outgoing_mail_gets_none(installation: Installation) -> None:
    """Held in the sender's domain, and not in what came in; whoever the sender's own list allows gets the mail."""
    installation.do(
        "PUT", "/v1/policies/sends.example", {"outgoing_quarantine": True, "outgoing_response": "accepted"}
    )
    put(installation, "sends.example", "block", "*.leak.test", direction="outgoing")
    put(installation, "bob@sends.example", "allow", "lawyer@mail.leak.test", direction="outgoing")
    data = mail("the contract", sender="bob@sends.example")
    body = {
        "mail_from": "bob@sends.example",
        "recipients": ["eve@mail.leak.test", "lawyer@mail.leak.test"],
        "raw": base64.b64encode(data).decode(),
    }
    sent = installation.do("POST", "/v1/outgoing", body)
    assert {each["recipient"]: each["state"] for each in sent["copies"]} == {
        "eve@mail.leak.test": "held",
        "lawyer@mail.leak.test": "queued",
    }
    (arrived,) = installation.delivered("lawyer@mail.leak.test")
    assert b"the contract" in arrived
    assert installation.held("sends.example") == []
