"""What a connection is told, against a client that believes every word: sequence numbers stay right whatever others do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.imap import index as index_module
from gateway.imap.index import DELETED, MOST_FLAGS, SEEN, Arrival, Index, TooManyKeywords
from gateway.imap.lines import write_lines
from gateway.imap.memory import MemoryMailbox
from gateway.imap.storage import no_such_mailbox
from gateway.imap.view import View


def mailbox() -> MemoryMailbox:
    def find(name: str) -> MemoryMailbox:
        raise no_such_mailbox()

    return MemoryMailbox("INBOX", 1, find, lambda: 0.0)


@dataclass
class Client:
    """Keeps what it was told: UIDs it cannot know are taken from the view when it hears of new messages, flags from FETCH."""

    view: View
    uids: list[int] = field(default_factory=list)
    flags: dict[int, int] = field(default_factory=dict)

    def hear(self, *, expunges: bool) -> None:
        news = self.view.take_news(expunges=expunges)
        for number in news.expunged:
            self.flags.pop(self.uids.pop(number - 1), None)
        if news.exists is not None:
            assert news.exists > len(self.uids)
            for uid in self.view.uids[len(self.uids) : news.exists]:
                self.uids.append(uid)
                self.flags[uid] = (
                    self.view.index.flags[self.view.index.position(uid)]
                    if self.view.index.position(uid) >= 0
                    else -1
                )
        for span in news.changed:
            for at in span:
                place = self.view.index.position(self.uids[at])
                assert place >= 0, "flags of what is gone are not told"
                self.flags[self.uids[at]] = self.view.index.flags[place]
        assert self.uids == list(self.view.uids[: self.view.exists])


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["arrive", "flag", "vanish", "hear", "half", "own"]),
        st.integers(0, 1),
        st.lists(st.integers(0, 8), min_size=1, max_size=4),
        st.sampled_from([SEEN, DELETED, 0]),
    ),
    max_size=40,
)


def _pick(known: Sequence[int], choices: list[int]) -> list[int]:
    return sorted({known[choice % len(known)] for choice in choices}) if known else []


@pytest.mark.parametrize("kept", [2_000, 2], ids=["events", "comparing"])
@given(steps=STEPS)
def test_two_clients_and_the_mailbox_agree(kept: int, steps: list[tuple[str, int, list[int], int]]) -> None:
    before = index_module.KEPT_EVENTS
    index_module.KEPT_EVENTS = kept  # what is forgotten is compared
    try:
        _play(steps)
    finally:
        index_module.KEPT_EVENTS = before


def _play(steps: list[tuple[str, int, list[int], int]]) -> None:
    box = mailbox()
    index = box.index
    clients = [Client(View(box, read_only=False)), Client(View(box, read_only=True))]
    for step, which, choices, mask in steps:
        client = clients[which]
        if step == "arrive":
            index.arrive(Arrival(index.uidnext + gap, mask) for gap in sorted(set(choices)))
        elif step == "vanish":
            index.vanish(_pick(index.uids, choices))
        elif step in {"flag", "own"}:
            uids = _pick(index.uids, choices)
            index.set_flags(uids, [mask] * len(uids), by=client.view.origin if step == "own" else None)
            if step == "own":
                client.flags.update((uid, mask) for uid in uids if uid in client.flags)
        else:
            client.hear(expunges=step == "hear")
        for each in clients:
            _nothing_is_lost(each)
    for client in clients:
        client.hear(expunges=True)
        assert client.uids == list(index.uids)
        assert client.flags == dict(zip(index.uids, index.flags, strict=True))
        assert not client.view.has_news()
        assert client.view.shared, "up to date again, the arrays are shared"


def _nothing_is_lost(client: Client) -> None:
    """Whoever counts on a number gets that message or none."""
    for at in range(client.view.exists):
        source = client.view.source(client.view.uids[at])
        if source is not None:
            number, arrays, place = source
            assert (number, arrays.uids[place]) == (
                at + 1,
                client.uids[at] if at < len(client.uids) else arrays.uids[place],
            )


def test_recent_is_for_one_session() -> None:
    """RFC 3501, 2.3.2."""
    box = mailbox()
    box.index.arrive([Arrival(1), Arrival(2)])
    looking = View(box, read_only=True)
    first, second = View(box, read_only=False), View(box, read_only=False)
    assert (looking.recent, first.recent, second.recent) == (2, 2, 0)
    box.index.arrive([Arrival(3)])
    assert second.take_news(expunges=True).recent == 1
    news = first.take_news(expunges=True)
    assert (news.exists, news.recent) == (3, 2)
    assert [first.is_recent(uid) for uid in (1, 2, 3)] == [True, True, False]
    box.index.vanish([1])
    assert first.take_news(expunges=False).recent is None
    assert first.take_news(expunges=True).recent == 1


def test_a_view_that_is_up_to_date_holds_no_array_of_its_own() -> None:
    box = mailbox()
    box.index.arrive(Arrival(uid) for uid in range(1, 1_001))
    views = [View(box, read_only=False) for _ in range(3)]
    assert all(view.uids is box.index.uids for view in views)
    box.index.vanish([5])
    for view in views:
        view.take_news(expunges=True)
    assert all(view.uids is box.index.uids for view in views)


def test_lines_are_the_same_whether_arrays_are_shared_or_not() -> None:
    box = mailbox()
    word = box.index.mask(["Word"])
    box.index.arrive(
        Arrival(uid, SEEN | (word if uid % 3 else 0), uid * 1_000, 60, uid * 10) for uid in range(1, 51)
    )
    view = View(box, read_only=False)
    labels = ["UID", "FLAGS", "RFC822.SIZE", "INTERNALDATE", "MODSEQ"]
    shared = {
        tuple(some): write_lines(view, some, range(50))
        for some in (labels, labels[:2], labels[1::-1], ["FLAGS"], ["UID"])
    }
    box.index.vanish([50])
    assert not view.shared
    for some, text in shared.items():
        assert write_lines(view, list(some), range(50)) == text, (
            "what vanished is still known to who has not heard of it"
        )
    first = shared[tuple(labels)].split("\r\n")[0]
    assert first == (
        '* 1 FETCH (UID 1 FLAGS (\\Recent \\Seen Word) RFC822.SIZE 10 INTERNALDATE " 1-Jan-1970 01:16:40 +0100" MODSEQ (2))'
    )


def test_keywords_have_an_end() -> None:
    index = Index()
    index.mask(f"k{number}" for number in range(MOST_FLAGS - 5))
    assert index.full
    assert index.mask(["K3"]) == index.mask(["k3"])
    assert index.mask(["other"], create=False) == 0
    with pytest.raises(TooManyKeywords):
        index.mask(["other"])


def test_arrivals_that_are_there_already_are_skipped() -> None:
    """Two gateways may hear of a message in either order."""
    index = Index()
    index.arrive([Arrival(3), Arrival(5)])
    index.arrive([Arrival(3), Arrival(4), Arrival(6)])
    assert list(index.uids) == [3, 5, 6]
    assert index.uidnext == 7
    index.vanish([99])
    assert index.noted == 0


def test_modification_sequences_of_others_never_go_back() -> None:
    index = Index(highestmodseq=10)
    index.arrive([Arrival(1, modseq=20), Arrival(2, modseq=15)])
    assert index.highestmodseq == 20
    index.set_flags([1], [SEEN], modseq=17)
    assert index.highestmodseq == 20
    index.set_flags([2], [SEEN])
    assert index.highestmodseq == 21
