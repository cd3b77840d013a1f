"""Directory: what scopes chose."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pratique.adapters.cursors import encode_cursor
from pratique.domain.address import parse_address
from pratique.domain.calibration import Calibration
from pratique.domain.errors import InvalidInput, Outdated
from pratique.domain.listentry import ListEntry, ListKind
from pratique.domain.policy import NotationPlace, Policy
from pratique.domain.policy_history import KEPT_VERSIONS, By, PolicyVersion
from pratique.domain.rights import Right
from pratique.domain.route import RouteKind, Tls
from pratique.domain.scope import GLOBAL, Scope, domain_scope, recipient_scope, scope_chain
from pratique.ports.directory import Directory

from tests.builders import NOW_MS, route
from tests.contract.backends import Backend

ORG = domain_scope("example.org")
BOB = parse_address("bob@example.org")
SCOPES = [GLOBAL, domain_scope("example.org"), recipient_scope(BOB), domain_scope("global")]
POLICY = Policy(quarantine=False, spam_at=0.95, retention_days=7, spam_notation="", unsure_notation="[?] ")


@pytest.fixture
def directory(backend: Backend) -> Directory:
    return backend.services.directory


def entry(scope: Scope, pattern: str, kind: ListKind = ListKind.ALLOW) -> ListEntry:
    return ListEntry(scope, kind, pattern, False, "bob", "a friend, näturlich", NOW_MS)


@pytest.mark.parametrize("scope", SCOPES, ids=str)
def test_policy(directory: Directory, scope: Scope) -> None:
    """As it was put; none and an open one are not the same; a domain called `global` is a domain."""
    assert directory.get_policy(scope) is None
    directory.put_policy(scope, POLICY)
    assert directory.get_policy(scope) == POLICY
    directory.put_policy(scope, Policy())
    assert directory.get_policy(scope) == Policy()
    assert all(directory.get_policy(other) is None for other in SCOPES if other != scope)


def test_entry_is_on_one_list(directory: Directory) -> None:
    """Putting a pattern on the other list takes it off this one."""
    directory.put_entry(entry(GLOBAL, "spam.example"))
    blocked = entry(GLOBAL, "spam.example", ListKind.BLOCK)
    directory.put_entry(blocked)
    assert directory.list_entries(GLOBAL, limit=10).entries == (blocked,)
    assert directory.delete_entry(GLOBAL, "spam.example")
    assert not directory.delete_entry(GLOBAL, "spam.example")
    assert directory.list_entries(GLOBAL, limit=10).entries == ()


def test_entries_page_by_page(directory: Directory) -> None:
    """In the order of their patterns, also when some go meanwhile; other scopes' are not among them."""
    patterns = sorted(
        [f"s{n:02}.example" for n in range(20)]
        + ["*.a.example", "eve@b.example", "grüße@c.example", '"a b"@c.example']
    )
    for pattern in patterns:
        directory.put_entry(entry(SCOPES[1], pattern))
        directory.put_entry(entry(SCOPES[3], pattern))
    found: list[str] = []
    cursor = None
    for _ in range(20):
        page = directory.list_entries(SCOPES[1], limit=5, cursor=cursor)
        found += [each.pattern for each in page.entries]
        cursor = page.cursor
        if cursor is None:
            break
        assert len(page.entries) == 5
        directory.delete_entry(SCOPES[1], page.entries[-1].pattern)
    assert found == patterns


@pytest.mark.parametrize(
    "cursor", ["", "x", "é", encode_cursor("a\nb"), encode_cursor("a" * 400), "A" * 3_000]
)
def test_garbage_is_no_cursor(directory: Directory, cursor: str) -> None:
    """It is refused."""
    with pytest.raises(InvalidInput):
        directory.list_entries(GLOBAL, limit=5, cursor=cursor)


def test_look_up(directory: Directory) -> None:
    """Policies, models and entries of the recipients' own scopes, and of no other."""
    inside = scope_chain(BOB)
    for number, scope in enumerate([*inside, recipient_scope("eve@example.org"), domain_scope("global")]):
        directory.put_policy(scope, replace(POLICY, log_days=number + 1))
        directory.set_model(scope, f"{number:012}")
        directory.put_entry(entry(scope, "eve@spam.example"))
        directory.put_entry(entry(scope, "not.asked.example"))
    view = directory.look_up([BOB], ["eve@spam.example", "spam.example", "eve@spam.example"])
    assert view.policies == {scope: replace(POLICY, log_days=n + 1) for n, scope in enumerate(inside)}
    assert view.models == {scope: f"{n:012}" for n, scope in enumerate(inside)}
    assert set(view.entries) == {entry(scope, "eve@spam.example") for scope in inside}
    assert len(view.entries) == 3


def test_look_up_always_includes_the_global_scope(directory: Directory) -> None:
    """Also for no recipients at all: the learner of a domain asks so for the layer above it."""
    directory.put_policy(GLOBAL, Policy(spam_at=0.8))
    directory.set_model(GLOBAL, "000000000007")
    directory.put_entry(ListEntry(GLOBAL, ListKind.BLOCK, "eve@spam.example"))
    view = directory.look_up([], ["eve@spam.example"])
    assert view.policies == {GLOBAL: Policy(spam_at=0.8)}
    assert view.models == {GLOBAL: "000000000007"}
    assert [entry.pattern for entry in view.entries] == ["eve@spam.example"]


