"""axe finds no serious or critical fault on any view, light or dark, on a desk and on a phone.

axe-core is a development package of panel/ (`npm ci` there); where it is not installed these tests are skipped by name.
"""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.panel.axe import faults
from tests.panel.visitor import OPERATOR, Visitor, held

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(300)]

PLACES = (
    "incoming",
    "outgoing",
    "log",
    "requests",
    "training",
    "statistics",
    "senders",
    "policy",
    "lessons",
    "routes",
    "identities",
    "aliases/example.org",
    "setup/example.org",
    "audit",
    "people",
    "access",
    "hooks",
    "status",
    "settings",
)


def settle(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(200)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", ["desk", "phone"])
def test_no_serious_fault(
    visit: Visitor, axe: str, theme: Literal["light", "dark"], size: Literal["desk", "phone"]
) -> None:
    subject = f"looked at by axe {theme} {size}"
    held(visit.installation, subject)
    page = visit.fresh(size=size, theme=theme)
    page.goto(visit.installation.stack.url)
    settle(page)
    found = {"sign-in": faults(page, axe)}
    visit.enter(OPERATOR)
    for place in PLACES:
        visit.go(place)
        settle(page)
        found[place] = faults(page, axe)
    visit.go("incoming?order=time")
    visit.open(subject)
    settle(page)
    found["message: a reason is asked for"] = faults(page, axe)
    visit.give_reason()
    for tab in ("Content", "Why", "Headers", "Source", "History"):
        page.get_by_role("tab", name=tab).click()
        settle(page)
        found[f"message: {tab}"] = faults(page, axe)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    found["keys"] = faults(page, axe)
    page.keyboard.press("Escape")
    visit.go("senders")
    page.get_by_role("button", name="Add").click()
    found["a form"] = faults(page, axe)
    page.keyboard.press("Escape")
    visit.go("hooks")
    page.get_by_role("button", name="Add").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("wrong")
    page.get_by_role("dialog").get_by_role("button", name="Add").click()
    expect(page.get_by_role("alert")).to_be_visible()
    found["a form with an error"] = faults(page, axe)
    assert {place: each for place, each in found.items() if each} == {}


def test_every_place_has_landmarks_a_heading_and_a_title(visit: Visitor) -> None:
    page = visit.enter(OPERATOR)
    for place in PLACES:
        visit.go(place)
        settle(page)
        assert page.get_by_role("main").count() == 1
        assert page.locator("h1").count() >= 1
        assert page.title().endswith(" · Pratique")
        assert page.get_by_role("navigation", name="Places").count() == 1


def test_the_focus_goes_where_the_person_goes(visit: Visitor) -> None:
    page = visit.enter(OPERATOR)
    page.get_by_role("navigation", name="Places").get_by_role("link", name="Policy").click()
    expect(page.get_by_role("main")).to_be_focused()
    visit.go("senders")
    add = page.get_by_role("button", name="Add")
    add.click()
    expect(page.get_by_role("dialog").get_by_role("textbox").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(add).to_be_focused()


def test_targets_on_a_phone_are_large_enough_for_a_thumb(visit: Visitor) -> None:
    held(visit.installation, "for a thumb")
    page = visit.fresh(size="phone")
    visit.enter(OPERATOR)
    visit.open("for a thumb")
    settle(page)
    small = page.evaluate(
        """() => [...document.querySelectorAll('button, select, .pick, a.button')].filter(e => e.checkVisibility() && e.getBoundingClientRect().height > 0)
            .map(e => [e.textContent.trim() || e.getAttribute('aria-label'), e.getBoundingClientRect().height]).filter(([, h]) => h < 44)"""
    )
    assert small == []
