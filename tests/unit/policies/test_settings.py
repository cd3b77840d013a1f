"""All settings of a scope out and in, by API and as a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pratique.domain.address import parse_address
from pratique.domain.alias import Alias
from pratique.domain.errors import TemporaryFailure
from pratique.domain.listentry import ListEntry, ListKind
from pratique.domain.policy import NotationPlace, Policy
from pratique.domain.rights import Right
from pratique.domain.scope import GLOBAL, parse_scope

from cli.settings_file import SettingsFile, written
from tests import builders, fakes
from tests.faults import fail_next, faulty
from tests.unit.api.calling import call
from tests.unit.cli.world import Installation

ORG, BOB = parse_scope("example.org"), parse_scope("bob@example.org")
PATH = "/v1/settings/example.org"
ODD = 'tag, "quoted" # no comment: {x} [y] é 垃圾 \\ 🚫'


def _fill(world: fakes.World) -> None:
    """A domain with something in every part."""
    world.directory.put_policy(
        ORG,
        Policy(
            quarantine=False,
            spam_at=0.85,
            spam_notation=" inherit ",
            unsure_notation="[Müll 🚫]",
            notation=NotationPlace.BOTH,
            rights_virus=Right.REQUEST,
            disallowed_extensions=("exe", "js"),
        ),
    )
    for pattern, kind in (("*.spam.example", ListKind.BLOCK), ("friend@a.example", ListKind.ALLOW)):
        world.directory.put_entry(ListEntry(ORG, kind, pattern, reason=ODD, created_ms=builders.NOW_MS))
    world.directory.put_entry(
        ListEntry(ORG, ListKind.BLOCK, "192.0.2.0/24", needs_dmarc=False, expires_at=builders.NOW + 99)
    )
    world.directory.put_route(builders.route("example.org", credentials="x/example.org"))
    for address, owner in (("info", "bob"), ("bob", "bob")):
        world.aliases.put(
            Alias(parse_address(f"{address}@example.org"), parse_address(f"{owner}@example.org"))
        )


@pytest.fixture
def here() -> Installation:
    """A filled installation for the command line."""
    world = fakes.world()
    _fill(world)
    made = Installation(world)
    made.login()
    return made


def _exported(world: fakes.World) -> dict[str, Any]:
    found: dict[str, Any] = call(world, "GET", PATH).body
    return found


def _put(world: fakes.World, document: dict[str, Any], **options: Any) -> Any:
    return call(world, "PUT", PATH, body=document, **options)


def test_export_tells_every_part_in_a_fixed_order() -> None:
    """And inherit as null, for every choice there is."""
    world = fakes.world()
    _fill(world)
    found = _exported(world)
    assert set(found["policy"]) == set(Policy.__dataclass_fields__)
    assert (found["policy"]["retention_days"], found["policy"]["spam_at"]) == (None, 0.85)
    assert [e["pattern"] for e in found["entries"]] == ["*.spam.example", "192.0.2.0/24", "friend@a.example"]
    assert found["route"]["host"] == "mx.next.example"
    assert found["aliases"]["addresses"] == {
        "bob@example.org": "bob@example.org",
        "info@example.org": "bob@example.org",
    }
    assert found == _exported(world)


def test_importing_what_was_exported_changes_nothing() -> None:
    """No version, no write."""
    world = fakes.world()
    _fill(world)
    document = _exported(world)
    world.audit.log.clear()
    assert _put(world, document).body == {"changes": [], "applied": False}
    assert world.audit.log == []
    assert world.directory.policy_version(ORG).version == 1  # type: ignore[union-attr]  # it is there


def test_an_import_into_an_empty_domain_makes_it_the_same() -> None:
    """All parts; then it exports the same document."""
    source, target = fakes.world(), fakes.world()
    _fill(source)
    document = _exported(source)
    dry = _put(target, document, query={"dry_run": "true"}).body
    assert (dry["applied"], _exported(target)["entries"]) == (False, [])
    done = _put(target, document).body
    assert (done["applied"], done["changes"]) == (True, dry["changes"])
    assert _exported(target) == document
    assert _put(target, document).body["changes"] == []
    assert [e.action for e in target.audit.log][-1] == "settings.import"


def test_what_is_left_out_stays_and_what_a_part_leaves_out_goes() -> None:
    """Parts and choices that are not told stay; entries and aliases that are not told are deleted; no route is told as null."""
    world = fakes.world()
    _fill(world)
    head = {"format": 1, "scope": "example.org"}
    changes = _put(world, {**head, "policy": {"spam_at": None, "retention_days": 3}}).body["changes"]
    assert [(c["name"], c["before"], c["after"]) for c in changes] == [
        ("spam_at", "0.85", "inherit"),
        ("retention_days", "inherit", "3"),
    ]
    assert _exported(world)["policy"]["quarantine"] is False
    assert len(_exported(world)["entries"]) == 3
    entry = {"pattern": "friend@a.example", "kind": "block"}
    changes = _put(world, {**head, "entries": [entry]}).body["changes"]
    assert [(c["name"], c["after"][:5]) for c in changes] == [
        ("incoming *.spam.example", ""),
        ("incoming 192.0.2.0/24", ""),
        ("incoming friend@a.example", "block"),
    ]
    assert [e["kind"] for e in _exported(world)["entries"]] == ["block"]
    assert _put(world, {**head, "route": None}).body["changes"][0]["after"] == "none"
    assert _exported(world)["route"] is None
    assert _put(world, {**head, "aliases": {}}).body["applied"]
    assert _exported(world)["aliases"]["addresses"] == {}


def test_a_mailbox_that_others_belong_to_stays_though_it_is_not_named() -> None:
    """It is implied by them."""
    world = fakes.world()
    _fill(world)
    aliases = {"addresses": {"info@example.org": "bob@example.org", "help@example.org": "bob@example.org"}}
    document = {"format": 1, "scope": "example.org", "aliases": aliases}
    changes = _put(world, document).body["changes"]
    assert [c["name"] for c in changes] == ["help@example.org"]
    assert "bob@example.org" in _exported(world)["aliases"]["addresses"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": 2}, "`$.format`"),
        ({"scope": "example.net"}, "these are the settings of example.net, not of example.org - at `$.scope`"),
        ({"policy": {"spam_at": 2}}, "`$.policy.spam_at`"),
        ({"policy": {"colour": "red"}}, "`colour` - at `$.policy`"),
        ({"policy": {"spam_at": 0.1, "unsure_at": 0.2}}, "unsure_at must not be above"),
        ({"entries": [{"pattern": "ok.example", "kind": "allow"}, {"pattern": "no pattern", "kind": "allow"}]}, "`$.entries[1]`"),
        ({"entries": [{"pattern": "a.example", "kind": "grey"}]}, "`$.entries[0].kind`"),
        ({"entries": [{"pattern": "a.example", "kind": "allow"}, {"pattern": "A.example", "kind": "block"}]}, "twice - at `$.entries[1]`"),
        ({"route": {"kind": "smtp", "host": "mx.example.org", "port": 25}}, "port 25"),
        ({"aliases": {"addresses": {"a@example.net": "b@example.org"}}}, "another domain"),
        ({"aliases": {"addresses": {"nobody": "b@example.org"}}}, "`$.aliases.addresses.nobody`"),
        ({"surprise": 1}, "surprise"),
    ],
)  # fmt: skip
def test_wrong_documents_name_the_place_and_change_nothing(change: dict[str, Any], words: str) -> None:
    """Though the rest of the document is right."""
    world = fakes.world()
    good = {"format": 1, "scope": "example.org", "policy": {"retention_days": 3}, "entries": []}
    answer = _put(world, {**good, **change})
    assert (answer.status, world.audit.log) == (422, []), answer.body
    assert words in answer.body["detail"]
    assert world.directory.policy_version(ORG) is None


def test_a_recipient_imports_what_is_its_own() -> None:
    """No route, no aliases, no rights; hidden scopes stay hidden."""
    world = fakes.world()
    bob = {"scope": "bob@example.org"}
    path = "/v1/settings/bob@example.org"
    head = {"format": 1, "scope": "bob@example.org"}
    found = call(world, "GET", path, **bob).body
    assert "route" not in found
    assert "aliases" not in found
    assert call(world, "PUT", path, body={**head, "policy": {"retention_days": 3}}, **bob).status == 200
    for body, status in (
        ({**head, "policy": {"rights_spam": "release"}}, 403),
        ({**head, "route": None}, 422),
        ({**head, "aliases": {}}, 422),
    ):
        assert call(world, "PUT", path, body=body, **bob).status == status
    assert call(world, "PUT", PATH, body={"format": 1, "scope": "example.org"}, **bob).status == 404


def test_an_import_that_broke_off_is_finished_by_the_same_import() -> None:
    """Wherever it broke: each call of a port fails once."""
    source = fakes.world()
    _fill(source)
    document = _exported(source)
    for method in ("aliases.put", "directory.put_policy", "directory.put_route", "directory.put_entries"):
        target = fakes.world()
        services = faulty(target.services)
        fail_next(services, method, TemporaryFailure("now"))
        broken = fakes.world()
        broken.services = services
        assert _put(broken, document).status == 503, method
        assert _put(broken, document).status == 200
        assert _exported(target) == document


def test_a_policy_that_was_changed_meanwhile_is_not_overwritten() -> None:
    """Between the look and the write."""
    world = fakes.world()
    original: Callable[..., Any] = world.directory.put_policy

    def late(scope: Any, policy: Any, by: Any, *, expected: int | None = None) -> Any:
        original(scope, Policy(log_days=5))
        return original(scope, policy, by, expected=expected)

    world.directory.put_policy = late  # type: ignore[method-assign,assignment]  # another writer comes in between
    answer = _put(world, {"format": 1, "scope": "example.org", "policy": {"retention_days": 3}})
    assert (answer.status, answer.body["code"]) == (412, "outdated")
    assert world.directory.get_policy(ORG) == Policy(log_days=5)


# As a file


def test_the_file_tells_everything_and_comes_back_as_it_was(here: Installation, tmp_path: Path) -> None:
    """Inherit is explicit, with what is in force beside it; the same settings are the same file; importing it changes nothing."""
    file = tmp_path / "example.org.yaml"
    assert here.run("settings", "export", "example.org", "-o", str(file)).exit_code == 0
    text = file.read_text()
    assert "  retention_days: inherit  # in force: 28 from built-in\n" in text
    assert '  spam_notation: " inherit "\n' in text
    assert '  unsure_notation: "[Müll 🚫]"\n' in text
    assert here.run("settings", "export", "example.org").stdout == text
    assert SettingsFile("x", text).document == _exported(here.world)
    done = here.run("settings", "import", str(file))
    assert (done.exit_code, done.stdout.strip()) == (0, "nothing to change")


def test_dry_run_shows_the_difference_and_makes_none(here: Installation, tmp_path: Path) -> None:
    """Then the import makes it."""
    file = tmp_path / "new.yaml"
    text = here.run("settings", "export", "example.org").stdout
    file.write_text(
        text.replace("spam_at: 0.85", "spam_at: inherit").replace(
            '- pattern: "192.0.2.0/24"', "- pattern: 198.51.100.0/24"
        )
    )
    dry = here.run("settings", "import", str(file), "--dry-run").stdout
    assert "0.85" in dry
    assert "198.51.100.0/24" in dry
    assert "3 changes, none made" in dry
    assert here.run("settings", "export", "example.org").stdout == text
    assert "3 changes made" in here.run("settings", "import", str(file)).stdout
    assert here.run("settings", "import", str(file)).stdout.strip() == "nothing to change"


def test_settings_are_copied_to_another_scope(here: Installation, tmp_path: Path) -> None:
    """The policy and the lists; addresses of another domain are refused."""
    file = tmp_path / "copy.yaml"
    text = here.run("settings", "export", "example.org").stdout
    file.write_text(text.partition("\nroute:")[0])
    assert here.run("settings", "import", str(file), "--scope", "example.net").exit_code == 0
    assert here.world.directory.get_policy(parse_scope("example.net")) == here.world.directory.get_policy(ORG)
    file.write_text(text)
    refused = here.run("settings", "import", str(file), "--scope", "example.com")
    assert refused.exit_code == 1
    assert "is of another domain" in refused.stderr


GOOD = "format: 1\nscope: example.org\npolicy:\n  spam_at: 0.9\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD + "  spam_at: 0.8\n", "line 5: spam_at is there twice"),
        (GOOD + "  retention_days: many\n", "line 5: policy.retention_days: Expected `int | null`"),
        (GOOD + "  retention_days: 400\n", "line 5: policy.retention_days:"),
        (GOOD + "  colour: red\n", "line 3: policy:"),
        (GOOD + "entries:\n- pattern: a.example\n  kind: grey\n", "line 7: entries[0].kind:"),
        (GOOD + "entries:\n- pattern: a.example\n  kind: allow\n- pattern: not a pattern\n  kind: allow\n", "line 8: entries[1]:"),
        (GOOD + "entries: &all\n- *all\n", "line 5: references"),
        (GOOD + "route: !!python/object:os.system {}\n", "line 5:"),
        (GOOD + "  notation: !custom x\n", "line 5: !custom is not understood"),
        (GOOD + "aliases: !custom {}\n", "line 5: !custom is not understood"),
        (GOOD + "entries: !custom []\n", "line 5: !custom is not understood"),
        (GOOD + "  notation: !!binary aGk=\n", "line 5: tag:yaml.org,2002:binary is not understood"),
        (GOOD + "  unsure_at: .nan\n", "line 5: this is no number"),
        (GOOD + "  unsure_at: -.inf\n", "line 5: this is no number"),
        (GOOD + "\tx: [\n", "line 5:"),
        (GOOD + "aliases:\n  addresses:\n    a@example.net: b@example.org\n", "line 7: aliases.addresses.a@example.net:"),
        ("format: 1\nscope: [a]\n", "`scope` names none"),
        ("- 1\n", "these are no settings"),
        ("", "these are no settings"),
        ("[" * 3_000 + "]" * 3_000, "line 1: settings are not nested so deep"),
        (GOOD + "<<: {x: 1}\n", "line 5: a name is plain text"),
    ],
)  # fmt: skip
def test_wrong_files_are_told_by_line_and_field(
    here: Installation, tmp_path: Path, text: str, words: str
) -> None:
    """And change nothing."""
    file = tmp_path / "wrong.yaml"
    file.write_text(text)
    before = _exported(here.world)
    done = here.run("settings", "import", str(file))
    assert done.exit_code == 1
    assert words in done.stderr, done.stderr
    assert _exported(here.world) == before


@pytest.mark.parametrize(
    "text", ["a\x07b \U0001f3a3", "\u200b\ufeff", "x\u2028y \U000e0001", 'a\n"b\\\t', "\x85", "plain", "no"]
)
def test_any_text_is_written_so_that_it_is_read_again(text: str) -> None:
    """What cannot be seen by its number, so that whoever reviews the file sees that it is there."""
    document = {
        "format": 1,
        "scope": "example.org",
        "policy": {"notation": text},
        "entries": [{"pattern": "a.example", "kind": "allow", "reason": text}],
    }
    file = written(document, {"effective": {"notation": text}, "sources": {"notation": "global"}})
    assert all(line.isprintable() for line in file.split("\n"))
    read = SettingsFile("x", file).document
    assert (read["policy"]["notation"], read["entries"][0]["reason"]) == (text, text)


def test_a_file_that_is_not_there(here: Installation, tmp_path: Path) -> None:
    """One line, no traceback; nor for bytes that are no text, nor a folder to write to."""
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    for name in ("missing.yaml", "bytes"):
        done = here.run("settings", "import", str(tmp_path / name))
        assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert here.run("settings", "export", "example.org", "-o", str(tmp_path)).exit_code == 1


def test_the_operators_route_is_that_of_every_domain(here: Installation) -> None:
    """`*`, and no aliases."""
    here.world.directory.put_route(builders.route("*"))
    text = here.run("settings", "export", "global").stdout
    assert 'host: "mx.next.example"' in text
    assert "aliases" not in SettingsFile("x", text).document
    assert here.world.directory.get_policy(GLOBAL) is None
