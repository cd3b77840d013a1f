"""Every way in, as people press it: password and app, passkeys, another issuer; and who else may act, be seen, and be shown the door."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pyotp
import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.issuer import Issuer
from tests.panel.axe import faults
from tests.panel.visitor import SIZES, Visitor, held, mailed_link

pytestmark = pytest.mark.emulator

PASSWORD = "four words nobody guesses"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def account(visit: Visitor, login: str, **more: Any) -> str:
    """An account that an administrator made."""
    visit.installation.do("POST", "/v1/users", {"login": login, **more})
    return login


@dataclass
class App:
    """An authenticator app. A code is good from half a minute before its time to half a minute after, and once: the one of now and the next
    are both good now, so that nothing has to wait.
    """

    totp: pyotp.TOTP
    last: int = 0

    def code(self) -> str:
        """One that was not used."""
        now = int(time.time()) // 30
        self.last = max(self.last + 1, now)
        assert self.last <= now + 1, "two at once are all that there are"
        return self.totp.generate_otp(self.last)

    def wrong(self) -> str:
        """Six digits that are the code of no time near."""
        now = int(time.time()) // 30
        near = {self.totp.generate_otp(now + step) for step in range(-5, 6)}
        return next(each for each in ("000000", "111111", "222222") if each not in near)


def set_up_app(visit: Visitor) -> tuple[App, list[str]]:
    """In `Your account`: the secret is typed into an app, its code given back. Also the recovery codes."""
    page = visit.page
    visit.card("Signing in").get_by_role("button", name="Set up").click()
    dialog = visit.dialog("Authenticator app")
    app = App(pyotp.TOTP(dialog.get_by_label("Secret").inner_text().replace(" ", "")))
    code = dialog.get_by_role("textbox", name="Code")
    code.fill(app.wrong())
    dialog.get_by_role("button", name="Set up").click()
    expect(dialog.get_by_role("alert")).to_have_text("This code is not right, or was used already.")
    expect(code).to_have_value(app.wrong())
    code.fill(app.code())
    dialog.get_by_role("button", name="Set up").click()
    codes = visit.dialog("Recovery codes").locator("output").inner_text().split()
    visit.dialog("Recovery codes").get_by_role("button", name="Done").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(visit.card("Signing in")).to_contain_text("10 recovery codes are left")
    return app, codes


def set_password(visit: Visitor) -> None:
    """In `Your account`; one that is easy to guess is told so first."""
    visit.card("Signing in").get_by_role("button", name="Set a password").click()
    dialog = visit.dialog("Set a password")
    typed = dialog.get_by_label("New password")
    typed.fill("password password")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("easy to guess")
    expect(typed).to_have_value("password password")
    typed.fill(PASSWORD)
    dialog.get_by_role("button", name="Save").click()
    visit.told("The password is set")


def by_password(visit: Visitor, login: str, password: str = PASSWORD) -> None:
    """Fill the form at the door and send it."""
    page = visit.page
    page.get_by_role("textbox", name="Your mail address").fill(login)
    if page.get_by_label("Password", exact=True).count() == 0:
        page.get_by_role("button", name="With a password").click()
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def inside(page: Page) -> None:
    """Signed in; where somebody was before, they are again."""
    expect(page.locator(".shell")).to_be_visible()


def show_code(visit: Visitor, code: str) -> None:
    page = visit.page
    expect(page.get_by_role("heading", name="Your second factor")).to_be_visible()
    page.get_by_role("textbox", name="Code").fill(code)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_a_password_then_a_code_or_a_recovery_code_once(visit: Visitor, issuer: Issuer, axe: str) -> None:
    login = account(visit, "pat@password.example")
    page = visit.enter_elsewhere(issuer, login)
    visit.go("account")
    set_password(visit)
    app, codes = set_up_app(visit)
    assert len(codes) == len(set(codes)) == 10
    visit.sign_out()
    page.get_by_role("textbox", name="Your mail address").fill("no address")
    page.get_by_role("button", name="Send me a sign-in link").click()
    expect(page.get_by_role("alert")).to_contain_text("Write a mail address such as")
    expect(page.get_by_role("textbox", name="Your mail address")).to_have_value("no address")
    by_password(visit, login, "not this one at all")
    expect(page.get_by_role("alert")).to_contain_text("That did not work")
    expect(page.get_by_role("textbox", name="Your mail address")).to_have_value(login)
    expect(page.get_by_label("Password", exact=True)).to_have_value("not this one at all")
    by_password(visit, login)
    show_code(visit, app.wrong())
    expect(page.get_by_role("alert")).to_contain_text("This code is not right")
    expect(page.get_by_role("textbox", name="Code")).to_have_value(app.wrong())
    assert faults(page, axe) == []
    show_code(visit, app.code())
    inside(page)
    visit.sign_out()
    by_password(visit, login)
    show_code(visit, codes[3])
    inside(page)
    visit.go("account")
    expect(visit.card("Signing in")).to_contain_text("9 recovery codes are left")
    visit.sign_out()
    by_password(visit, login)
    show_code(visit, codes[3])
    expect(page.get_by_role("alert")).to_contain_text("was used already")
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_role("textbox", name="Your mail address")).to_have_value(login)
    # By the issuer it reads its mail without; what one signs in with is changed only after it was shown.
    visit.enter_elsewhere(issuer, login)
    visit.go("account")
    card = visit.card("Signing in")
    expect(card).to_contain_text("Show it first")
    expect(card.get_by_role("button", name="Set a password")).to_be_disabled()
    page.get_by_role("link", name="Incoming").click()
    expect(page.get_by_role("heading", name="Incoming")).to_be_visible()
    visit.go("account")
    card.get_by_role("textbox", name="Code").fill(codes[7])
    card.get_by_role("button", name="Go on").click()
    expect(card.get_by_role("textbox", name="Code")).to_have_count(0)
    expect(card.get_by_role("button", name="Set a password")).to_be_enabled()


@dataclass
class Key:
    """A security key that the browser believes in (WebDriver's virtual authenticator, by the debugger)."""

    session: CDPSession
    id: str

    @classmethod
    def of(cls, page: Page) -> Key:
        """One that is built in, keeps accounts, and checks its owner."""
        session = page.context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        return cls(session, made["authenticatorId"])

    def finger(self, *, right: bool) -> None:
        """What it finds when it checks who is there."""
        self.session.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": right})


def test_a_passkey_alone_and_as_the_second_factor(visit: Visitor, axe: str) -> None:
    login = account(visit, "kim@passkey.example")
    visit.by_name()
    page = visit.page
    key = Key.of(page)
    page.goto(visit.url)
    page.get_by_role("textbox", name="Your mail address").fill(login)
    page.get_by_role("button", name="Send me a sign-in link").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    page.goto(mailed_link(visit, login).replace(visit.installation.stack.url, visit.url))
    page.get_by_role("button", name="Sign in").click()
    inside(page)
    visit.go("account")
    set_password(visit)
    page.get_by_role("button", name="Add a passkey").click()
    visit.dialog("Recovery codes").get_by_role("button", name="Done").click()
    remove = page.get_by_role("button", name=re.compile("^Remove: "))
    expect(remove).to_have_count(1)
    visit.sign_out()
    page.get_by_role("button", name="Use a passkey").click()
    inside(page)
    visit.sign_out()
    by_password(visit, login)
    expect(page.get_by_role("heading", name="Your second factor")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    inside(page)
    visit.sign_out()
    page.get_by_role("textbox", name="Your mail address").fill(login)
    key.finger(right=False)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert")).to_have_text("The passkey was not used.")
    expect(page.get_by_role("textbox", name="Your mail address")).to_have_value(login)
    assert faults(page, axe) == []
    key.finger(right=True)
    page.get_by_role("button", name="Use a passkey").click()
    visit.go("account")
    remove.click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(remove).to_have_count(0)
    visit.sign_out()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("This passkey is not known here")


def test_an_issuer_that_lets_nobody_in_is_told_of(visit: Visitor, issuer: Issuer, axe: str) -> None:
    """Also: at a number, as here, passkeys are not offered (WebAuthn 5.1.3, step 7), but where they are."""
    login = account(visit, "ina@issuer.example")
    page = visit.enter_elsewhere(issuer, login)
    visit.go("account")
    link = visit.card("Signing in").get_by_role("link", name="localhost")
    expect(link).to_have_attribute("href", f"http://localhost:{visit.installation.stack.http_port}/")
    assert page.get_by_role("button", name="Add a passkey").count() == 0
    visit.sign_out()
    assert page.get_by_role("button", name="Use a passkey").count() == 0
    start = page.get_by_role("button", name="Sign in with Example Inc.")
    issuer.refusal = "access_denied"
    try:
        start.click()
        expect(page.get_by_role("alert")).to_contain_text("Example Inc. did not let you in here")
    finally:
        issuer.refusal = ""
    assert "error" not in page.url
    assert faults(page, axe) == []
    issuer.claims = {"sub": "x", "email": login, "email_verified": False}
    with page.expect_response("**/v1/session"):
        start.click()
    expect(page.get_by_role("alert")).to_contain_text("Example Inc. did not let you in here")
    assert "code" not in page.url
    issuer.claims = {"sub": "x", "email": login, "email_verified": True}
    start.click()
    inside(page)


def test_who_must_have_a_second_factor_shows_it_after_the_issuer(
    visit: Visitor, issuer: Issuer, axe: str
) -> None:
    login = account(visit, "mia@must.example", second_factor=True)
    page = visit.enter_elsewhere(issuer, login)
    expect(visit.card("Signing in")).to_contain_text("Your account must have a second factor")
    visit.go("incoming")
    expect(visit.card("Signing in")).to_be_visible()
    app, _ = set_up_app(visit)
    visit.go("incoming")
    expect(page.get_by_role("heading", name="Incoming")).to_be_visible()
    visit.sign_out()
    visit.enter_elsewhere(issuer, login)
    card = visit.card("Signing in")
    field = card.get_by_role("textbox", name="Code")
    field.fill(app.wrong())
    card.get_by_role("button", name="Go on").click()
    expect(card.get_by_role("alert")).to_contain_text("This code is not right")
    expect(field).to_have_value(app.wrong())
    assert faults(page, axe) == []
    field.fill(app.code())
    card.get_by_role("button", name="Go on").click()
    expect(field).to_have_count(0)
    page.get_by_role("link", name="Incoming").click()
    expect(page.get_by_role("heading", name="Incoming")).to_be_visible()


def test_a_new_place_is_told_of_and_shown_the_door(visit: Visitor, issuer: Issuer) -> None:
    login = account(visit, "noa@places.example")
    old = visit.enter_elsewhere(issuer, login)
    visit.go("account")
    assert visit.installation.delivered(login, least=0) == []
    visit.fresh(agent=FIREFOX)
    new = visit.enter_elsewhere(issuer, login)
    (letter,) = visit.installation.delivered(login)
    assert b"Firefox on Linux" in letter
    old.reload()
    sessions = old.locator(".card", has=old.get_by_role("heading", name="Where you are signed in"))
    expect(sessions.get_by_role("listitem")).to_have_count(2)
    expect(sessions).to_contain_text("Firefox on Linux")
    sessions.get_by_role("button", name="End all others").click()
    expect(sessions.get_by_role("listitem")).to_have_count(1)
    new.get_by_role("link", name="Message log").click()
    expect(new.get_by_role("heading", name="Sign in")).to_be_visible()
    visit.enter_elsewhere(issuer, login)
    old.reload()
    sessions.get_by_role("listitem").filter(has_text="Firefox").get_by_role("button", name="End").click()
    expect(sessions.get_by_role("listitem")).to_have_count(1)
    new.reload()
    expect(new.get_by_role("heading", name="Sign in")).to_be_visible()
    old.get_by_role("link", name="Message log").click()
    expect(old.get_by_role("heading", name="Message log")).to_be_visible()


def test_an_operator_acts_as_somebody_else_and_both_can_read_it(
    visit: Visitor, issuer: Issuer, axe: str
) -> None:
    """From a list of another domain: what was chosen there does not go along. On a phone, where nothing may lie over the way."""
    login = account(visit, "ann@acted.example")
    copy = held(visit.installation, "acted upon", to=login)
    page = visit.fresh(size="phone", theme="dark")
    visit.enter_elsewhere(issuer, "olga@operators.example", groups=["operators"])
    visit.choose("acted.example")
    visit.go("people")
    page.get_by_role("button", name=f"More about {login}").click()
    menu = page.get_by_role("menu").bounding_box()
    assert menu is not None
    assert menu["x"] >= 0
    assert menu["x"] + menu["width"] <= SIZES["phone"]["width"]
    page.get_by_role("menuitem", name="Log in as this person").click()
    dialog = visit.dialog("Log in as this person")
    dialog.get_by_role("textbox", name="Why").fill(" ")
    dialog.get_by_role("button", name="Log in as them").click()
    expect(dialog.get_by_role("alert")).to_have_text("Something has to stand here.")
    dialog.get_by_role("textbox", name="Why").fill("asked at the desk")
    dialog.get_by_role("button", name="Log in as them").click()
    acting = page.get_by_role("status").filter(has_text=f"You act for {login}")
    expect(acting).to_be_visible()
    assert faults(page, axe) == []
    page.get_by_role("button", name="Menu").click()
    visit.dialog("Menu").get_by_role("link", name="Policy").click()
    expect(page.get_by_role("heading", name="Policy", exact=True)).to_be_visible()
    visit.go("incoming?order=time")
    visit.open("acted upon")
    page.get_by_role("button", name="Remove", exact=True).click()
    visit.told("Removed")
    visit.installation.wait_for(lambda: visit.installation.state_of(copy), lambda state: state == "removed")
    acting.get_by_role("button", name="End").click()
    expect(acting).to_have_count(0)
    page.set_viewport_size(SIZES["desk"])  # type: ignore[arg-type]  # as in visitor.py
    visit.choose(login)
    visit.go("audit")
    both = f"olga@operators.example as {login}"
    expect(page.get_by_role("row").filter(has_text=both).filter(has_text="remove")).to_have_count(1)
    begun = page.get_by_role("row").filter(has_text="session.as").filter(has_text="asked at the desk")
    expect(begun).to_contain_text("olga@operators.example")
    visit.fresh()
    page = visit.enter_elsewhere(issuer, login)
    visit.go("account")
    seen = visit.card("Who looked into your mail")
    expect(seen).to_contain_text("olga@operators.example")
    expect(seen).to_contain_text("logged in as you")
    expect(seen).to_contain_text("asked at the desk")


def test_a_delegate_looks_after_a_mailbox_until_it_is_taken_back(
    visit: Visitor, issuer: Issuer, axe: str
) -> None:
    owner, delegate = (account(visit, f"{name}@shared.example") for name in ("desk", "dan"))
    looks = {"login": delegate, "may_write": False}
    visit.installation.do("PUT", "/v1/delegates/info%40shared.example", looks)
    copy = held(visit.installation, "for the desk", to=owner)
    owners = visit.enter_elsewhere(issuer, owner)
    visit.go("account")
    card = visit.card("Who may look after your mailbox")
    typed = card.get_by_role("textbox", name="Mail address")
    for wrong, words in (("nobody", "mail address"), ("eve@evil.example", "another domain")):
        typed.fill(wrong)
        card.get_by_role("button", name="Add").click()
        expect(card.get_by_role("alert")).to_contain_text(words)
        expect(typed).to_have_value(wrong)
    assert faults(owners, axe) == []
    typed.fill(delegate)
    card.get_by_role("button", name="Add").click()
    expect(card.get_by_role("listitem")).to_contain_text(delegate)
    expect(card.get_by_role("alert")).to_have_count(0)
    visit.fresh()
    page = visit.enter_elsewhere(issuer, delegate)
    expect(page.get_by_role("heading", name="Nothing is held")).to_be_visible()
    page.get_by_role("button", name="Whose mail").click()
    assert faults(page, axe) == []
    visit.dialog("Whose mail").get_by_role("button", name="info@shared.example").click()
    expect(page.get_by_role("checkbox", name="Choose all that are loaded")).to_have_count(0)  # to read only
    page.get_by_role("button", name="Whose mail").click()
    visit.dialog("Whose mail").get_by_role("button", name=owner).click()
    expect(page.get_by_role("checkbox", name="Choose all that are loaded")).to_be_visible()
    visit.go("incoming?order=time")
    visit.open("for the desk")
    expect(page.locator(".letter-text")).to_contain_text("for the desk")
    page.get_by_role("button", name="Remove", exact=True).click()
    visit.told("Removed")
    history = visit.installation.do("GET", f"/v1/messages/{quote(copy)}")["history"]
    assert (delegate, "panel") in {(step["actor"], step["channel"]) for step in history}
    card.page.bring_to_front()
    owners.get_by_role("button", name=f"Take out: {delegate}").click()
    expect(card.get_by_role("listitem")).to_have_count(0)
    page.get_by_role("link", name="Message log").click()
    expect(page.get_by_role("button", name=f"Whose mail: {delegate}")).to_be_visible()
    expect(page.locator(".who")).to_contain_text(delegate)
    assert visit.installation.delivered(owner, least=0) == []
