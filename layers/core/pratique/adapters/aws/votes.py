"""Votes on the table: a row per campaign with its votes, and rows that lead from a message or a band of its fingerprint to it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from pynamodb.expressions.condition import size
from pynamodb.expressions.operand import Path

from pratique.domain.campaign import Campaign, Vote
from pratique.domain.lesson import Label
from pratique.ports.votes import Pointer

from .table import ABSENT, PRESENT, TTL_ATTRIBUTE, Key, Row, Table, number, text, whole, words

MOST_VOTES = 200
"""Votes that one campaign's row holds; a quorum is far below."""
_votes = Path("votes")
_round = Path("round")


class DynamoVotes:
    """See Votes. The campaign's own row is where votes are counted: one conditional write after the other, and each sees those before."""

    def __init__(self, table: Callable[[], Table]) -> None:
        self._open = table

    def find(self, domain: str, label: Label, marks: Sequence[str]) -> dict[str, Pointer]:
        """See Votes."""
        keys = {_mark_key(domain, label, mark): mark for mark in marks}
        rows = self._open().get_many(keys, consistent=True)
        return {
            keys[key]: Pointer(words(row, "campaign"), words(row, "fingerprint")) for key, row in rows.items()
        }

    def cast(
        self, domain: str, label: Label, pointer: Pointer, vote: Vote, *, marks: Sequence[str], until: int
    ) -> Campaign:
        """See Votes. The vote is written before the marks: a campaign that nobody finds again has lost nothing but its place."""
        key = _campaign_key(domain, label, pointer.campaign)
        new: Row = {
            "pk": text(key[0]),
            "sk": text(key[1]),
            "fingerprint": text(pointer.fingerprint),
            "round": number(0),
            "votes": {"M": {}},
            TTL_ATTRIBUTE: number(until),
        }
        self._open().put(new, condition=ABSENT)
        own = _votes[_voter_key(vote.voter)]
        said = {"M": {"v": text(vote.voter), "l": text(vote.lesson), "t": number(vote.at_ms)}}
        free = own.does_not_exist() & (size(_votes) < number(MOST_VOTES))  # type: ignore[no-untyped-call]  # of pynamodb
        row = self._open().update(key, [own.set(said), Path(TTL_ATTRIBUTE).set(number(until))], free)
        if row is None:
            row = self._open().get(key) or new
        leads: list[Row] = [
            {
                "pk": text(mark_key[0]),
                "sk": text(mark_key[1]),
                "campaign": text(pointer.campaign),
                "fingerprint": text(pointer.fingerprint),
                TTL_ATTRIBUTE: number(until),
            }
            for mark_key in (_mark_key(domain, label, mark) for mark in marks)
        ]
        self._open().write_many(put=leads)
        return _campaign(domain, label, row)

    def withdraw(
        self, domain: str, label: Label, campaign: str, *, voter: str, lesson: str
    ) -> Campaign | None:
        """See Votes."""
        key = _campaign_key(domain, label, campaign)
        own = _votes[_voter_key(voter)]
        row = self._open().update(key, [own.remove()], own["l"] == text(lesson))
        if row is None:
            row = self._open().get(key)
        return None if row is None else _campaign(domain, label, row)

    def get(self, domain: str, label: Label, campaign: str) -> Campaign | None:
        """See Votes."""
        row = self._open().get(_campaign_key(domain, label, campaign))
        return None if row is None else _campaign(domain, label, row)

    def next_round(self, campaign: Campaign) -> Campaign | None:
        """See Votes."""
        key = _campaign_key(campaign.domain, campaign.label, campaign.id)
        ended = PRESENT & (_round == number(campaign.round))
        row = self._open().update(key, [_round.set(number(campaign.round + 1))], ended)
        if row is None:
            row = self._open().get(key)
        return None if row is None else _campaign(campaign.domain, campaign.label, row)


def _campaign_key(domain: str, label: Label, campaign: str) -> Key:
    return f"V#{domain}", f"C#{label.value}#{campaign}"


def _mark_key(domain: str, label: Label, mark: str) -> Key:
    return f"V#{domain}", f"{mark}#{label.value}"


def _voter_key(voter: str) -> str:
    """A name for a voter that may be part of a document path, whatever the address holds."""
    return "v" + hashlib.sha256(voter.encode()).hexdigest()[:24]


def _campaign(domain: str, label: Label, row: Row) -> Campaign:
    votes = [
        Vote(words(said["M"], "v"), words(said["M"], "l"), whole(said["M"], "t"))
        for said in row["votes"]["M"].values()
    ]
    return Campaign(
        domain,
        label,
        words(row, "sk").split("#", 2)[2],
        words(row, "fingerprint"),
        whole(row, "round"),
        tuple(sorted(votes, key=lambda vote: (vote.at_ms, vote.voter))),
    )
