"""All settings of a scope as one file: downloaded, looked at before anything is changed, put in, taken back; and what is wrong is told by its line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from cli.settings_file import SettingsFile
from tests.panel.visitor import DOMAIN, OPERATOR, RECIPIENT, Visitor

pytestmark = pytest.mark.emulator

LOOK, CHANGES = "Show what would change", re.compile(r"Make \d+ changes?")


def settings(visit: Visitor, scope: str = DOMAIN) -> dict[str, Any]:
    found: dict[str, Any] = visit.installation.do("GET", f"/v1/settings/{scope}")
    return found


def text_field(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Its text")


def look(page: Page, text: str) -> None:
    text_field(page).fill(text)
    page.get_by_role("button", name=LOOK).click()


def test_the_file_that_is_downloaded_holds_everything(visit: Visitor) -> None:
    """It is named after its scope, and the command line reads it as the settings that are there; putting it in changes nothing."""
    entry = {"kind": "block", "pattern": "download.example", "reason": 'says "no" # é 🚫'}
    visit.installation.do("PUT", f"/v1/lists/{DOMAIN}/entries", entry)
    page = visit.enter(DOMAIN)
    visit.go("settings")
    with page.expect_download() as begun:
        page.get_by_role("button", name="Download example.org.yaml").click()
    file = begun.value
    assert file.suggested_filename == "example.org.yaml"
    text = Path(file.path()).read_text(encoding="utf-8")
    assert SettingsFile("x", text).document == settings(visit)
    assert "retention_days: inherit  # in force: 28 from built-in" in text
    look(page, text)
    expect(page.get_by_text("Nothing: everything is as the file says.")).to_be_visible()
    assert page.get_by_role("button", name=CHANGES).count() == 0


def test_what_would_change_is_seen_then_done_then_taken_back(visit: Visitor) -> None:
    """Part by part: added, changed, removed. The way back touches only the parts that the file told."""
    for pattern in ("goes.example", "turns.example"):
        visit.installation.do(
            "PUT", f"/v1/lists/{DOMAIN}/entries", {"kind": "block", "pattern": pattern, "reason": "before"}
        )
    before = settings(visit)
    kept = [each for each in before["entries"] if each["pattern"] not in ("goes.example", "turns.example")]
    lines = [f"- {{pattern: {e['pattern']}, kind: {e['kind']}, reason: 'x'}}" for e in kept]
    text = "\n".join(
        [
            "format: 1",
            "scope: example.org",
            "policy:",
            "  log_days: 99",
            "entries:",
            *lines,
            "- {pattern: comes.example, kind: allow}",
            "- {pattern: turns.example, kind: allow}",
            "aliases:",
            "  addresses: {desk@example.org: you@example.org}",
        ]
    )
    page = visit.enter(DOMAIN)
    visit.go("settings")
    look(page, text)
    seen = page.get_by_role("region", name="What would change in example.org")
    expect(seen).to_be_focused()
    row = seen.get_by_role("row")
    expect(row.filter(has_text="comes.example")).to_contain_text("added")
    expect(row.filter(has_text="turns.example")).to_contain_text("changed")
    expect(row.filter(has_text="goes.example")).to_contain_text("removed")
    expect(row.filter(has_text="desk@example.org")).to_contain_text("you@example.org")
    expect(row.filter(has_text="99")).to_contain_text("inherit")
    expect(seen.get_by_role("heading", level=3)).to_have_count(3)
    assert settings(visit) == before
    seen.get_by_role("button", name=CHANGES).click()
    asked = page.get_by_role("dialog")
    expect(asked).to_contain_text(re.compile(r"example\.org: \d+ added, \d+ changed, 1 removed"))
    asked.get_by_role("button", name="Cancel").click()
    assert settings(visit) == before
    seen.get_by_role("button", name=CHANGES).click()
    asked.get_by_role("button", name=CHANGES).click()
    done = page.get_by_role("region", name=re.compile(r"changes made in example\.org"))
    expect(done).to_be_focused()
    after = settings(visit)
    assert after["policy"]["log_days"] == 99
    assert {e["pattern"] for e in after["entries"]} == {
        *(e["pattern"] for e in kept),
        "comes.example",
        "turns.example",
    }
    assert after["aliases"]["addresses"]["desk@example.org"] == RECIPIENT
    assert after["route"] == before["route"]
    visit.installation.do("PUT", f"/v1/policies/{DOMAIN}", {**after["policy"], "retention_days": 33})
    with page.expect_download() as begun:
        done.get_by_role("button", name="Download it as it was before").click()
    assert SettingsFile("x", Path(begun.value.path()).read_text(encoding="utf-8")).document == before
    done.get_by_role("button", name="Undo").click()
    visit.told("It is as it was before")
    again = settings(visit)
    assert again["policy"] == before["policy"] | {"retention_days": 33}
    assert (again["entries"], again["aliases"]) == (before["entries"], before["aliases"])
    visit.installation.do("PUT", f"/v1/policies/{DOMAIN}", before["policy"])


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("format: 1\nscope: example.org\npolicy:\n  log_days: 9\n  log_days: 8\n", 5, "“log_days” is there twice"),
        ("format: 1\nscope: example.org\npolicy: [\n", 4, "This is no YAML"),
        ("format: 1\nscope: example.org\npolicy:\n  spam_at: 7\n", 4, "policy.spam_at: Expected `float` <= 1.0"),
        ("format: 1\nscope: example.org\nentries:\n- pattern: ok.example\n  kind: block\n- pattern: not a pattern\n  kind: block\n", 6, "entries[1]:"),
        ("format: 1\nscope: example.org\naliases:\n  addresses:\n    a@example.net: b@example.org\n", 5, "a@example.net is of another domain"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_by_its_line(visit: Visitor, text: str, line: int, words: str) -> None:
    """One press shows the line; nothing was changed."""
    page = visit.enter(DOMAIN)
    before = settings(visit)
    visit.go("settings")
    look(page, text)
    expect(page.get_by_role("alert")).to_contain_text(f"Line {line}: ")
    expect(page.get_by_role("alert")).to_contain_text(words)
    page.get_by_role("button", name=f"Show line {line}").click()
    expect(text_field(page)).to_be_focused()
    shown = text_field(page).evaluate("at => at.value.slice(at.selectionStart, at.selectionEnd)")
    assert shown == (text.split("\n")[line - 1])
    text_field(page).press_sequentially("x")  # what was said is of another text now
    expect(page.get_by_role("alert")).to_have_count(0)
    assert settings(visit) == before


def test_a_file_is_chosen_and_one_that_is_none_says_so(visit: Visitor, tmp_path: Path) -> None:
    page = visit.enter(DOMAIN)
    visit.go("settings")
    chooser = page.get_by_label("File", exact=True)
    good = tmp_path / "good.yaml"
    good.write_text("format: 1\nscope: example.org\npolicy:\n  log_days: 98\n", encoding="utf-8")
    chooser.set_input_files(good)
    expect(text_field(page)).to_have_value(good.read_text(encoding="utf-8"))
    page.get_by_role("button", name=LOOK).click()
    expect(page.get_by_role("row", name="98")).to_be_visible()
    for name, data, words in (
        ("picture.png", b"\x89PNG\r\n\x1a\n\xff\xfe", "This is no text file"),
        ("large.yaml", b"# " + b"x" * 6_000_001, "This file is too large"),
    ):
        (tmp_path / name).write_bytes(data)
        chooser.set_input_files(tmp_path / name)
        expect(page.get_by_role("alert")).to_contain_text(words)
        expect(page.get_by_role("button", name=CHANGES)).to_have_count(0)
    for text, words in (("just words", "These are no settings"), ("format: 1\n", "It does not say whose")):
        look(page, text)
        expect(page.get_by_role("alert")).to_contain_text(words)


@pytest.mark.parametrize("scope", ["global", "example.net", "somebody@example.net"])
def test_a_file_of_what_one_may_not_touch_is_refused(visit: Visitor, scope: str) -> None:
    """The same words for what is hidden and what is missing; the line is the one that names it. It may be copied here instead."""
    page = visit.enter(DOMAIN)
    before = settings(visit)
    visit.go("settings")
    look(page, f"format: 1\nscope: {scope}\npolicy:\n  log_days: 97\n")
    expect(page.get_by_role("alert")).to_contain_text(f"Line 2: There is no {scope} that you may change.")
    expect(page.get_by_text(f"These are the settings of {scope}.")).to_be_visible()
    page.get_by_role("checkbox", name="Copy them to example.org").check()
    expect(page.get_by_role("region", name="What would change in example.org")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    assert settings(visit) == before


def test_an_operator_puts_in_the_file_of_a_domain(visit: Visitor) -> None:
    """Where it says, though something else is shown."""
    page = visit.enter(OPERATOR)
    visit.go("settings")
    look(page, "format: 1\nscope: put.example\npolicy:\n  log_days: 96\nroute: none\n")
    seen = page.get_by_role("region", name="What would change in put.example")
    seen.get_by_role("button", name="Make 1 change").click()
    page.get_by_role("dialog").get_by_role("button", name="Make 1 change").click()
    expect(page.get_by_role("heading", name="1 change made in put.example")).to_be_visible()
    assert settings(visit, "put.example")["policy"]["log_days"] == 96


def test_a_recipient_has_no_such_place(visit: Visitor) -> None:
    page = visit.enter(RECIPIENT)
    assert page.get_by_role("link", name="Settings file").count() == 0
    visit.go("settings")
    expect(page.get_by_role("heading", name="Incoming")).to_be_attached()


def test_what_reads_files_is_loaded_when_one_is_read(visit: Visitor) -> None:
    """No other visit pays for it."""
    page = visit.enter(DOMAIN)

    def loaded() -> bool:
        return any("/assets/settings_file-" in url for url in visit.requests)

    visit.go("settings")
    expect(page.get_by_role("button", name=LOOK)).to_be_visible()
    assert not loaded()
    look(page, "format: 1\nscope: example.org\n")
    expect(page.get_by_text("Nothing: everything is as the file says.")).to_be_visible()
    assert loaded()
