"""Searches that people save: named, applied elsewhere, renamed, replaced, forgotten; and those that a browser kept before."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.panel.signed_in import sign_in
from tests.panel.visitor import DOMAIN, OPERATOR, Visitor, held

pytestmark = pytest.mark.emulator


def kept(page: Page) -> list[dict[str, Any]]:
    """What the account has, asked by the browser itself."""
    found = page.evaluate("fetch('/v1/me/searches').then(a => a.json())")["searches"]
    return [{"name": each["name"], "search": each["search"]} for each in found]


def menu(page: Page) -> Locator:
    page.get_by_role("button", name="More about searching").click()
    return page.get_by_role("menu", name="More about searching")


def pick(page: Page, entry: str) -> None:
    menu(page).get_by_role("menuitem", name=entry, exact=True).click()


def look(page: Page, words: str) -> None:
    page.get_by_role("searchbox", name="Search").fill(words)
    expect(page).to_have_url(re.compile(re.escape(words.partition(" ")[0])))


def save(page: Page, name: str, verb: str = "Save") -> None:
    pick(page, "Save this search")
    dialog = page.get_by_role("dialog", name="Save this search")
    dialog.get_by_role("textbox", name="Name").fill(name)
    dialog.get_by_role("button", name=verb, exact=True).click()


def csv(page: Page) -> str:
    """What the menu saves of what is shown."""
    with page.expect_download() as begun:
        pick(page, "Save as CSV")
    return Path(begun.value.path()).read_text(encoding="utf-8")


def test_a_search_is_in_the_account_and_not_in_the_browser(visit: Visitor) -> None:
    """Saved in one browser, applied in another; renamed, replaced, forgotten, and that undone."""
    address = "saves@example.org"
    held(visit.installation, "quarterly figures", to=address)
    held(visit.installation, "a birthday", to=address)
    page = visit.page
    sign_in(visit, address)
    look(page, "quarterly figures")
    expect(page.locator(".mail")).to_have_count(1)
    save(page, "Quarters")
    visit.told("Saved: Quarters")
    assert kept(page) == [{"name": "Quarters", "search": {"q": "quarterly figures", "state": ["held"]}}]
    assert page.evaluate("Object.keys(localStorage).filter(k => k.includes('search'))") == []

    session = page.context.cookies()
    page = visit.fresh(size="phone")
    page.context.add_cookies(session)  # type: ignore[arg-type]  # what one gives the other takes
    page.goto(visit.installation.stack.url)
    pick(page, "Quarters")
    expect(page.get_by_role("searchbox", name="Search")).to_have_value("quarterly figures")
    expect(page.locator(".mail")).to_have_count(1)
    page.get_by_role("combobox", name="Which messages").select_option("removed")
    save(page, "quarters", verb="Replace")
    visit.told("Saved: quarters")
    assert kept(page) == [{"name": "quarters", "search": {"q": "quarterly figures", "state": ["removed"]}}]

    pick(page, "Saved searches…")
    dialog = page.get_by_role("dialog", name="Saved searches")
    dialog.get_by_role("button", name="Rename: quarters").click()
    naming = page.get_by_role("dialog", name="Rename")
    naming.get_by_role("textbox", name="Name").fill("Removed quarters")
    naming.get_by_role("button", name="Save", exact=True).click()
    visit.told("Saved: Removed quarters")
    dialog.get_by_role("button", name="Forget: Removed quarters").click()
    expect(dialog.get_by_role("heading", name="No saved searches")).to_be_visible()
    assert kept(page) == []
    page.keyboard.press("Escape")
    page.locator(".toast", has_text="Forgotten").get_by_role("button", name="Undo").click()
    entry = menu(page).get_by_role("menuitem", name="Removed quarters")
    expect(entry).to_be_visible()
    assert [each["name"] for each in kept(page)] == ["Removed quarters"]


def test_what_the_browser_kept_moves_into_the_account_when_asked(visit: Visitor) -> None:
    """Once, whole, with days and shelf; names that are taken get a number; then the browser keeps nothing."""
    page = visit.page
    sign_in(visit, "moves@example.org")
    look(page, "invoice")
    save(page, "invoice")
    visit.told("Saved: invoice")
    old = [
        {"name": "invoice", "shelf": "incoming", "query": "q=invoice+unpaid&order=time"},
        {"name": "autumn", "shelf": "log", "query": "show=delivered&since=2026-09-01&before=2026-09-30"},
        {"name": "sent", "shelf": "outgoing", "query": "q=offer&show=released"},
    ]
    page.evaluate("old => localStorage.setItem('pratique.searches', old)", json.dumps(old))
    page.reload()
    pick(page, "Searches of this browser…")
    dialog = page.get_by_role("dialog", name="Saved searches")
    expect(dialog).to_contain_text("This browser has 3 searches from before")
    dialog.get_by_role("button", name="Move into my account").click()
    visit.told("3 searches are in your account now")
    assert page.evaluate("localStorage.getItem('pratique.searches')") is None
    expect(dialog.get_by_role("listitem")).to_have_count(4)
    assert {each["name"]: each["search"] for each in kept(page)} == {
        "invoice": {"q": "invoice", "state": ["held"]},
        "invoice (2)": {"q": "invoice unpaid", "state": ["held"]},
        "autumn": {
            "status": ["delivered"],
            "since": "2026-08-31T22:00:00Z",
            "before": "2026-09-30T22:00:00Z",
        },
        "sent": {"q": "offer", "state": ["releasing", "released"], "direction": "outgoing"},
    }
    dialog.get_by_role("button", name="autumn").first.click()
    expect(page).to_have_url(re.compile(r"#/log\?show=delivered&since=2026-09-01&before=2026-09-30$"))


def test_a_move_that_breaks_off_is_finished_later(visit: Visitor) -> None:
    """What got there is not there twice, and nothing is lost."""
    page = visit.page
    sign_in(visit, "breaks@example.org")
    old = [{"name": f"number {n}", "shelf": "incoming", "query": f"q=n{n}"} for n in range(3)]
    page.evaluate("old => localStorage.setItem('pratique.searches', old)", json.dumps(old))
    page.reload()
    seen = 0

    def second_fails(route: Route) -> None:
        nonlocal seen
        seen += route.request.method == "PUT"
        if route.request.method == "PUT" and seen == 2:
            route.fetch()  # it arrives, but its answer is lost
            route.abort()
        else:
            route.continue_()

    page.route("**/v1/me/searches/*", second_fails)
    pick(page, "Searches of this browser…")
    button = page.get_by_role("dialog").get_by_role("button", name="Move into my account")
    button.click()
    expect(page.locator(".toast", has_text="No connection")).to_be_visible()
    assert [each["name"] for each in kept(page)] == ["number 0", "number 1"]
    button.click()
    visit.told("2 searches are in your account now")
    assert [each["name"] for each in kept(page)] == ["number 0", "number 1", "number 2"]


def test_a_finer_search_of_another_program_is_shown_and_widened(visit: Visitor) -> None:
    """What no field of the panel shows stands beside the words, and one press takes it away; it looks where it was saved for."""
    held(visit.installation, "finer things", to="finer@example.org")
    body = {
        "name": "finer",
        "search": {"scope": "finer@example.org", "q": "finer", "verdict": ["ham"], "score_to": 0.01},
    }
    visit.installation.do("PUT", "/v1/me/searches/finer", body)
    page = visit.enter(OPERATOR)
    pick(page, "finer")
    expect(page.get_by_role("heading", name="Message log")).to_be_attached()
    expect(page.get_by_role("button", name="Whose mail: finer@example.org").first).to_be_attached()
    chip = page.get_by_role("button", name="Without these conditions")
    expect(chip).to_contain_text("≤ 0.01")
    expect(page.locator(".mail")).to_have_count(0)
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    assert "finer things" not in csv(page)
    chip.click()
    expect(page.locator(".mail", has_text="finer things")).to_have_count(1)
    expect(chip).to_have_count(0)
    assert "finer things" in csv(page)
    visit.go("log?q=finer&before=2020-01-01")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    assert "finer things" not in csv(page)
    visit.installation.do("DELETE", "/v1/me/searches/finer")


@pytest.mark.parametrize("own", [True, False])
def test_whoever_may_not_save_is_not_offered_to(visit: Visitor, own: bool) -> None:
    """A token that only reads lists what is there; one that an administrator made for somebody's mailbox sees nothing of it."""
    scope = "global" if own else "reads@example.org"
    visit.installation.do("PUT", "/v1/me/searches/there", {"name": "there", "search": {"q": "x"}})
    made = visit.installation.do("POST", "/v1/tokens", {"name": "r", "scope": scope, "may_write": not own})
    page = visit.page
    page.goto(visit.installation.stack.url)
    page.locator("summary", has_text="API token").click()
    page.get_by_role("textbox", name="API token").fill(made["text"])
    page.get_by_role("button", name="Sign in with the token").click()
    look(page, "anything")
    entries = menu(page)
    expect(entries.get_by_role("menuitem", name="there")).to_have_count(1 if own else 0)
    expect(entries.get_by_role("menuitem", name="Saved searches…")).to_have_count(1 if own else 0)
    expect(entries.get_by_role("menuitem", name="Save this search")).to_have_count(0)
    expect(entries.get_by_role("menuitem", name="Only certain days")).to_be_visible()
    visit.installation.do("DELETE", "/v1/me/searches/there")


def test_what_is_too_many_is_said_where_it_is_named(visit: Visitor) -> None:
    page = visit.page
    sign_in(visit, "many@example.org")
    page.evaluate(
        """async () => { const csrf = (await (await fetch('/v1/session')).json()).csrf;
            for (let n = 0; n < 50; n += 1) await fetch(`/v1/me/searches/s${n}`, {method: 'PUT', headers: {'X-Pratique-CSRF': csrf, 'Content-Type': 'application/json'},
                body: JSON.stringify({name: `search ${n}`, search: {q: `n${n}`}})}) }"""
    )
    look(page, "more")
    save(page, "one more")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("50 searches are kept at most")


def test_one_of_a_place_that_one_may_not_look_at_any_more_says_so(visit: Visitor) -> None:
    """And nobody is signed out by it."""
    page = visit.enter(DOMAIN)
    search = {"name": "gone", "search": {"q": "x"}}
    page.route(
        "**/v1/me/searches",
        lambda route: route.fulfill(
            json={"searches": [{"id": "a", **search, "search": {"q": "x", "scope": "example.net"}}]}
        ),
    )
    pick(page, "gone")
    expect(page.locator(".toast")).to_be_visible()
    expect(page.get_by_role("heading", name="Incoming")).to_be_attached()
