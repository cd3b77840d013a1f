"""Lists of held copies by likely mistakes, and campaigns in one line."""

from __future__ import annotations

import pytest
from pratique.domain.errors import InvalidInput, NotFound
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy
from pratique.domain.policy import Policy
from pratique.domain.scope import GLOBAL, parse_scope
from pratique.usecases.fold_campaigns import fold_campaigns
from pratique.usecases.list_by_mistake import LinePage, list_by_mistake

from tests import builders, fakes
from tests.builders import a_copy
from tests.path import arrive, held, opened

KEY = "0123456789abcdef"
NEAR_KEY = "0123456789abcdee"
OTHER_KEY = "fedcba9876543210"


def stored(world: fakes.World, *copies: Copy) -> list[Copy]:
    """The copies, in the index."""
    for copy in copies:
        assert world.index.add_copy(copy)
    return list(copies)


def whole_list(world: fakes.World, *, limit: int, window: int, fold: bool = False) -> list[LinePage]:
    """All pages."""
    pages, cursor = [], None
    for _ in range(100):
        page = list_by_mistake(
            world.services,
            builders.actor(),
            GLOBAL,
            limit=limit,
            window=window,
            cursor=cursor,
            fold=fold,
        )
        pages.append(page)
        cursor = page.cursor
        if cursor is None:
            return pages
    raise AssertionError("the list does not end")


def test_the_likeliest_mistake_comes_first_however_old_it_is() -> None:
    """Not the newest."""
    world = opened()
    stored(world, a_copy(1, triage="0.5 pk"), *(a_copy(n, triage="9.0 ") for n in range(2, 20)))
    page = list_by_mistake(world.services, builders.actor("bob@example.org"), parse_scope("bob@example.org"))
    assert page.lines[0].copy.id == a_copy(1).id
    assert page.lines[0].mistake.reasons[0] == "a known correspondent"
    assert page.cursor is None


def test_pages_show_each_copy_once_and_windows_follow_each_other() -> None:
    """95 copies, 10 a page, 40 a window: each window in order, nothing twice, nothing left out."""
    world = opened()
    copies = stored(world, *(a_copy(n, triage=f"{(n * 37) % 23}.0 ") for n in range(95)))
    pages = whole_list(world, limit=10, window=40)
    shown = [line.copy.id for page in pages for line in page.lines]
    assert len(shown) == len(set(shown)) == 95
    assert set(shown) == {copy.id for copy in copies}
    newest = {copy.id for copy in copies[-40:]}
    assert set(shown[:40]) == newest
    values = [line.mistake.value for page in pages for line in page.lines][:40]
    assert values == sorted(values, reverse=True)


def test_a_page_reads_one_window_whatever_is_held() -> None:
    """The bound on what it costs."""
    world = opened()
    stored(world, *(a_copy(n, triage="3.0 ") for n in range(300)))
    world.index.rows_read = 0
    list_by_mistake(world.services, builders.actor(), GLOBAL, limit=10, window=50)
    assert world.index.rows_read <= 51


def test_what_is_released_between_two_pages_makes_no_gap() -> None:
    """The place of a page is a rank, not a number of lines to skip."""
    world = opened()
    copies = stored(world, *(a_copy(n, triage=f"{n}.0 ") for n in range(20)))
    first = list_by_mistake(world.services, builders.actor(), GLOBAL, limit=5)
    world.index.move(
        copies[2].id,
        expected=(State.HELD,),
        state=State.REMOVED,
        expires_at=copies[2].expires_at,
        event=copies[2].events[0],
        now=builders.NOW,
    )
    second = list_by_mistake(world.services, builders.actor(), GLOBAL, limit=5, cursor=first.cursor)
    assert [line.copy.id for line in second.lines] == [copy.id for copy in copies[5:10]]


@pytest.mark.parametrize("cursor", ["", ":", "::", "a:b", "::x", "x:y:z", ":1.0:nothing", "a:b:c:d", "%:1:"])
def test_a_made_up_cursor_is_refused(cursor: str) -> None:
    """In our words."""
    with pytest.raises(InvalidInput):
        list_by_mistake(opened().services, builders.actor(), GLOBAL, cursor=cursor)


def test_hidden_scopes_look_missing() -> None:
    """The actor comes first."""
    with pytest.raises(NotFound):
        list_by_mistake(opened().services, builders.actor("bob@example.org"), GLOBAL)


def test_a_campaign_is_one_line() -> None:
    """Near keys and copies of one message share a line; it is as likely as its likeliest member, less what its size says."""
    same = a_copy(3, "ann@example.org", fingerprint=KEY, triage="0.2 ")
    lines = fold_campaigns(
        [
            a_copy(1, fingerprint=KEY, triage="5.0 "),
            a_copy(2, fingerprint=OTHER_KEY),
            same,
            a_copy(4, fingerprint=NEAR_KEY, triage="5.0 "),
            a_copy(5, fingerprint=""),
            a_copy(6, fingerprint=""),
        ]
    )
    assert [line.count for line in lines] == [3, 1, 1, 1]
    assert lines[0].copy is same
    assert [copy.id for copy in lines[0].others] == [a_copy(1).id, a_copy(4).id]
    assert lines[0].mistake.chance < lines[0].copy.score


def test_copies_of_a_message_that_says_too_little_for_a_key_share_a_line_too() -> None:
    """They are the same message."""
    lines = fold_campaigns([a_copy(1, "ann@example.org"), a_copy(2), a_copy(1, "bob@example.org")])
    assert [line.count for line in lines] == [2, 1]


def test_folded_pages_show_each_campaign_once() -> None:
    """Thirty copies in three campaigns."""
    world = opened()
    keys = (KEY, OTHER_KEY, "00ff00ff00ff00ff")
    stored(world, *(a_copy(n, fingerprint=keys[n % 3], triage=f"{n % 3}.0 ") for n in range(30)))
    pages = whole_list(world, limit=2, window=1000, fold=True)
    assert [[line.count for line in page.lines] for page in pages] == [[10, 10], [10]]


def test_ingest_writes_what_the_order_needs() -> None:
    """A proven sender near the threshold of its recipient's policy; delivered mail carries nothing."""
    world = opened()
    world.directory.put_policy(parse_scope("example.org"), Policy(spam_at=0.001, unsure_at=0.0))
    copy = arrive(world, builders.receipt()).copies[0]
    assert copy.state is State.HELD
    assert "p" in copy.triage
    assert len(copy.triage) <= 20
    world.directory.put_policy(parse_scope("example.org"), Policy())
    assert arrive(world, builders.receipt("message-2")).copies[0].triage == ""
    assert "l" in held(world, "message-3").triage
