"""Versions of policies, inheritance with its sources, and who may change what."""

from __future__ import annotations

from typing import Any

import pytest
from pratique.domain.errors import Forbidden, NotFound
from pratique.domain.policy import ADMINISTRATORS, DEFAULTS, Policy, policy_from, resolve_from
from pratique.domain.rights import Right
from pratique.domain.scope import GLOBAL, parse_scope
from pratique.usecases.change_policy import (
    list_policy_versions,
    put_policy,
    read_policy,
    restore_policy,
)

from tests import builders, fakes
from tests.path import arrive, opened
from tests.unit.api.calling import call, of, stocked

ORG, BOB = parse_scope("example.org"), parse_scope("bob@example.org")
ADMIN = builders.actor("example.org")


def test_each_choice_tells_where_it_comes_from() -> None:
    """The same value chosen, and the value above used, are two things."""
    world = fakes.world()
    operator = builders.actor("global")
    put_policy(world.services, operator, GLOBAL, Policy(retention_days=7, spam_at=0.8))
    put_policy(world.services, ADMIN, ORG, Policy(retention_days=7))
    found = read_policy(world.services, builders.actor("bob@example.org"), BOB)
    assert (found.version, found.own) == (0, Policy())
    assert (found.effective.retention_days, found.sources["retention_days"]) == (7, ORG)
    assert (found.effective.spam_at, found.sources["spam_at"]) == (0.8, GLOBAL)
    assert "log_days" not in found.sources
    put_policy(world.services, operator, GLOBAL, Policy(retention_days=90))
    found = read_policy(world.services, ADMIN, BOB)
    assert found.effective.retention_days == 7, (
        "the domain's own choice stays, though it was the same as the one above"
    )
    assert found.effective.spam_at == DEFAULTS.spam_at


def test_the_api_shows_value_and_source_of_every_field() -> None:
    """And the version, as a number and as the ETag."""
    world = fakes.world()
    call(world, "PUT", "/v1/policies/global", body={"notation": "header"})
    view = call(world, "PUT", "/v1/policies/example.org", body={"rights_spam": "request"})
    assert view.headers["etag"] == '"1"'
    body = view.body
    assert body["sources"] == {
        **dict.fromkeys(body["effective"], "built-in"),
        "notation": "global",
        "rights_spam": "example.org",
    }
    assert set(body["own"]) == set(body["effective"]) == set(Policy.__dataclass_fields__)
    assert (body["version"], body["changed_by"]) == (1, "tester of global")


def test_a_crossed_threshold_is_told_with_the_choice_that_won() -> None:
    """unsure_at is brought down to a spam_at of another scope."""
    effective, sources = resolve_from([("near", Policy(spam_at=0.05)), ("far", Policy(unsure_at=0.2))])
    assert (effective.unsure_at, sources["unsure_at"]) == (0.05, "near")
    effective, sources = resolve_from([("near", Policy(unsure_at=0.95)), ("far", None)])
    assert (effective.unsure_at, "unsure_at" in sources) == (0.9, False)


def test_changes_are_versions_with_their_author_and_can_be_put_back() -> None:
    """What was put back is a version itself: it can be taken back, too."""
    world = fakes.world()
    put_policy(world.services, ADMIN, ORG, Policy(spam_at=0.8))
    world.clock.advance(days=1)
    put_policy(world.services, ADMIN, ORG, Policy(spam_at=0.5, quarantine=False), note="trial")
    back = restore_policy(world.services, ADMIN, ORG, 1)
    assert (back.version, back.own) == (3, Policy(spam_at=0.8))
    assert restore_policy(world.services, ADMIN, ORG, 0).own == Policy()
    found = list_policy_versions(world.services, ADMIN, ORG)
    assert [each.version for each in found] == [4, 3, 2, 1]
    by = found[2].by
    assert (by.author, by.channel, by.note) == (ADMIN.name, "api", "trial")
    assert by.at_ms == found[3].by.at_ms + 86_400_000
    assert found[1].by.note == "as it was with version 1"
    with pytest.raises(NotFound):
        restore_policy(world.services, ADMIN, ORG, 9)
    assert [entry.subject for entry in world.audit.log][:2] == [
        "version 1 spam_at=0.8",
        "version 2 quarantine=False spam_at=0.5",
    ]


def test_the_same_choices_again_make_no_version() -> None:
    """A repeated call is harmless, also one whose first answer was lost and that names the version before."""
    world = fakes.world()
    put_policy(world.services, ADMIN, ORG, Policy(spam_at=0.8), expected=0)
    assert put_policy(world.services, ADMIN, ORG, Policy(spam_at=0.8), expected=0).version == 1
    assert len(world.audit.log) == 1


