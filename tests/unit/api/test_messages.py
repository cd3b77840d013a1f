"""Messages over HTTP: every action of the names table, once and in bulk."""

from __future__ import annotations

import math
from typing import Any

import pytest
from pratique.domain.lifecycle import State
from pratique.domain.listentry import ListKind
from pratique.domain.scope import GLOBAL, parse_scope
from pratique.ports.queue import QueueName

from tests import builders
from tests.unit.api.calling import SENDER, call, of, stocked


def test_a_list_is_newest_first_and_goes_on_by_cursor() -> None:
    """Three pages of two."""
    world, copies = stocked(messages=5)
    seen, cursor = [], None
    for _ in range(3):
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = call(world, "GET", "/v1/messages", query=query)
        assert page.status == 200
        seen += [m["id"] for m in page.body["messages"]]
        cursor = page.body["cursor"]
    assert cursor is None
    assert seen == [str(c.id) for c in reversed(copies)]


def test_a_list_in_the_order_of_likely_mistakes_with_campaigns_folded() -> None:
    """`order=mistake` goes on by cursor; `fold` puts a campaign into one line with the ids of the others, in both orders."""
    world, copies = stocked(messages=3)
    page = call(world, "GET", "/v1/messages", query={"order": "mistake", "limit": 2})
    more = call(world, "GET", "/v1/messages", query={"order": "mistake", "cursor": page.body["cursor"]})
    shown = [*page.body["messages"], *more.body["messages"]]
    assert {m["id"] for m in shown} == {str(c.id) for c in copies}
    assert [m["chance"] for m in shown] == sorted((m["chance"] for m in shown), reverse=True)
    assert shown[0]["reasons"] == ["near the threshold"]
    for n in range(20, 23):
        world.index.add_copy(builders.a_copy(n, fingerprint="0123456789abcdef", triage="0.0 p"))
    for order in ("mistake", "time"):
        [line, *_] = call(world, "GET", "/v1/messages", query={"order": order, "fold": "true"}).body[
            "messages"
        ]
        assert len(line["folded"]) == 2
        assert line["chance"] > 0.01
    refused = call(world, "GET", "/v1/messages", query={"order": "mistake", "state": "removed"})
    assert (refused.status, refused.body["code"]) == (422, "invalid_input")
    call(world, "POST", of(copies[0], "remove"))
    [gone] = call(world, "GET", "/v1/messages", query={"state": "removed"}).body["messages"]
    assert gone["chance"] is None


def test_the_answer_to_a_lesson_offers_what_is_like_it() -> None:
    """Release & Train and Not Spam: held copies; Spam and Blacklist & Remove: delivered ones. Without a lesson nothing is offered."""
    world, _ = stocked(messages=1)
    alike: dict[str, Any] = {"fingerprint": "0123456789abcdef", "sender": SENDER, "triage": "1.0 p"}
    copies = [builders.a_copy(n, **alike) for n in (30, 31, 32)]
    for n, copy in zip((30, 31, 32), copies, strict=True):
        world.index.add_facts(builders.facts(n), expires_at=copy.expires_at)
        world.index.add_copy(copy)
    taught = call(world, "POST", of(copies[0], "release"), body={"train": True}).body["offer"]
    assert (taught["aim"], taught["count"]) == ("release", 2)
    listed = call(world, "GET", taught["url"].partition("?")[0], query={"aim": "release"})
    assert {each["message"]["id"] for each in listed.body["siblings"]} == {str(c.id) for c in copies[1:]}
    assert all(each["offered"] for each in listed.body["siblings"])
    assert listed.body["cursor"] is None
    assert call(world, "POST", of(copies[1], "release")).body["offer"] is None
    assert call(world, "POST", of(copies[2], "train"), body={"label": "spam"}).body["offer"] is None
    world.index.add_copy(builders.a_copy(33, **alike, state=State.DELIVERED))
    warned = call(world, "POST", of(copies[2], "remove"), body={"block": True}).body["offer"]
    assert (warned["aim"], warned["count"]) == ("recall", 1)
    refused = call(world, "GET", of(copies[2], "siblings"), query={"aim": "neither"})
    assert refused.status in (400, 422)


def test_what_a_refused_sender_quotes_leads_to_the_message_in_any_state() -> None:
    """Whatever else is asked; a reference of somebody else's message is one of none."""
    world, (copy,) = stocked()
    call(world, "POST", of(copy, "remove"))
    query = {"reference": copy.id.message.lower()}
    [found] = call(world, "GET", "/v1/messages", query=query).body["messages"]
    assert (found["id"], found["state"]) == (str(copy.id), "removed")
    for scope in ("ann@example.org", "example.net"):
        assert call(world, "GET", "/v1/messages", query=query, scope=scope).body["messages"] == []


