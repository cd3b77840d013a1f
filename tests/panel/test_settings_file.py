"""The panel reads and writes settings files as the command line does: the same documents, the same lines."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cli.failure import Failure
from cli.settings_file import SettingsFile, written
from tests import fakes
from tests.panel.npm import PANEL, packages
from tests.unit.api.calling import call
from tests.unit.policies.test_settings import ODD, _fill

PROGRAM = """
import { readFileSync } from "node:fs";
import { SettingsFile, Wrong, written } from "./src/settings_file";
const asked = JSON.parse(readFileSync(0, "utf8"));
const read = (text) => {
  try { return { document: new SettingsFile(text).document }; }
  catch (error) { if (!(error instanceof Wrong)) throw error; return { code: error.code, line: error.line, about: error.about }; }
};
const told = ([text, detail]) => new SettingsFile(text).told(detail);
process.stdout.write(JSON.stringify({ read: asked.read.map(read), told: asked.told.map(told), written: asked.written.map(([d, p]) => written(d, p)) }));
"""
GOOD = "format: 1\nscope: example.org\npolicy:\n  spam_at: 0.9\n"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The panel's own source, bundled for node."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    packages()
    out = tmp_path_factory.mktemp("panel") / "settings_file.mjs"
    command = [
        "npx",
        "--no-install",
        "esbuild",
        "--bundle",
        "--platform=neutral",
        "--format=esm",
        "--external:node:fs",
    ]
    subprocess.run(
        [*command, "--log-level=warning", f"--outfile={out}"],
        cwd=PANEL,
        input=PROGRAM,
        text=True,
        check=True,
    )
    return out


def ask(program: Path, **asked: list[Any]) -> dict[str, list[Any]]:
    whole = {"read": [], "told": [], "written": [], **asked}
    done = subprocess.run(
        ["node", str(program)], input=json.dumps(whole), capture_output=True, text=True, check=True
    )
    found: dict[str, list[Any]] = json.loads(done.stdout)
    return found


RIGHT = [
    GOOD,
    '{"format": 1, "scope": "example.org", "policy": {"spam_at": null}}',
    GOOD + "  quarantine: on\n  digest: no\n  log_days: ~\n  retention_days:\n  unsure_at: inherit\nroute: none\n",
    GOOD + "  spam_notation: 'none'\n  unsure_notation: \"inherit\"\n  digest_hours: 8\n  digest_days: 0x10\n",
    GOOD + "entries:\n- {pattern: a.example, kind: block, reason: 'it''s'}\n- pattern: >-\n    b.example\n  kind: allow\n",
    GOOD + "entries:\n- pattern: é.example\n  reason: \"垃圾 🚫 \\u202E \\x85 \\\\ \"\n  kind: block\n",
    GOOD + "1: x\non: y\n'no': z\n",
    "---\n" + GOOD + "aliases:\n  addresses:\n    info@example.org: bob@example.org\n...\n",
    "\ufeff" + GOOD,
    GOOD.replace("\n", "\r\n"),
    GOOD + "policy2: [1, 2.5, 1.0e+3, -0.5, .5, true, 'x']\n",
]  # fmt: skip
WRONG = [
    (GOOD + "  spam_at: 0.8\n", 5, "twice"),
    (GOOD + "entries: &all\n- *all\n", 5, "references"),
    (GOOD + "route: !!python/name:os.system x\n", 5, "tag"),
    (GOOD + "  notation: !custom x\n", 5, "tag"),
    (GOOD + "\tx: [\n", 5, "yaml"),
    ("- 1\n", 0, "no_settings"),
    ("", 0, "no_settings"),
    ("text", 0, "no_settings"),
    ("[" * 3_000 + "]" * 3_000, 1, "deep"),
    ("[" * 15 + "]" * 15, 1, "deep"),
    (GOOD + "<<: {x: 1}\n", 5, "key"),
    (GOOD + "[a]: x\n", 5, "key"),
    (GOOD + "--- \n" + GOOD, 5, "yaml"),
]


def test_the_same_files_are_the_same_documents(program: Path) -> None:
    found = ask(program, read=RIGHT)["read"]
    wanted = [{"document": SettingsFile("x", text).document} for text in RIGHT]
    assert found == wanted


def test_what_is_wrong_is_so_for_both_and_in_the_same_line(program: Path) -> None:
    """By a word that the catalogue knows. Of lines only a broken file's may differ, by where each reader stumbles."""
    found = ask(program, read=[text for text, _, _ in WRONG])["read"]
    assert [(each.get("code"), each.get("line")) for each in found] == [(c, line) for _, line, c in WRONG]
    for text, line, _ in WRONG:
        with pytest.raises(Failure) as failed:
            SettingsFile("x", text)
        assert not line or f"line {line}" in str(failed.value), text
    words = json.loads((PANEL / "src" / "locales" / "en.json").read_text(encoding="utf-8"))
    assert {f"settings.wrong.{code}" for _, _, code in WRONG} <= set(words)