def test_two_writers_do_not_lose_each_others_change() -> None:
    """412, with the version that holds; nothing is written."""
    world = fakes.world()
    path = "/v1/policies/example.org"
    call(world, "PUT", path, body={"spam_at": 0.8})
    first = call(world, "PUT", path, body={"spam_at": 0.7}, headers={"If-Match": '"1"'})
    second = call(world, "PUT", path, body={"retention_days": 3}, headers={"If-Match": '"1"'})
    assert (first.status, second.status, second.body["code"]) == (200, 412, "outdated")
    assert second.body["detail"] == "this policy has version 2 now"
    assert call(world, "GET", path).body["own"]["spam_at"] == 0.7
    assert call(world, "PUT", path, body={"spam_at": 0.6}, headers={"If-Match": "*"}).status == 200
    back = call(world, "POST", f"{path}/versions/1/restore", headers={"If-Match": '"2"'})
    assert back.status == 412


@pytest.mark.parametrize("match", ["1", 'W/"1"', '"1", "2"', '"x"', '""', '"1234567890123"'])
def test_an_if_match_that_cannot_be_read_is_no_permission(match: str) -> None:
    """400, not a change made without it."""
    world = fakes.world()
    answer = call(
        world, "PUT", "/v1/policies/example.org", body={"spam_at": 0.8}, headers={"If-Match": match}
    )
    assert (answer.status, answer.body["code"]) == (400, "malformed_request")
    assert world.directory.get_policy(ORG) is None


def test_versions_over_http() -> None:
    """The latest first, each with what it changed."""
    world = fakes.world()
    path = "/v1/policies/s/versions@example.org"  # a scope may look like a path of ours
    call(world, "PUT", path, body={"spam_at": 0.8})
    call(world, "PUT", path, body={"spam_at": 0.8, "retention_days": 3})
    found = call(world, "GET", f"{path}/versions").body
    assert found["scope"] == "s/versions@example.org"
    assert [(each["version"], each["changed"]) for each in found["versions"]] == [
        (2, ["retention_days"]),
        (1, ["spam_at"]),
    ]
    back = call(world, "POST", f"{path}/versions/1/restore")
    assert (back.body["version"], back.body["own"]["retention_days"]) == (3, None)
    for version in ("7", "x", "-1", "٣", "9" * 40):
        assert call(world, "POST", f"{path}/versions/{version}/restore").status == 404


@pytest.mark.parametrize("name", sorted(ADMINISTRATORS))
def test_a_recipient_cannot_give_itself_rights(name: str) -> None:
    """Neither by a choice of its own, nor by leaving out what its administrator chose, nor by putting an old version back."""
    world = fakes.world()
    bob = builders.actor("bob@example.org")
    value: Any = {str: "accepted", bool: True, int: 7, float: 0.5, tuple: ("exe",)}.get(
        type(getattr(DEFAULTS, name)), Right.NONE
    )
    if name.endswith("_address"):
        value = "desk@example.org"
    with pytest.raises(Forbidden, match=name):
        put_policy(world.services, bob, BOB, policy_from({name: value}))
    chosen = policy_from({name: value, "retention_days": 3})
    put_policy(world.services, ADMIN, BOB, chosen)
    with pytest.raises(Forbidden, match=name):
        put_policy(world.services, bob, BOB, Policy(retention_days=3))
    with pytest.raises(Forbidden, match=name):
        restore_policy(world.services, bob, BOB, 0)
    assert put_policy(world.services, bob, BOB, policy_from({name: value, "retention_days": 5})).version == 2


def test_choices_of_a_newer_version_are_left_aside() -> None:
    """A field or a word that this one does not know."""
    stored = {
        "spam_at": 0.8,
        "notation": "neon",
        "rights_spam": "release",
        "colour": "red",
        "quarantine": None,
    }
    assert policy_from(stored) == Policy(spam_at=0.8, rights_spam=Right.RELEASE)


def test_a_copy_names_the_policies_it_was_judged_by() -> None:
    """Recipient, domain, global; a change afterwards does not touch it."""
    world = opened()
    put_policy(world.services, ADMIN, ORG, Policy(spam_at=0.8))
    put_policy(world.services, ADMIN, ORG, Policy(spam_at=0.0, unsure_at=0.0))
    put_policy(world.services, builders.actor("global"), GLOBAL, Policy(log_days=3))
    (copy,) = arrive(world, builders.receipt()).copies
    put_policy(world.services, ADMIN, ORG, Policy())
    assert copy.policy_versions == (0, 2, 1)
    detail = call(world, "GET", of(copy)).body
    assert detail["policies"] == [
        {"scope": "bob@example.org", "version": 0},
        {"scope": "example.org", "version": 2},
        {"scope": "global", "version": 1},
    ]


def test_a_copy_of_before_there_were_versions_names_none() -> None:
    """It was judged all the same."""
    world, (copy,) = stocked()
    assert call(world, "GET", of(copy)).body["policies"] == []
