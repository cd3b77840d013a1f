"""Signing in on the laptop's installation, as a browser does it: through the front, with cookies."""

from __future__ import annotations

import email
import http.client
import json
import re
from dataclasses import dataclass, field
from email import policy
from typing import Any
from urllib.parse import quote

import pytest

from tests.e2e.installation import Answer, Installation, mail

pytestmark = pytest.mark.emulator


@dataclass
class Browser:
    """One browser: it keeps cookies, and sends the CSRF word that it was told."""

    installation: Installation
    cookies: dict[str, str] = field(default_factory=dict)
    csrf: str = ""

    def call(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """One request of a page of the panel's own."""
        port = self.installation.stack.http_port
        sent = {"Sec-Fetch-Site": "same-origin", "User-Agent": "Firefox Linux"}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if self.csrf:
            sent["X-Pratique-CSRF"] = self.csrf
        if body is not None:
            sent["Content-Type"] = "application/json"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), sent)
            answer = connection.getresponse()
            data = answer.read()
        finally:
            connection.close()
        for cookie in answer.msg.get_all("Set-Cookie") or []:
            name, _, rest = cookie.partition("=")
            assert "HttpOnly" in rest
            assert "SameSite=Strict" in rest
            self.cookies[name] = rest.partition(";")[0]
            if "Max-Age=0" in rest:
                del self.cookies[name]
        kind = answer.getheader("Content-Type", "")
        return Answer(answer.status, json.loads(data) if data and "json" in kind else None)

    def sign_in(self, **proof: Any) -> Answer:
        """POST /v1/session."""
        answer = self.call("POST", "/v1/session", proof)
        if answer.status == 201:
            self.csrf = answer.body["csrf"]
        return answer


@pytest.fixture
def browser(installation: Installation) -> Browser:
    return Browser(installation)


def link_for(installation: Installation, login: str) -> str:
    """Ask for a link; the token in the letter that arrives in the sink."""
    before = len(installation.delivered(login, least=0))
    asked = Browser(installation).call("POST", "/v1/session/link", {"login": login})
    assert (asked.status, asked.body) == (202, {"status": "accepted"})
    letter = installation.delivered(login, least=before + 1)[-1]
    message = email.message_from_bytes(letter, policy=policy.default)
    assert message["Auto-Submitted"] == "auto-generated"
    found = re.search(re.escape(installation.stack.url) + r"/#/sign-in/(\S+)", message.get_content())
    assert found
    return found.group(1)


def test_a_recipient_signs_in_by_a_link_and_sees_the_own_mail(
    installation: Installation, browser: Browser
) -> None:
    """Nothing was made before: the address has had mail. The link works once; nobody else's mail is there; signing out ends it."""
    installation.block("shop@sign.example", scope="example.org")
    for to in ("dora@example.org", "emil@example.org"):
        installation.send(mail("an offer", sender="shop@sign.example"), to=to, sender="shop@sign.example")
    token = link_for(installation, "dora@example.org")
    assert browser.call("GET", "/v1/session").status in (401, 403)
    assert browser.sign_in(link=token).body["me"]["scope"] == "dora@example.org"
    assert Browser(installation).sign_in(link=token).status == 401
    listed = browser.call("GET", "/v1/messages").body["messages"]
    assert [m["owner"] for m in listed] == ["dora@example.org"]
    other = installation.only_held("emil@example.org")["id"]
    assert browser.call("GET", f"/v1/messages/{quote(other)}").status == 404
    assert browser.call("GET", "/v1/messages", X_Pratique_Scope="emil@example.org").status == 403
    assert browser.call("POST", f"/v1/messages/{quote(listed[0]['id'])}/release").status == 200
    assert installation.delivered("dora@example.org", least=2)
    history = installation.do("GET", f"/v1/messages/{quote(listed[0]['id'])}")["history"]
    assert ("dora@example.org", "panel") in {(step["actor"], step["channel"]) for step in history}
    assert browser.call("DELETE", "/v1/session").status == 204
    assert browser.cookies == {}


def test_a_change_without_the_word_is_refused(installation: Installation, browser: Browser) -> None:
    """Whoever makes a browser send its cookie does not know the word; a page of another site gets nothing at all."""
    installation.send(mail("hello"), to="fay@example.org")
    installation.delivered("fay@example.org")
    browser.sign_in(link=link_for(installation, "fay@example.org"))
    entry = {"kind": "block", "pattern": "x.example"}
    path = "/v1/lists/fay@example.org/entries"
    good, browser.csrf = browser.csrf, ""
    assert browser.call("PUT", path, entry).status == 403
    browser.csrf = good[::-1]
    assert browser.call("PUT", path, entry).status == 403
    assert browser.call("GET", "/v1/session").body["csrf"] == good
    browser.csrf = good
    assert browser.call("PUT", path, entry, Sec_Fetch_Site="cross-site").status == 403
    assert browser.call("GET", "/v1/messages", Sec_Fetch_Site="cross-site").status == 403
    assert browser.call("PUT", path, entry).status == 200


def test_a_session_that_is_ended_elsewhere_is_dead_at_once(
    installation: Installation, browser: Browser
) -> None:
    """From another browser of the same person."""
    installation.send(mail("hello"), to="gil@example.org")
    installation.delivered("gil@example.org")
    browser.sign_in(link=link_for(installation, "gil@example.org"))
    other = Browser(installation)
    other.sign_in(link=link_for(installation, "gil@example.org"))
    sessions = browser.call("GET", "/v1/sessions").body["sessions"]
    (mine,) = [each for each in sessions if each["current"]]
    assert len(sessions) == 2
    assert other.call("DELETE", f"/v1/sessions/{mine['id']}").status == 204
    assert browser.call("GET", "/v1/me").status == 403
    assert other.call("GET", "/v1/me").status == 200
