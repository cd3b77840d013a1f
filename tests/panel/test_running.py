"""What administrators press to run it: webhooks, aliases, who sends, passwords and tokens for programs. And what each form says of wrong input."""

from __future__ import annotations

import base64
import hashlib
import hmac
import imaplib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.installation import mail
from tests.panel.axe import faults
from tests.panel.visitor import Visitor, held
from tests.serving import serving

pytestmark = pytest.mark.emulator


class Receiver:
    """A program that is told: what it was sent, the headers' names in lower case."""

    def __init__(self) -> None:
        told: list[tuple[dict[str, str], bytes]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                told.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.told = told
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/told"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    with serving(made.server):
        yield made


def signed(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """Whether it was signed with this secret (Standard Webhooks)."""
    told = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = base64.b64encode(hmac.new(key, told, hashlib.sha256).digest()).decode()
    return headers["webhook-signature"] == f"v1,{wanted}"


def refused(form: Locator, field: str, wrong: str, words: str, press: str) -> None:
    """Wrong input is told in words at its place, and stays to be mended."""
    typed = form.get_by_role("textbox", name=field, exact=True)
    typed.fill(wrong)
    form.get_by_role("button", name=press, exact=True).click()
    expect(form.get_by_role("alert")).to_contain_text(words)
    expect(typed).to_have_value(wrong)
    expect(typed).to_have_attribute("aria-invalid", "true")
    described = typed.get_attribute("aria-describedby") or ""
    assert form.get_by_role("alert").get_attribute("id") in described.split()


def test_a_webhook_is_made_tried_told_and_deleted(visit: Visitor, receiver: Receiver, axe: str) -> None:
    """Its secret is shown once, and is what signs."""
    page = visit.enter_with_token("hooked.example", "hooks")
    page.get_by_role("button", name="Add", exact=True).click()
    dialog = visit.dialog("Add")
    refused(dialog, "Address", "no address", "begins with https://", "Add")
    dialog.get_by_role("textbox", name="Address").fill(receiver.url)
    dialog.get_by_role("checkbox", name="Removed").check()
    dialog.get_by_role("button", name="Add").click()
    secret = visit.dialog("The secret that signs").locator("output").inner_text()
    assert secret.startswith("whsec_")
    assert faults(page, axe) == []
    visit.dialog("The secret that signs").get_by_role("button", name="Done").click()
    line = page.get_by_role("listitem").filter(has_text=receiver.url)
    expect(line).to_contain_text("Held, Removed")
    assert secret not in page.content()
    line.get_by_role("button", name="Try it").click()
    visit.told("A call is on its way to it")
    visit.installation.wait_for(lambda: len(receiver.told), lambda count: count == 1)
    assert b'"ping"' in receiver.told[0][1]
    held(visit.installation, "told of", to="ann@hooked.example")
    visit.installation.wait_for(lambda: len(receiver.told), lambda count: count == 2)
    assert b'"state":"held"' in receiver.told[1][1]
    assert all(signed(secret, *each) for each in receiver.told)
    line.get_by_role("button", name="Delete the webhook").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete the webhook").click()
    expect(page.get_by_role("heading", name="No webhooks")).to_be_visible()
    assert visit.installation.do("GET", "/v1/hooks", scope="hooked.example")["hooks"] == []


def test_aliases_are_made_taken_out_and_brought_back(visit: Visitor, axe: str) -> None:
    domain = "aliased.example"
    page = visit.enter_with_token(domain, "aliases")
    card = visit.card(f"Aliases of {domain}")
    alias, owner = (card.get_by_role("textbox", name=name, exact=True) for name in ("Alias", "Means"))
    owner.fill(f"ann@{domain}")
    refused(card, "Alias", "sales", "Write a mail address", "Add")
    expect(owner).to_have_value(f"ann@{domain}")
    alias.fill(f"sales@{domain}")
    refused(card, "Means", "ann", "Write a mail address", "Add")
    expect(alias).to_have_value(f"sales@{domain}")
    owner.fill(f"ann@{domain}")
    card.get_by_role("button", name="Add").click()
    line = card.get_by_role("listitem").filter(has_text=f"sales@{domain}")
    expect(line).to_contain_text(f"ann@{domain}")
    held(visit.installation, "for sales", to=f"ann@{domain}")
    visit.installation.send(
        mail("to sales", sender="s@else.example"), to=f"sales@{domain}", sender="s@else.example"
    )
    visit.installation.wait_for(
        lambda: {each["subject"] for each in visit.installation.held(f"ann@{domain}")},
        lambda found: found == {"for sales", "to sales"},
    )
    assert faults(page, axe) == []
    line.get_by_role("button", name="Take out").click()
    visit.told("Taken out")
    expect(line).to_have_count(0)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(line).to_contain_text(f"ann@{domain}")
    form = visit.card(f"The domain {domain}")
    refused(form, "Separators of plus-addresses", "!", "Separators are of these", "Save")
    form.get_by_role("textbox", name="Separators of plus-addresses").fill("+-")
    refused(form, "Everything else goes to", "nobody", "Write a mail address", "Save")
    expect(form.get_by_role("textbox", name="Separators of plus-addresses")).to_have_value("+-")
    form.get_by_role("textbox", name="Everything else goes to").fill(f"ann@{domain}")
    form.get_by_role("button", name="Save").click()
    visit.told("Saved")
    chosen = visit.installation.do("GET", f"/v1/aliases/{domain}")["chosen"]
    assert (chosen["separators"], chosen["catch_all"]) == ("+-", f"ann@{domain}")


def test_a_sender_is_locked_and_let_go_again(visit: Visitor, axe: str) -> None:
    """What it sends is refused in between."""
    domain, user = "sending.example", "bob@sending.example"

    def send() -> int:
        raw = base64.b64encode(mail("an offer", sender=user)).decode()
        body = {"mail_from": user, "recipients": ["eve@else.example"], "raw": raw}
        token = visit.installation.do("POST", "/v1/tokens", {"name": "sends", "scope": user})["text"]
        return visit.installation.call("POST", "/v1/outgoing", body, token=token).status

    assert send() in (200, 201, 202)
    page = visit.enter_with_token(domain, "identities")
    row = page.get_by_role("row").filter(has_text=user)
    expect(row).to_contain_text("1 / 1 / 1")
    row.get_by_role("button", name="Lock", exact=True).click()
    visit.told("nothing more is taken from it")
    expect(row).to_contain_text("Locked")
    assert faults(page, axe) == []
    assert send() == 403
    page.get_by_role("checkbox", name="Only locked ones").check()
    row.get_by_role("button", name="Unlock").click()
    visit.told("Unlocked")
    expect(page.get_by_role("heading", name="Nobody sent mail here yet")).to_be_visible()
    page.get_by_role("checkbox", name="Only locked ones").uncheck()
    expect(row.get_by_role("button", name="Lock", exact=True)).to_be_visible()
    assert send() in (200, 201, 202)


def opens(visit: Visitor, login: str, password: str) -> bool:
    """Whether a mail client gets in."""
    with imaplib.IMAP4("127.0.0.1", visit.installation.stack.imap_port) as client:
        try:
            return client.login(login, password)[0] == "OK"
        except imaplib.IMAP4.error:
            return False


def answers(visit: Visitor, scope: str, token: str) -> bool:
    """Whether the API knows who it is."""
    return visit.installation.call("GET", "/v1/messages", token=token, scope=scope).status == 200


def test_passwords_and_tokens_for_programs(visit: Visitor, axe: str) -> None:
    """Each is shown once, opens what it is for, and nothing any more when it is revoked."""
    owner = "pia@programs.example"
    page = visit.enter_with_token(owner, "access")
    for kind, title in (("app password", "App passwords"), ("token", "API tokens")):
        opened = opens if kind == "app password" else answers
        card = visit.card(title)
        card.get_by_role("button", name=f"New {kind}").click()
        dialog = visit.dialog(f"New {kind}")
        refused(dialog, "Name", " ", "Something has to stand here", f"New {kind}")
        dialog.get_by_role("textbox", name="Name").fill("tablet")
        dialog.get_by_role("checkbox", name="It may change things").uncheck()
        dialog.get_by_role("button", name=f"New {kind}").click()
        text = visit.dialog(f"Your new {kind}").locator("output").inner_text()
        assert faults(page, axe) == []
        visit.dialog(f"Your new {kind}").get_by_role("button", name="Done").click()
        # A mail client that was in may come in again for two minutes (gateway/quarantine/logins.py): it comes only afterwards.
        assert kind == "app password" or opened(visit, owner, text)
        row = card.get_by_role("row").filter(has_text="tablet")
        expect(row).to_contain_text("reads only")
        assert text not in page.content()
        row.get_by_role("button", name="Revoke").click()
        page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
        visit.told("Revoked")
        expect(row).to_have_count(0)
        assert not opened(visit, owner, text)
    visit.card("App passwords").get_by_role("button", name="New app password").click()
    visit.dialog("New app password").get_by_role("textbox", name="Name").fill("phone")
    visit.dialog("New app password").get_by_role("button", name="New app password").click()
    assert opens(visit, owner, visit.dialog("Your new app password").locator("output").inner_text())


def test_whose_mail_is_shown_is_chosen_inside_ones_own(visit: Visitor) -> None:
    page = visit.enter_with_token("inside.example", "senders")
    page.get_by_role("button", name="Whose mail").click()
    dialog = visit.dialog("Whose mail")
    refused(dialog, "Address", "ann@outside.example", "This is not inside inside.example", "Show")
    dialog.get_by_role("textbox", name="Address").fill("ann@inside.example")
    dialog.get_by_role("button", name="Show").click()
    expect(page.get_by_text("For: ann@inside.example")).to_be_visible()
    page.get_by_role("button", name="Whose mail: ann@inside.example").click()
    dialog.get_by_role("button", name="All of: inside.example").click()
    expect(page.get_by_text("For: inside.example")).to_be_visible()


def test_an_account_that_cannot_be_made_says_why(visit: Visitor, axe: str) -> None:
    domain = "staffed.example"
    page = visit.enter_with_token(domain, "people")
    page.get_by_role("button", name="New account").click()
    dialog = visit.dialog("New account")
    dialog.get_by_role("textbox", name="Name").fill("Ann")
    refused(
        dialog,
        "Login",
        "ann at home",
        "Write a domain such as example.org, or a mail address",
        "New account",
    )
    refused(dialog, "Login", "ann@elsewhere.example", "belongs to somebody else", "New account")
    expect(dialog.get_by_role("textbox", name="Name")).to_have_value("Ann")
    assert faults(page, axe) == []
    dialog.get_by_role("textbox", name="Login").fill(f"ann@{domain}")
    dialog.get_by_role("button", name="New account").click()
    visit.told(f"ann@{domain} can sign in now")
    row = page.get_by_role("row").filter(has_text=f"ann@{domain}")
    expect(row).to_contain_text("never signed in")
    for entry, shown in (("Let it only read", "reads only"), ("Shut the account", "Shut")):
        row.get_by_role("button", name="More about").click()
        page.get_by_role("menuitem", name=entry).click()
        expect(row).to_contain_text(shown)
    row.get_by_role("button", name="More about").click()
    page.get_by_role("menuitem", name="Delete the account").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete the account").click()
    expect(page.get_by_role("heading", name="No accounts")).to_be_visible()
