"""Votes: one for each voter of a campaign, counted in one place."""

from __future__ import annotations

import pytest
from pratique.domain.campaign import Campaign, Vote, campaign_marks
from pratique.domain.lesson import Label
from pratique.ports.votes import Pointer, Votes

from tests.builders import NOW, NOW_MS
from tests.contract.backends import Backend

ORG = "example.org"
CAMPAIGN = Pointer("01M3250V00KQNRG2T3QQVF8SD0", "0123456789abcdef")
MARKS = campaign_marks(CAMPAIGN.campaign, CAMPAIGN.fingerprint)
UNTIL = NOW + 1_000


@pytest.fixture
def votes(backend: Backend) -> Votes:
    return backend.services.votes


def _cast(votes: Votes, voter: str, lesson: str, at: int = 0, label: Label = Label.SPAM) -> Campaign:
    vote = Vote(voter, lesson, NOW_MS + at)
    return votes.cast(ORG, label, CAMPAIGN, vote, marks=MARKS, until=UNTIL)


def test_votes_of_different_voters_add_up(votes: Votes) -> None:
    """Whatever is in an address; each sees those before it."""
    voters = ["bob@example.org", 'a.b#:"x"@example.org', "grüße@example.org"]
    for number, voter in enumerate(voters, 1):
        campaign = _cast(votes, voter, f"{number}", number)
        assert campaign.voters() == voters[:number]
    assert votes.get(ORG, Label.SPAM, CAMPAIGN.campaign) == campaign
    assert (campaign.id, campaign.fingerprint, campaign.round) == (CAMPAIGN.campaign, CAMPAIGN.fingerprint, 0)
    assert campaign.voters(since_ms=NOW_MS + 2) == voters[1:]


def test_a_voter_has_one_vote(votes: Votes) -> None:
    """The first stays, however often the voter comes."""
    _cast(votes, "bob@example.org", "1")
    again = _cast(votes, "bob@example.org", "2", 5)
    assert again.votes == (Vote("bob@example.org", "1", NOW_MS),)


def test_labels_and_domains_are_apart(votes: Votes) -> None:
    """Who says ham does not help those who say spam."""
    _cast(votes, "bob@example.org", "1")
    assert _cast(votes, "ann@example.org", "2", label=Label.HAM).voters() == ["ann@example.org"]
    assert votes.get("example.net", Label.SPAM, CAMPAIGN.campaign) is None
    assert votes.find("example.net", Label.SPAM, MARKS) == {}


def test_marks_lead_to_the_campaign(votes: Votes) -> None:
    """The message itself, and each band of the fingerprint."""
    assert votes.find(ORG, Label.SPAM, MARKS) == {}
    _cast(votes, "bob@example.org", "1")
    other = campaign_marks("01M3250V00KQNRG2T3QQVF8SD9", "01fffffffffffff0")
    assert votes.find(ORG, Label.SPAM, MARKS) == dict.fromkeys(MARKS, CAMPAIGN)
    assert votes.find(ORG, Label.SPAM, other) == {other[1]: CAMPAIGN}


def test_a_vote_is_taken_back_by_its_own_lesson_only(votes: Votes) -> None:
    """Repeatable, and of a campaign that is not there: nothing."""
    _cast(votes, "bob@example.org", "1")
    _cast(votes, "ann@example.org", "2", 1)

    def withdraw(voter: str, lesson: str) -> list[str]:
        left = votes.withdraw(ORG, Label.SPAM, CAMPAIGN.campaign, voter=voter, lesson=lesson)
        assert left is not None
        return left.voters()

    assert withdraw("bob@example.org", "other") == ["bob@example.org", "ann@example.org"]
    for _ in range(2):
        assert withdraw("bob@example.org", "1") == ["ann@example.org"]
    assert votes.withdraw(ORG, Label.HAM, CAMPAIGN.campaign, voter="x", lesson="1") is None
    assert _cast(votes, "bob@example.org", "3", 2).voters() == ["ann@example.org", "bob@example.org"]


def test_a_round_ends_once(votes: Votes) -> None:
    """Two who end the same round end one."""
    first = _cast(votes, "bob@example.org", "1")
    for _ in range(2):
        now = votes.next_round(first)
        assert now is not None
        assert now.round == 1
        assert now.lesson_id != first.lesson_id
    assert votes.next_round(Campaign(ORG, Label.SPAM, "nothing", "")) is None
