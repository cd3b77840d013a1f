"""An authenticator app is set up by scanning what the panel draws."""

from __future__ import annotations

import io
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

import numpy
import pyotp
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from tests.panel.signed_in import sign_in
from tests.panel.visitor import Visitor

pytestmark = pytest.mark.emulator


def scanned(page: Page) -> list[str]:
    """What a camera makes of the page as it looks."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert("L")
    return [each.text for each in zxingcpp.read_barcodes(numpy.asarray(picture))]


@pytest.mark.parametrize(("size", "theme"), [("desk", "light"), ("phone", "dark")])
def test_the_code_that_is_drawn_sets_the_app_up(
    visit: Visitor, size: Literal["desk", "phone"], theme: Literal["light", "dark"]
) -> None:
    """It says the same as the link and the secret beside it, and what it holds gives the code that is taken."""
    address = f"scans-{size}@example.org"
    page = visit.fresh(size=size, theme=theme)
    sign_in(visit, address)
    visit.go("account")
    page.locator(".row", has_text="Authenticator app").get_by_role("button", name="Set up").click()
    dialog = page.get_by_role("dialog", name="Authenticator app")
    expect(dialog.get_by_role("img", name="QR code for your authenticator app")).to_be_visible()
    (text,) = scanned(page)
    assert text == dialog.get_by_role("link", name="Open in an app").get_attribute("href")
    asked = urlsplit(text)
    secret = parse_qs(asked.query)["secret"][0]
    assert (asked.scheme, asked.netloc, unquote(asked.path)) == ("otpauth", "totp", f"/Pratique:{address}")
    assert "".join(dialog.locator("output.secret").inner_text().split()) == secret
    dialog.get_by_role("textbox", name="Code").fill(pyotp.TOTP(secret).now())
    dialog.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("dialog", name="Recovery codes")).to_be_visible()


def test_what_draws_it_is_loaded_when_it_is_shown(visit: Visitor) -> None:
    """No visit pays for it before."""

    def loaded() -> list[str]:
        return [url for url in visit.requests if "/assets/qr-" in url]

    sign_in(visit, "scans-later@example.org")
    visit.go("account")
    button = visit.page.locator(".row", has_text="Authenticator app").get_by_role("button", name="Set up")
    expect(button).to_be_visible()
    assert loaded() == []
    button.click()
    expect(visit.page.locator(".qr")).to_be_visible()
    assert len(loaded()) == 1