def test_look_up_of_many(directory: Directory) -> None:
    """Fifty recipients and a dozen patterns: several round trips, the same answer."""
    people = [parse_address(f"user{n}@d{n % 5}.example") for n in range(50)]
    patterns = [f"p{n}.example" for n in range(12)]
    for person in people:
        directory.put_entry(entry(recipient_scope(person), "p7.example"))
    view = directory.look_up(people, patterns)
    assert {each.scope for each in view.entries} == {recipient_scope(person) for person in people}
    assert (view.policies, view.models) == ({}, {})
    assert directory.look_up([], []).entries == ()


def test_routes(directory: Directory) -> None:
    """Every field, by domain; replaced by a put."""
    first = route("b.example", credentials="route/b", tls=Tls.IMPLICIT, port=465)
    second = route("a.example", kind=RouteKind.SES_WRAPPED, host="", sender="q@a.example")
    for each in (first, second):
        directory.put_route(replace(each, host="old.example"))
        directory.put_route(each)
    assert directory.list_routes() == [second, first]
    assert directory.get_route("b.example") == first
    assert directory.get_route("c.example") is None
    assert directory.delete_route("b.example")
    assert not directory.delete_route("b.example")
    assert directory.list_routes() == [second]


def test_an_older_model_never_replaces_a_newer_one(directory: Directory) -> None:
    """Two learners may report in the wrong order."""
    for version in ("000000000002", "000000000010", "000000000009", "000000000010"):
        directory.set_model(GLOBAL, version)
    assert directory.look_up([BOB], []).models == {GLOBAL: "000000000010"}


def test_a_calibration_comes_with_the_look_up(directory: Directory) -> None:
    """Exactly as it was set, with or without a model; an older one never replaces a newer one."""
    found = Calibration(-0.1 - 0.2, 1_234, 56, 1_790_000_000_000)
    directory.set_calibration(ORG, found)
    directory.set_calibration(ORG, replace(found, shift=0.0, made_ms=found.made_ms - 1))
    assert directory.look_up([BOB], []).calibrations == {ORG: found}
    assert directory.look_up([BOB], []).models == {}
    directory.set_model(ORG, "000000000001")
    newer = replace(found, shift=0.0, made_ms=found.made_ms + 1)
    directory.set_calibration(ORG, newer)
    view = directory.look_up([BOB], [])
    assert (view.models, view.calibrations) == ({ORG: "000000000001"}, {ORG: newer})
    assert directory.look_up([parse_address("x@example.net")], []).calibrations == {}


ANN = By("token:desk", "api", NOW_MS, "näher")


def test_each_change_of_a_policy_is_a_version(directory: Directory) -> None:
    """Who, when, by which channel, what; the one that holds comes with the look-up. A scope knows its own only."""
    assert directory.policy_version(ORG) is None
    first = directory.put_policy(ORG, POLICY, ANN)
    second = directory.put_policy(ORG, Policy(), ANN._replace(author="token:other"), expected=1)
    assert (first, second.version) == (PolicyVersion(ORG, 1, POLICY, ANN), 2)
    assert directory.policy_version(ORG) == second
    assert directory.policy_versions(ORG, limit=10) == [second, first]
    assert directory.policy_versions(ORG, limit=1) == [second]
    assert directory.get_policy_version(ORG, 1) == first
    assert directory.get_policy_version(ORG, 3) is None
    assert directory.policy_versions(GLOBAL, limit=10) == []
    assert directory.look_up([BOB], []).versions == {ORG: 2}


def test_a_policy_that_was_changed_meanwhile_is_not_overwritten(directory: Directory) -> None:
    """Two writers: the one who has not seen the other's change is told so, and nothing of either is lost."""
    with pytest.raises(Outdated):
        directory.put_policy(ORG, POLICY, expected=1)
    directory.put_policy(ORG, POLICY, expected=0)
    for expected in (0, 2):
        with pytest.raises(Outdated):
            directory.put_policy(ORG, Policy(quarantine=True), expected=expected)
    assert directory.get_policy(ORG) == POLICY
    assert [each.version for each in directory.policy_versions(ORG, limit=10)] == [1]


def test_the_latest_versions_are_kept(directory: Directory) -> None:
    """However often a scope changes its mind."""
    for days in range(1, KEPT_VERSIONS + 4):
        directory.put_policy(ORG, Policy(retention_days=days))
    kept = directory.policy_versions(ORG, limit=KEPT_VERSIONS + 9)
    assert [each.version for each in kept] == list(range(KEPT_VERSIONS + 3, 3, -1))
    assert directory.get_policy_version(ORG, 3) is None
    assert directory.get_policy(ORG) == Policy(retention_days=KEPT_VERSIONS + 3)


def test_every_choice_comes_back_in_its_own_type(directory: Directory) -> None:
    """Words, lists, marks in any script."""
    policy = Policy(
        notation=NotationPlace.BOTH,
        spam_notation="[Müll] 垃圾 ",
        notify_sender=False,
        rights_virus=Right.NONE,
        rights_spam=Right.REQUEST,
        disallowed_extensions=("exe", "zip"),
    )
    directory.put_policy(ORG, policy)
    found = directory.get_policy(ORG)
    assert found == policy
    assert found is not None
    assert (type(found.notation), type(found.rights_spam)) == (NotationPlace, Right)
