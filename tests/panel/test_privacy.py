"""A recipient can see and do nothing of another's: not in a list, not by an address, not through the API behind the panel."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.panel.visitor import DOMAIN, RECIPIENT, Visitor, held

pytestmark = pytest.mark.emulator

OTHER, ELSEWHERE = "bob@example.org", "ann@example.net"


def test_a_recipient_sees_only_its_own_mail(visit: Visitor) -> None:
    held(visit.installation, "mine to see")
    for address in (OTHER, ELSEWHERE):
        held(visit.installation, f"not mine, {address}", to=address)
    page = visit.enter(RECIPIENT)
    expect(visit.row("mine to see")).to_be_visible()
    assert page.locator(".mail", has_text="not mine").count() == 0
    page.get_by_role("searchbox", name="Search").fill('"not mine"')
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    visit.go("log?q=not mine")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()


def test_anothers_message_by_its_address_looks_like_one_that_is_not_there(visit: Visitor) -> None:
    copy = held(visit.installation, "by its address", to=OTHER)
    page = visit.enter(RECIPIENT)
    visit.go(f"incoming/{quote(copy)}")
    expect(page.locator(".reading").get_by_role("alert")).to_contain_text("It is not here any more")
    told = page.locator(".reading").inner_text().partition("Reference")[0]
    visit.go(f"incoming/{quote(copy[:25] + ('0' if copy[25] != '0' else '1') + copy[26:])}")
    page.wait_for_timeout(500)
    expect(page.locator(".reading").get_by_role("alert")).to_contain_text("It is not here any more")
    assert page.locator(".reading").inner_text().partition("Reference")[0] == told


def test_the_calls_behind_the_panel_answer_the_same(visit: Visitor) -> None:
    copy = held(visit.installation, "by the API", to=OTHER)
    page = visit.enter(RECIPIENT)
    statuses = page.evaluate(
        """async (copy) => {
            const token = sessionStorage.getItem('pratique.token');
            const ask = async (method, path, body) => (await fetch(path, {method, headers: {Authorization: 'Bearer ' + token, ...(body ? {'Content-Type': 'application/json'} : {})}, body})).status;
            const at = '/v1/messages/' + encodeURIComponent(copy);
            return [await ask('GET', at), await ask('GET', at + '/preview'), await ask('GET', at + '/source'), await ask('GET', at + '/why'),
                    await ask('GET', at + '/raw'), await ask('POST', at + '/release', '{}'), await ask('POST', at + '/remove', '{}'),
                    await ask('POST', at + '/train', '{"label": "ham"}'), await ask('GET', '/v1/messages?scope=example.org'),
                    await ask('GET', '/v1/policies/example.org'), await ask('GET', '/v1/lists/bob%40example.org/entries')];
        }""",
        copy,
    )
    assert set(statuses) == {404}
    assert visit.installation.state_of(copy) == "held"


def test_a_recipient_is_offered_nothing_that_is_not_its_own(visit: Visitor) -> None:
    page = visit.enter(RECIPIENT)
    places = page.get_by_role("navigation", name="Places").get_by_role("link").all_inner_texts()
    assert "Incoming" in places
    assert not {"Delivery routes", "Status"} & set(places)
    assert page.get_by_role("button", name="Whose mail").count() == 0
    visit.go("routes")
    expect(page.get_by_role("heading", name="Incoming")).to_be_visible()


def test_who_signed_out_is_out(visit: Visitor) -> None:
    held(visit.installation, "after signing out")
    page = visit.enter(RECIPIENT)
    expect(visit.row("after signing out")).to_be_visible()
    page.locator(".who").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert "after signing out" not in page.content()
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_an_administrator_opens_a_body_with_a_reason_and_its_owner_reads_it(visit: Visitor) -> None:
    held(visit.installation, "what it says is mine")
    page = visit.enter(DOMAIN)
    visit.open("what it says is mine")
    expect(page.get_by_role("heading", name="This is somebody else's mail")).to_be_visible()
    assert page.locator(".letter-text, iframe").count() == 0
    for tab in ("Headers", "Source"):
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_role("heading", name="This is somebody else's mail")).to_be_visible()
    page.get_by_role("tab", name="Content").click()
    visit.give_reason()
    expect(page.locator(".letter-text")).to_contain_text("what it says is mine")
    visit.fresh()
    page = visit.enter(RECIPIENT)
    visit.go("account")
    expect(page.locator(".card", has_text="Who looked into your mail")).to_contain_text("asked on the phone")