def test_a_list_shows_held_ones_of_the_own_scope_unless_told_otherwise() -> None:
    """State and scope have defaults; a state may be given twice."""
    world, (copy,) = stocked()
    for scope in ("global", "example.org", "bob@example.org"):
        assert [m["id"] for m in call(world, "GET", "/v1/messages", scope=scope).body["messages"]] == [
            str(copy.id)
        ]
    assert call(world, "GET", "/v1/messages", scope="ann@example.org").body["messages"] == []
    both = {"state": ["removed", "released"]}
    assert call(world, "GET", "/v1/messages", query=both).body["messages"] == []
    call(world, "POST", of(copy, "remove"))
    assert [m["state"] for m in call(world, "GET", "/v1/messages", query=both).body["messages"]] == [
        "removed"
    ]
    assert call(world, "GET", "/v1/messages").body["messages"] == []


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 201},
        {"limit": "many"},
        {"state": "lost"},
        {"colour": "red"},
        {"scope": "not a domain"},
        {"scope": ""},
        {"cursor": "garbage"},
        {"cursor": "eyJhIjoxfQ"},
        {"cursor": "x" * 3_000},
        "limit=1&limit=2",
        "limit",
        "a=%ff",
        "&".join(f"state=held&x{n}=1" for n in range(200)),
    ],
)
def test_a_query_that_cannot_be_is_refused(query: object) -> None:
    """400 for one that cannot be read, 422 for a value that means nothing; never a crash, never everything."""
    world, _ = stocked()
    answer = call(world, "GET", "/v1/messages", query=query)
    assert answer.status in {400, 422}
    assert answer.body["code"] in {"malformed_request", "invalid_input"}


def test_one_message_explains_its_score() -> None:
    """The weights add up to the score's log-odds, and the history is there."""
    world, (copy,) = stocked()
    detail = call(world, "GET", of(copy), scope="bob@example.org").body
    total = sum(c["weight"] for c in detail["contributions"])
    assert 1 / (1 + math.exp(-total)) == pytest.approx(copy.score, abs=0.01)
    assert detail["history"][0]["state"] == "held"
    assert detail["message"]["received_at"] == "2026-09-21T14:13:20.001000Z"
    assert detail["checks"]["dmarc"] == "pass"
    assert "recipients" not in detail, "others may be blind copies"


def test_raw_bytes_go_by_a_link_that_soon_ends() -> None:
    """Lambda answers 6 MB at most, mail has 40."""
    world, (copy,) = stocked()
    link = call(world, "GET", of(copy, "raw"), scope="bob@example.org").body
    assert link["expires_in"] == 300
    assert link["url"].startswith(f"https://store.invalid/{copy.raw_key}")


def test_release_and_release_again_delivers_once() -> None:
    """The second call answers the copy as it is."""
    world, (copy,) = stocked()
    first, second = (call(world, "POST", of(copy, "release")) for _ in range(2))
    assert (first.status, first.body["state"]) == (200, "releasing")
    assert (second.status, second.body["state"]) == (200, "releasing")
    assert {item["id"] for item in world.queue.waiting[QueueName.DELIVER]} == {str(copy.id)}


def test_release_and_train() -> None:
    """Delivers and teaches ham."""
    world, (copy,) = stocked()
    answer = call(world, "POST", of(copy, "release"), body={"train": True})
    assert (answer.body["state"], answer.body["lesson"]) == ("releasing", "ham")
    assert world.journal.counts(GLOBAL) == (1, 0)


@pytest.mark.parametrize(
    ("allow", "scope"),
    [(True, "bob@example.org"), ("recipient", "bob@example.org"), ("domain", "example.org")],
)
def test_release_and_whitelist(allow: object, scope: str) -> None:
    """`true` is the recipient's own list."""
    world, (copy,) = stocked()
    assert call(world, "POST", of(copy, "release"), body={"allow": allow}).status == 200
    entries = world.directory.list_entries(parse_scope(scope), limit=10).entries
    assert [(e.kind, e.pattern) for e in entries] == [(ListKind.ALLOW, SENDER)]


@pytest.mark.parametrize(("block", "scope"), [(True, "bob@example.org"), ("domain", "example.org")])
def test_blacklist_and_remove(block: object, scope: str) -> None:
    """The message goes, the sender is listed."""
    world, (copy,) = stocked()
    assert call(world, "POST", of(copy, "remove"), body={"block": block}).body["state"] == "removed"
    entries = world.directory.list_entries(parse_scope(scope), limit=10).entries
    assert [(e.kind, e.pattern) for e in entries] == [(ListKind.BLOCK, SENDER)]


def test_remove_twice_is_once_and_release_after_it_is_a_conflict() -> None:
    """A removed message stays removed."""
    world, (copy,) = stocked()
    assert [call(world, "POST", of(copy, "remove")).body["state"] for _ in range(2)] == ["removed", "removed"]
    late = call(world, "POST", of(copy, "release"))
    assert (late.status, late.body["code"]) == (409, "conflict")


