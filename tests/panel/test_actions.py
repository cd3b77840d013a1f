"""Every action of the quarantine, pressed in the panel by a recipient, a domain's administrator and the operator."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.panel.visitor import DOMAIN, LEVELS, OPERATOR, RECIPIENT, Visitor, held

pytestmark = pytest.mark.emulator


def entries(visit: Visitor, scope: str = RECIPIENT) -> dict[str, str]:
    found = visit.installation.do("GET", f"/v1/lists/{quote(scope)}/entries", limit=200)["entries"]
    return {each["pattern"]: each["kind"] for each in found}


def state(visit: Visitor, copy: str, *wanted: str) -> None:
    visit.installation.wait_for(lambda: visit.installation.state_of(copy), lambda found: found in wanted)


def press(visit: Visitor, name: str) -> None:
    visit.page.get_by_role("group", name="What to do with it").get_by_role(
        "button", name=name, exact=True
    ).click()


@pytest.mark.parametrize("level", LEVELS)
def test_release(visit: Visitor, level: str) -> None:
    subject = f"release by {level}"
    copy = held(visit.installation, subject)
    visit.enter(level)
    visit.open(subject)
    press(visit, "Release")
    visit.told("Released")
    state(visit, copy, "released")
    assert any(subject.encode() in each for each in visit.installation.delivered(RECIPIENT))


@pytest.mark.parametrize("level", LEVELS)
def test_release_and_train(visit: Visitor, level: str) -> None:
    subject = f"release and train by {level}"
    copy = held(visit.installation, subject)
    visit.enter(level)
    visit.open(subject)
    press(visit, "Release & Train")
    visit.told("the filter learns")
    state(visit, copy, "released")
    assert visit.installation.do("GET", f"/v1/messages/{quote(copy)}")["message"]["lesson"] == "ham"


@pytest.mark.parametrize("level", LEVELS)
def test_release_and_whitelist(visit: Visitor, level: str) -> None:
    subject, sender = f"release and whitelist by {level}", f"friend@{level.replace('@', '-at-')}.example"
    copy = held(visit.installation, subject, sender=sender)
    visit.enter(level)
    visit.open(subject)
    press(visit, "Release & Whitelist")
    visit.told("whitelisted")
    state(visit, copy, "released")
    assert entries(visit).get(sender) == "allow"
    visit.page.get_by_role("button", name="Undo", exact=True).click()
    visit.told("what was delivered stays delivered")
    assert sender not in entries(visit)


@pytest.mark.parametrize("level", LEVELS)
def test_remove_and_undo(visit: Visitor, level: str) -> None:
    subject = f"remove by {level}"
    copy = held(visit.installation, subject)
    visit.enter(level)
    visit.open(subject)
    press(visit, "Remove")
    visit.told("Removed")
    state(visit, copy, "removed")
    visit.page.get_by_role("button", name="Undo", exact=True).click()
    visit.told("Taken back")
    state(visit, copy, "held")


@pytest.mark.parametrize("level", LEVELS)
def test_blacklist_and_remove(visit: Visitor, level: str) -> None:
    subject, sender = f"blacklist by {level}", f"foe@{level.replace('@', '-at-')}.example"
    copy = held(visit.installation, subject, sender=sender)
    visit.enter(level)
    visit.open(subject)
    press(visit, "Blacklist & Remove")
    visit.told("blacklisted")
    state(visit, copy, "removed")
    assert entries(visit).get(sender) == "block"
    visit.page.get_by_role("button", name="Undo", exact=True).click()
    visit.told("Taken back")
    state(visit, copy, "held")
    assert sender not in entries(visit)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(("name", "label"), [("Not Spam", "ham"), ("Spam", "spam")])
def test_training_alone(visit: Visitor, level: str, name: str, label: str) -> None:
    subject = f"{label} by {level}"
    copy = held(visit.installation, subject)
    visit.enter(level)
    visit.open(subject)
    press(visit, "More")
    visit.page.get_by_role("menuitem", name=name, exact=True).click()
    visit.told("Reported")
    found = visit.installation.do("GET", f"/v1/messages/{quote(copy)}")["message"]
    assert (found["lesson"], found["state"]) == (label, "held")


def test_an_administrator_lists_a_sender_for_the_whole_domain(visit: Visitor) -> None:
    subject, sender = "for the whole domain", "everybodys@friend.example"
    held(visit.installation, subject, sender=sender)
    visit.enter(DOMAIN)
    visit.open(subject)
    press(visit, "More")
    visit.page.get_by_role("menuitem", name="Release & Whitelist for the whole domain").click()
    visit.told("whitelisted")
    visit.installation.wait_for(lambda: entries(visit, DOMAIN), lambda found: found.get(sender) == "allow")


def test_many_at_once_with_one_undo(visit: Visitor) -> None:
    copies = [held(visit.installation, f"one of many, the {name}") for name in ("first", "second", "third")]
    visit.enter(RECIPIENT)
    visit.page.get_by_role("searchbox", name="Search").fill('"one of many"')
    expect(visit.page.locator(".mail")).to_have_count(3)
    visit.page.get_by_role("checkbox", name="Choose all that are loaded").check()
    expect(visit.page.locator(".bulkbar")).to_contain_text("3 chosen")
    visit.page.locator(".bulkbar").get_by_role("button", name="Remove").click()
    visit.told("3 messages removed")
    for copy in copies:
        state(visit, copy, "removed")
    visit.page.get_by_role("button", name="Undo", exact=True).click()
    visit.told("Taken back")
    for copy in copies:
        state(visit, copy, "held")


def test_triage_by_keys_alone(visit: Visitor) -> None:
    """One key a message: the next one comes up by itself."""
    copies = {name: held(visit.installation, f"by keys {name}") for name in ("aa", "bb", "cc")}
    page = visit.enter(RECIPIENT)
    page.keyboard.press("/")
    page.keyboard.type('"by keys"')
    expect(page.locator(".mail")).to_have_count(3)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".letter-title")).to_have_text("by keys cc")
    page.keyboard.press("x")
    expect(page.locator(".letter-title")).to_have_text("by keys bb")
    page.keyboard.press("r")
    expect(page.locator(".letter-title")).to_have_text("by keys aa")
    page.keyboard.press("b")
    state(visit, copies["cc"], "removed")
    state(visit, copies["bb"], "released")
    state(visit, copies["aa"], "removed")
    page.keyboard.press("z")
    state(visit, copies["aa"], "held")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_keys_of_one_letter_can_be_switched_off(visit: Visitor) -> None:
    copy = held(visit.installation, "keys switched off")
    page = visit.enter(RECIPIENT)
    page.locator(".who").click()
    page.get_by_role("menuitemradio", name="Keys of one letter").click()
    visit.open("keys switched off")
    page.keyboard.press("x")
    page.wait_for_timeout(300)
    assert visit.installation.state_of(copy) == "held"


def test_what_was_done_is_in_its_history_and_why_is_told(visit: Visitor) -> None:
    held(visit.installation, "history and why")
    page = visit.enter(OPERATOR)
    visit.open("history and why")
    page.get_by_role("tab", name="Why").click()
    expect(page.locator(".bars li").first).to_be_visible()
    expect(page.get_by_role("img", name="Score")).to_be_visible()
    page.get_by_role("tab", name="Headers").click()
    visit.give_reason()
    expect(page.locator("table.headers")).to_contain_text("history and why")
    page.get_by_role("tab", name="Source").click()
    expect(page.locator("pre.source")).to_contain_text("Subject: history and why")
    press(visit, "Remove")
    visit.told("Removed")
    visit.go("log")
    page.get_by_role("searchbox", name="Search").fill("history and why")
    visit.open("history and why")
    page.get_by_role("tab", name="History").click()
    expect(page.locator("ol.life")).to_contain_text("Removed")
