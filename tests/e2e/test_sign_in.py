"""Signing in on the laptop's installation, as a browser does it: through the front, with cookies."""

from __future__ import annotations

import email
import http.client
import json
import re
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from email import policy
from typing import Any
from urllib.parse import quote

import pyotp
import pytest

from local.stack import ROOT
from tests.authenticator import SoftKey
from tests.e2e.installation import Answer, Installation, mail
from tests.issuer import Issuer

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


def code_of(app: pyotp.TOTP, after: str = "") -> str:
    """A code that was not used yet: codes are good once, and half a minute long."""
    while app.now() == after:
        time.sleep(0.2)
    return app.now()


def test_an_administrator_sets_up_all_that_there_is(installation: Installation, browser: Browser) -> None:
    """The link of the start signs in; then a password, an authenticator app, a security key; wrong codes do not open."""
    token = installation.stack.sign_in_link.rpartition("/")[2]
    assert browser.sign_in(link=token).body["me"]["scope"] == "global"
    assert browser.call("PUT", "/v1/me/password", {"password": "four words nobody guesses"}).status == 204
    started = browser.call("POST", "/v1/me/totp").body
    app = pyotp.TOTP(started["secret"])
    code = code_of(app)
    assert len(browser.call("PUT", "/v1/me/totp", {"code": code}).body["recovery_codes"]) == 10
    key = SoftKey(installation.stack.url.replace("127.0.0.1", "localhost"))
    asked = browser.call("POST", "/v1/me/passkeys").body
    body = {"challenge": asked["challenge"], "label": "key", "credential": key.make(asked["options"])}
    assert browser.call("PUT", "/v1/me/passkeys", body).body["passkey"]["label"] == "key"
    first = {"login": "admin@example.org", "password": "four words nobody guesses"}
    other = Browser(installation)
    assert other.sign_in(**first).body["code"] == "code_needed"
    assert other.sign_in(**first, code=code).body["code"] == "not_proved"
    assert other.sign_in(**first | {"password": "x"}).body["code"] == "not_proved"
    assert other.sign_in(**first, code=code_of(app, code)).status == 201
    alone = Browser(installation)
    asked = alone.call("POST", "/v1/session/passkey").body
    answer = {"challenge": asked["challenge"], "credential": key.use(asked["options"])}
    assert alone.sign_in(passkey=answer).body["session"]["method"] == "passkey"
    assert alone.sign_in(passkey=answer).status == 401
    me = alone.call("GET", "/v1/me").body
    factor = me["second_factor"]
    assert (factor["totp"], factor["passkeys"], factor["shown"]) == (True, 1, True)


def test_an_administrator_looks_after_people(installation: Installation, browser: Browser) -> None:
    """An account, disabled; a body, with a reason; acting as somebody, told to whom."""
    installation.block("ads@sign.example", scope="example.org")
    installation.send(
        mail("more ads", sender="ads@sign.example"), to="hal@example.org", sender="ads@sign.example"
    )
    made = {"login": "desk@example.org", "scope": "example.org", "name": "Desk"}
    assert installation.call("POST", "/v1/users", made).status == 201
    assert browser.sign_in(link=link_for(installation, "desk@example.org")).body["me"]["level"] == "domain"
    (held,) = browser.call("GET", "/v1/messages?scope=hal@example.org").body["messages"]
    path = f"/v1/messages/{quote(held['id'])}"
    assert browser.call("GET", f"{path}/raw").body["code"] == "reason_needed"
    opened = browser.call("POST", f"{path}/open", {"reason": "asked on the phone"})
    with urllib.request.urlopen(opened.body["url"], timeout=30) as answer:
        assert b"Subject: more ads" in answer.read()
    acting = {"scope": "hal@example.org", "reason": "shows how"}
    assert browser.call("POST", "/v1/session/as", acting).status == 204
    assert browser.call("POST", f"{path}/remove").status == 200
    hal = Browser(installation)
    hal.sign_in(link=link_for(installation, "hal@example.org"))
    told = hal.call("GET", "/v1/disclosures").body["disclosures"]
    assert [(d["what"], d["actor"]) for d in told] == [
        ("logged_in_as", "desk@example.org"),
        ("opened", "desk@example.org"),
    ]
    history = hal.call("GET", path).body["history"]
    assert "desk@example.org as hal@example.org" in {step["actor"] for step in history}
    assert installation.call("PATCH", "/v1/users/desk@example.org", {"disabled": True}).status == 200
    assert browser.call("GET", "/v1/me").status == 403


def test_the_first_administrator_is_made_by_one_command(installation: Installation, browser: Browser) -> None:
    """With AWS credentials, straight into the table; the link that it prints signs in."""
    stack = installation.stack
    assert stack.emulator is not None
    command = [sys.executable, "-m", "cli", "users", "create", "first@example.org", "--bootstrap"]
    command += ["--table", stack.outputs["Table"], "--signing-secret", stack.outputs["SigningSecretArn"]]
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'layers' / 'core'}", "HOME": str(stack.config.state)}
    done = subprocess.run(
        [*command, "--panel", stack.url],
        env={**environment, **stack.emulator.environment()},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    signed_in = browser.sign_in(link=done.stdout.strip().rpartition("/")[2])
    assert (signed_in.body["me"]["login"], signed_in.body["me"]["scope"]) == ("first@example.org", "global")


def test_signing_in_at_another_issuer(installation: Installation, browser: Browser, issuer: Issuer) -> None:
    """There and back: the code is of this browser and good once, and the claims give the rights."""
    assert browser.call("GET", "/v1/session/methods").body["oidc"] == "Example Inc."
    issuer.claims = {"sub": "7", "email": "ivy@example.org", "email_verified": True, "groups": ["operators"]}
    issuer.now_s = time.time()
    code, state = issuer.person(browser.call("POST", "/v1/session/oidc").body["url"])
    answer = {"code": code, "state": state}
    assert Browser(installation).sign_in(oidc=answer).body["code"] == "not_proved"
    signed_in = browser.sign_in(oidc=answer)
    assert (signed_in.status, signed_in.body["me"]["scope"]) == (201, "global")
    assert list(browser.cookies) == ["prq_session"]
    assert browser.call("GET", "/v1/users?scope=global").status == 200
    assert browser.sign_in(oidc=answer).status == 401


def test_guessing_is_stopped(installation: Installation) -> None:
    """The laptop's front is one network to the emulator; what was counted is taken away again, for the tests that share it."""
    try:
        answers = [
            Browser(installation).sign_in(login="nobody@example.org", password="guess").body["code"]
            for _ in range(21)
        ]
    finally:
        table, client = installation.stack.outputs["Table"], installation.stack.client("dynamodb")
        for row in client.scan(TableName=table, ProjectionExpression="pk, sk")["Items"]:
            if row["pk"]["S"].startswith("LF#"):
                client.delete_item(TableName=table, Key=row)
    assert answers[0] == "not_proved"
    assert answers[-1] == "limit_reached"
