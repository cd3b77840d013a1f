"""People who signed in, as such and not by a token."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.panel.visitor import Visitor, held, mailed_link


def sign_in(visit: Visitor, address: str) -> None:
    """By a mailed link, as somebody whose mail is here."""
    held(visit.installation, f"mail for {address}", to=address)
    visit.installation.do("POST", "/v1/session/link", {"login": address})
    visit.page.goto(mailed_link(visit, address))
    visit.page.get_by_role("button", name="Sign in").click()
    expect(visit.page.get_by_role("heading", name="Incoming")).to_be_visible()