@pytest.mark.parametrize("label", ["ham", "spam"])
def test_not_spam_and_spam(label: str) -> None:
    """The same report twice is one lesson."""
    world, (copy,) = stocked()
    for _ in range(2):
        assert call(world, "POST", of(copy, "train"), body={"label": label}).body["lesson"] == label
    assert world.journal.counts(GLOBAL) == (1, 0)


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("release", {"train": "yes"}),
        ("release", {"allow": "everybody"}),
        ("release", {"trian": True}),
        ("release", []),
        ("remove", {"block": 1}),
        ("remove", {"allow": True}),
        ("train", {}),
        ("train", None),
        ("train", {"label": "maybe"}),
    ],
)
def test_a_body_of_another_shape_changes_nothing(action: str, body: object) -> None:
    """422, and the copy is as it was."""
    world, (copy,) = stocked()
    answer = call(world, "POST", of(copy, action), body=body)
    assert (answer.status, answer.body["code"]) == (422, "invalid_input")
    kept = world.index.get_copy(copy.id, now=builders.NOW)
    assert kept is not None
    assert (kept.state, kept.lesson) == (State.HELD, "")


def test_without_a_route_nothing_is_released() -> None:
    """A clear error, and the message stays."""
    world, (copy,) = stocked()
    world.directory.delete_route("*")
    answer = call(world, "POST", of(copy, "release"))
    assert (answer.status, answer.body["code"]) == (409, "no_route")
    assert "example.org" in answer.body["detail"]


@pytest.mark.parametrize(
    "name", ["nonsense", "bulk", "%00", "..%2f..", "%ff", "01K5N6R4M0Q8T7V2Y5Z9ABCDEF.Ym9i", "x" * 5_000]
)
def test_an_id_that_cannot_be_is_an_id_of_nothing(name: str) -> None:
    """404, or 405 for the one name that is a path of its own."""
    world, _ = stocked()
    assert call(world, "GET", f"/v1/messages/{name}").status == (405 if name == "bulk" else 404)


def test_an_expired_message_is_gone_for_every_call() -> None:
    """Invariant 10: also before the sweep came by."""
    world, (copy,) = stocked()
    world.clock.advance(days=29)
    for method, action in (("GET", ""), ("GET", "raw"), ("POST", "release"), ("POST", "remove")):
        assert call(world, method, of(copy, action)).status == 404
    assert call(world, "GET", "/v1/messages").body["messages"] == []


def test_a_thousand_at_once_are_answered_in_order() -> None:
    """Doubles, strangers' and nonsense among them, each on its own."""
    world, copies = stocked(messages=990)
    ids = [str(c.id) for c in copies]
    foreign = str(builders.copy_id(1, "ann@example.net"))
    asked = [*ids[:500], "nonsense", foreign, *ids[500:], *ids[:8]]
    assert len(asked) == 1_000
    body = {"action": "release", "train": True, "ids": asked}
    answers = call(world, "POST", "/v1/messages/bulk", body=body, scope="example.org").body["answers"]
    assert [a["id"] for a in answers] == asked
    assert [(a["ok"], a["code"]) for a in answers[500:502]] == [(False, "not_found")] * 2
    assert sum(a["ok"] for a in answers) == 998
    assert {a["state"] for a in answers if a["ok"]} == {"releasing"}
    assert len(world.queue.waiting[QueueName.DELIVER]) == 990, "each acted on once"
    assert world.journal.counts(parse_scope("example.org")) == (990, 0)


@pytest.mark.parametrize(
    "body",
    [
        {"action": "release", "ids": []},
        {"action": "release", "ids": ["x"] * 1_001},
        {"action": "release"},
        {"action": "expire", "ids": ["x"]},
        {"action": "train", "ids": ["x"]},
        {"action": "remove", "ids": [1]},
        {"action": "remove", "ids": ["x" * 601]},
    ],
)
def test_a_bulk_call_that_cannot_be_is_refused_as_a_whole(body: object) -> None:
    """422."""
    world, _ = stocked()
    answer = call(world, "POST", "/v1/messages/bulk", body=body)
    assert (answer.status, answer.body["code"]) == (422, "invalid_input")


def test_bulk_remove_and_train() -> None:
    """The other two verbs, with their options."""
    world, (one, two) = stocked(messages=2)
    ids = [str(one.id), str(two.id)]
    trained = call(world, "POST", "/v1/messages/bulk", body={"action": "train", "label": "spam", "ids": ids})
    assert [a["ok"] for a in trained.body["answers"]] == [True, True]
    removed = call(world, "POST", "/v1/messages/bulk", body={"action": "remove", "block": True, "ids": ids})
    assert [a["state"] for a in removed.body["answers"]] == ["removed", "removed"]
    assert len(world.directory.list_entries(parse_scope("bob@example.org"), limit=10).entries) == 1
