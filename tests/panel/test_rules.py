"""Policies, tried before they are saved and put back afterwards; one action on all that a search finds; listings that have more than a page."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.e2e.installation import mail
from tests.panel.axe import faults
from tests.panel.visitor import Visitor, held

pytestmark = pytest.mark.emulator


def choice(page: Page, name: str) -> Locator:
    """One choice of a policy."""
    return page.get_by_role("group", name=re.compile(f"^{re.escape(name)}"))


def choose(page: Page, name: str, value: str) -> None:
    """An own value for it."""
    part = choice(page, name)
    part.get_by_role("radio", name="Own choice").check()
    part.get_by_role("spinbutton", name=name).fill(value)


def shown(page: Page, name: str) -> Locator:
    return choice(page, name).get_by_role("spinbutton", name=name)


def test_a_policy_is_tried_saved_and_put_back(visit: Visitor, axe: str) -> None:
    domain = "tried.example"
    for name in ("first", "second"):
        held(visit.installation, f"tried on the {name}", to=f"ann@{domain}")
    page = visit.enter_with_token(domain, "policy")
    save = page.get_by_role("button", name="Save", exact=True)
    expect(save).to_be_disabled()
    choose(page, "Spam from score", "0.99")
    choose(page, "Unsure from score", "0.99")
    whatif = page.get_by_role("region", name="What if")
    whatif.get_by_role("button", name="Try it").click()
    expect(whatif).to_contain_text("2 messages looked at.")
    expect(whatif).to_contain_text("2 more would pass")
    expect(whatif).to_contain_text("0 more would be held")
    expect(whatif.get_by_role("link", name="tried on the first")).to_be_visible()
    assert faults(page, axe) == []
    assert visit.installation.do("GET", f"/v1/policies/{domain}")["own"].get("spam_at") is None
    shown(page, "Spam from score").fill("0.2")
    expect(whatif).not_to_contain_text("messages looked at")
    save.click()
    expect(page.get_by_role("alert")).to_contain_text("must not be above that for spam")
    expect(page.get_by_role("alert")).to_be_in_viewport()
    expect(shown(page, "Spam from score")).to_have_value("0.2")
    expect(shown(page, "Unsure from score")).to_have_value("0.99")
    assert faults(page, axe) == []
    shown(page, "Unsure from score").fill("0.1")
    save.click()
    visit.told("Saved")
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(save).to_be_disabled()
    choose(page, "Held mail is kept for", "9")
    save.click()
    expect(save).to_be_disabled()
    page.locator("summary", has_text="Earlier versions").click()
    versions = page.locator("details", has_text="Earlier versions").get_by_role("listitem")
    expect(versions).to_have_count(2)
    expect(versions.first).to_contain_text("Held mail is kept for")
    assert versions.first.get_by_role("button").count() == 0
    versions.last.get_by_role("button", name="Go back to it").click()
    expect(versions).to_have_count(3)
    expect(shown(page, "Held mail is kept for")).to_have_count(0)
    expect(shown(page, "Spam from score")).to_have_value("0.2")
    own = visit.installation.do("GET", f"/v1/policies/{domain}")["own"]
    assert (own["spam_at"], own["unsure_at"], own.get("retention_days")) == (0.2, 0.1, None)


def test_what_is_inherited_is_not_said_to_be_tried(visit: Visitor) -> None:
    """One choice back to what is above, another new: only the new one can be tried from here, and that is told."""
    domain = "above.example"
    visit.installation.do("PUT", f"/v1/policies/{domain}", {"spam_at": 0.9, "unsure_at": 0.5})
    page = visit.enter_with_token(domain, "policy")
    choose(page, "Spam from score", "0.8")
    whatif = page.get_by_role("region", name="What if")
    expect(whatif).not_to_contain_text("cannot be tried")
    choice(page, "Unsure from score").get_by_role("radio").first.check()
    expect(whatif).to_contain_text("What is above cannot be tried from here")
    expect(whatif.get_by_role("button", name="Try it")).to_be_visible()


def test_one_action_on_all_that_a_search_finds(visit: Visitor, axe: str) -> None:
    """More than a page: a job in the background, with its progress, its result, and a way back."""
    domain, subject = "everybody.example", "a circular to everybody"
    people = [f"r{number}@{domain}" for number in range(102)]
    for some in (people[:51], people[51:]):
        sender = f"s{len(some[0])}@circular.example"
        visit.installation.send(mail(subject, sender=sender), to=some, sender=sender)

    def left() -> int:
        return len(visit.installation.held(domain, limit=200))

    visit.installation.wait_for(left, lambda count: count == 102)
    page = visit.enter_with_token(domain, "incoming?order=time")
    with page.expect_response("**/v1/messages/search?*"):
        page.get_by_role("searchbox", name="Search").fill("circular")
    expect(page.locator(".scroller")).to_contain_text("100 messages loaded")
    page.get_by_role("checkbox", name="Choose all that are loaded").check()
    bar = page.locator(".bulkbar")
    expect(bar).to_contain_text("100 chosen")
    bar.get_by_role("button", name="Choose everything that fits").click()
    expect(bar).to_contain_text("Everything that fits")
    assert faults(page, axe) == []
    bar.get_by_role("button", name="Remove", exact=True).click()
    expect(bar.get_by_role("button", name="Stop")).to_be_visible()
    visit.told("102 messages removed")
    assert left() == 0
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(bar.get_by_role("progressbar")).to_be_visible()
    visit.told("Taken back")
    assert left() == 102
    expect(page.locator(".scroller")).to_contain_text("100 messages loaded")
    page.locator(".scroller").evaluate("list => { list.scrollTop = list.scrollHeight }")
    expect(page.locator(".scroller")).to_contain_text("That is all: 102 messages")


LISTED = "paged.example"


@pytest.fixture(scope="module")
def three(installation: Any) -> None:
    """Three of each in one domain: accounts, and so entries of its audit; lessons; locked senders."""
    lessons = []
    for number in range(3):
        login = f"p{number}@{LISTED}"
        installation.do("POST", "/v1/users", {"login": login, "scope": LISTED})
        installation.do("POST", "/v1/identities/lock", {"user": login, "sender": login})
        raw = mail(f"lesson {number}", f"Taught {number}: {number * 7919}")
        lessons.append({"label": "spam", "name": f"lesson-{number}", "raw": base64.b64encode(raw).decode()})
    installation.do("POST", "/v1/lessons", {"scope": LISTED, "messages": lessons})


def pages_of(rows: int) -> Callable[[Route], None]:
    """So few where the panel asks for a hundred; the API does the rest."""
    return lambda route: route.continue_(url=re.sub(r"limit=\d+", f"limit={rows}", route.request.url))


def undo_a_lesson(page: Page) -> None:
    page.get_by_role("row").last.get_by_role("button", name="Take back").click()
    expect(page.get_by_role("row").last).to_contain_text("Taken back")


def unlock(page: Page) -> None:
    page.get_by_role("row").last.get_by_role("button", name="Unlock").click()
    expect(page.get_by_role("row").last.get_by_role("button", name="Lock", exact=True)).to_be_visible()


def shut(page: Page) -> None:
    page.get_by_role("row").last.get_by_role("button", name="More about").click()
    page.get_by_role("menuitem", name="Shut the account").click()
    expect(page.get_by_role("row").last).to_contain_text("Shut")


@pytest.mark.usefixtures("three")
def test_more_of_a_listing_is_shown_when_it_is_asked_for(visit: Visitor, axe: str) -> None:
    """Each once, in the API's order, and still there after an action in what was shown later."""
    page = visit.enter_with_token(LISTED)
    acts: list[tuple[str, str, str, Callable[[Page], None] | None]] = [
        ("people", "Accounts", "users", shut),
        ("identities", "Who sends", "identities", unlock),
        ("lessons", "Lessons", "lessons", undo_a_lesson),
        ("audit", "Audit", "audit", None),
    ]
    for place, title, call, act in acts:
        size = 5 if place == "audit" else 2  # who did what of all the others stands there, too
        page.route(f"**/v1/{call}?*", pages_of(size))
        whole = visit.installation.do("GET", f"/v1/{call}", scope=LISTED, limit=100)
        (rows,) = (each for each in whole.values() if isinstance(each, list))
        visit.go(place)
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        shown, more = page.locator("tbody tr"), page.get_by_role("button", name="Show more")
        assert len(rows) > size
        for count in range(size, len(rows), size):
            expect(shown).to_have_count(count)
            more.click()
        expect(shown).to_have_count(len(rows))
        if more.count():  # whole pages: nobody knew yet that this was the last
            more.click()
        expect(more).to_have_count(0)
        if place in ("people", "identities"):
            names = [each.get("sender") or each["login"] for each in rows]
            assert all(name in text for name, text in zip(names, shown.all_inner_texts(), strict=True))
        if act is not None:
            act(page)
            expect(shown).to_have_count(len(rows))
    assert faults(page, axe) == []
