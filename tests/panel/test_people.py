"""People at the door, and between recipient and administrator: sign-in by a mailed link, requests for release, who did what."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.panel.visitor import DOMAIN, OPERATOR, RECIPIENT, Visitor, held, mailed_link

pytestmark = pytest.mark.emulator


def test_a_recipient_signs_in_by_a_mailed_link_and_acts(visit: Visitor) -> None:
    copy = held(visit.installation, "for whoever signed in")
    page = visit.page
    page.goto(visit.installation.stack.url)
    page.get_by_role("textbox", name="Your mail address").fill(RECIPIENT)
    page.get_by_role("button", name="Send me a sign-in link").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    page.goto(mailed_link(visit, RECIPIENT))
    page.reload()
    assert page.context.cookies() == []  # opening it used nothing up
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Incoming")).to_be_visible()
    assert "sign-in" not in page.url
    visit.go("incoming?order=time")
    visit.open("for whoever signed in")
    page.get_by_role("button", name="Remove", exact=True).click()
    visit.told("Removed")
    visit.installation.wait_for(lambda: visit.installation.state_of(copy), lambda state: state == "removed")
    page.reload()
    expect(page.get_by_role("heading", name="Incoming")).to_be_visible()
    visit.go("account")
    expect(page.locator(".card", has_text="Where you are signed in")).to_contain_text("here")
    page.locator(".who").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert page.context.cookies() == []


def test_a_link_that_is_over_says_so(visit: Visitor) -> None:
    page = visit.page
    page.goto(f"{visit.installation.stack.url}/#/sign-in/01K5N6R4M0Q8T7V2Y5Z9ABCDEF.absent")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("This link is over")


@pytest.mark.parametrize(
    ("answer", "told", "state"), [("Approve", "Approved", "released"), ("Deny", "Denied", "held")]
)
def test_a_recipient_asks_and_an_administrator_answers(
    visit: Visitor, answer: str, told: str, state: str
) -> None:
    owner = f"asks{answer.lower()}@example.org"
    visit.installation.do(
        "PUT",
        f"/v1/policies/{quote(owner)}",
        {"spam_at": 0.05, "unsure_at": 0.04, "rights_spam": "request", "rights_policy": "request"},
    )
    copy = held(visit.installation, f"asked for, to {answer.lower()}", to=owner)
    made = visit.installation.do("POST", "/v1/tokens", {"name": "asks", "scope": owner})
    page = visit.page
    page.goto(visit.installation.stack.url)
    page.locator("summary", has_text="API token").click()
    page.get_by_role("textbox", name="API token").fill(made["text"])
    page.get_by_role("button", name="Sign in with the token").click()
    visit.open(f"asked for, to {answer.lower()}")
    page.get_by_role("button", name="Release", exact=True).click()
    dialog = page.get_by_role("dialog", name="Ask for release")
    dialog.get_by_role("textbox").fill("our supplier's invoice")
    dialog.get_by_role("button", name="Ask", exact=True).click()
    visit.told("Asked")
    page = visit.fresh()
    visit.enter(DOMAIN)
    visit.go("requests")
    visit.open(f"asked for, to {answer.lower()}")
    request = page.get_by_role("region", name="Ask for release")
    expect(request).to_contain_text("our supplier's invoice")
    request.get_by_role("textbox").fill("looked at it")
    request.get_by_role("button", name=answer).click()
    visit.told(told)
    visit.installation.wait_for(lambda: visit.installation.state_of(copy), lambda found: found == state)


def test_who_did_what_is_told_and_can_be_taken_back(visit: Visitor) -> None:
    page = visit.enter(OPERATOR)
    visit.go("senders")
    page.get_by_role("button", name="Add").click()
    page.get_by_role("dialog").get_by_role("textbox").first.fill("audited.example")
    page.get_by_role("dialog").get_by_role("button", name="Add").click()
    visit.told("Allowed: audited.example")
    visit.go("audit")
    row = page.get_by_role("row").filter(has_text="audited.example").first
    row.get_by_role("button", name="Undo").click()
    page.get_by_role("dialog").get_by_role("button", name="Undo").click()
    visit.told("Taken back")
    visit.go("senders")
    expect(page.locator(".card")).to_be_visible()
    assert page.get_by_text("audited.example", exact=True).count() == 0