@pytest.mark.parametrize("value", [".nan", ".inf", "-.inf"])
def test_a_number_that_json_does_not_have_is_refused(program: Path, value: str) -> None:
    """It would go out as null, and mean `inherit`."""
    (found,) = ask(program, read=[f"{GOOD}  unsure_at: {value}\n"])["read"]
    assert (found["code"], found["line"]) == ("number", 5)


def test_a_refusal_of_the_api_is_told_by_its_line(program: Path) -> None:
    """Of what it names, or of the nearest thing around it."""
    text = (
        GOOD
        + "entries:\n- pattern: a.example\n  kind: grey\naliases:\n  addresses:\n    a@example.net: b@example.org\n"
    )
    details = [
        f"words - at `$.{place}`"
        for place in (
            "policy.spam_at", "policy", "policy.colour", "entries[0].kind", "entries[0].reason", "entries[7]",
            "aliases.addresses.a@example.net", "scope", "surprise",
        )
    ]  # fmt: skip
    file = SettingsFile("x", text)
    found = ask(program, told=[[text, detail] for detail in details])["told"]
    for detail, each in zip(details, found, strict=True):
        said = str(file.failure(Failure(detail)))
        line = f", line {each['line']}" if each["line"] else ""
        assert said == f"x{line}: {each['place']}: {each['words']}"
    assert [each["line"] for each in found] == [4, 3, 3, 7, 6, 5, 10, 2, 0]


def test_what_one_writes_the_other_reads(program: Path) -> None:
    """Octet for octet the same, whatever the settings hold."""
    world = fakes.world()
    _fill(world)
    both = []
    for scope in ("example.org", "global", "bob@example.org"):
        document = call(world, "GET", f"/v1/settings/{scope}").body
        both.append([document, call(world, "GET", f"/v1/policies/{scope}").body])
    found = ask(program, written=both)["written"]
    # JavaScript has one kind of number: it writes 1 where Python writes 1.0.
    assert [each.replace("1.0", "1") for each in found] == [
        written(*each).replace("1.0", "1") for each in both
    ]
    again = ask(program, read=found)["read"]
    for text, read, (document, _) in zip(found, again, both, strict=True):
        assert read["document"] == document
        assert SettingsFile("x", text).document == document
    assert ODD in [entry["reason"] for entry in both[0][0]["entries"]]


def test_nothing_that_cannot_be_seen_is_written(program: Path) -> None:
    """As an escape, which both read: YAML takes some of it for the end of a line."""
    reason = "a\u202e\u2028\u0085\x00\u00a0\U000e0001\tz"
    world = fakes.world()
    document = call(world, "GET", "/v1/settings/global").body
    document["entries"] = [{"pattern": "a.example", "kind": "block", "reason": reason}]
    policy = call(world, "GET", "/v1/policies/global").body
    (text,) = ask(program, written=[[document, policy]])["written"]
    assert all(line.isprintable() for line in text.splitlines())
    assert SettingsFile("x", text).document["entries"] == document["entries"]
    assert ask(program, read=[text])["read"][0]["document"]["entries"] == document["entries"]
