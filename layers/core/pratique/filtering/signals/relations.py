"""What the recipient's own mail tells of the sender: known correspondents, answers to mail of ours, borrowed names, look-alike domains.

Everything that lowers the score needs a proven author, and is bounded: a patient spammer with a domain of his own and a month of
well-behaved mail buys two points of log-odds at one recipient, less than one lesson takes away again.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pratique.domain.address import Address
from pratique.domain.correspondent import (
    ESTABLISHED_DAYS,
    KEEP_DAYS,
    Correspondent,
    Question,
    Relations,
    Sent,
)
from pratique.domain.policy import DAY
from pratique.domain.verdict import Contribution

from ..contributions import contribution
from ..organisation import FREE_MAIL, organisation, related

KNOWN = -2.0
"""For a sender whose mail came on a month of days and more, over three weeks and more."""
VOUCHED, VOUCHED_MOST = -1.0, -3.0
FULL_DAYS, FULL_AGE_DAYS = 31, 21
UNPROVEN = 0.6
"""A sender whose mail proves itself otherwise, and does not now."""
ANSWER, ANSWER_OTHER, ANSWER_COLLEAGUE = -3.0, -1.0, -0.8
UNPROVEN_SHARE = 0.4
"""Of an answer's weight: Message-IDs can be read on public lists, authors can be forged."""
MOST = -4.5
"""Of all that speaks for a sender here together."""
LOOK_ALIKE = 2.5
OWN_NAME, NAME = 1.8, 1.0
MOST_NAMESAKES = 2
"""With more bearers a name is common, and tells nothing."""
ANSWERABLE_DAYS = 180
_DAY_MS = DAY * 1000


class Claim(NamedTuple):
    """The sender of this message. `proven`: authentication vouches for the author. `checked`: somebody looked, so that not to be proven
    says something.
    """

    question: Question
    proven: bool
    checked: bool
    now_ms: int


def evidence(relations: Relations, recipient: Address, claim: Claim) -> list[Contribution]:
    """The evidence for one recipient."""
    author = claim.question.author
    if author is None:
        return []
    known = relations.known.get(recipient)
    if known is not None and claim.now_ms - known.last_ms > KEEP_DAYS * _DAY_MS:
        known = None
    good = _known(known, claim) + _answer(relations.answered.get(recipient.domain, ()), recipient, claim)
    found = _bounded(good)
    if known is not None and claim.proven:
        return found
    found += _alike(relations.alike.get(recipient.domain, ()), author, known)
    return found + _namesake(relations.namesakes.get(recipient.domain, ()), author, recipient)


def strength(known: Correspondent, now_ms: int) -> float:
    """How well a sender is known, 0..1: by its days with mail and by how long ago the first was; neither makes up for the other."""
    age_days = max(0.0, (now_ms - known.first_ms) / _DAY_MS)
    often = math.log2(1 + known.days) / math.log2(1 + FULL_DAYS)
    return min(1.0, often) * min(1.0, age_days / FULL_AGE_DAYS)


def _known(known: Correspondent | None, claim: Claim) -> list[Contribution]:
    if known is None:
        return []
    if not claim.proven:
        if claim.checked and known.days >= ESTABLISHED_DAYS:
            return [
                contribution("relation:unproven", UNPROVEN, "known sender, but nothing proves it this time")
            ]
        return []
    weight = KNOWN * strength(known, claim.now_ms)
    if known.vouched:
        weight = max(VOUCHED + weight, VOUCHED_MOST)
    if weight > -0.05:  # noqa: PLR2004 - says nothing yet
        return []
    since = f"mail on {known.days} days" if known.days else "no mail yet"
    return [contribution("relation:known", weight, f"{since}{', vouched for' if known.vouched else ''}")]


def _answer(answered: tuple[Sent, ...], recipient: Address, claim: Claim) -> list[Contribution]:
    """The best of the messages of ours that this one answers."""
    best, why = 0.0, ""
    for sent in answered:
        if claim.now_ms - sent.at_ms > ANSWERABLE_DAYS * _DAY_MS:
            continue
        author = claim.question.author
        if sent.sender != recipient:
            weight, reason = ANSWER_COLLEAGUE, "answers mail of a colleague"
        elif author in sent.recipients:
            weight, reason = ANSWER, "answers the recipient's own mail"
        else:
            weight, reason = ANSWER_OTHER, "answers the recipient's mail to somebody else"
        if weight < best:
            best, why = weight, reason
    if not why:
        return []
    return [contribution("relation:answer", best if claim.proven else best * UNPROVEN_SHARE, why)]


def _bounded(found: list[Contribution]) -> list[Contribution]:
    total = sum(each.weight for each in found)
    if total >= MOST:
        return found
    return [contribution(each.signal, each.weight * MOST / total, each.detail) for each in found]


def _alike(alike: tuple[str, ...], author: Address, known: Correspondent | None) -> list[Contribution]:
    """Another domain with the same looks is known, and this one is not. Being proven does not help: it is its own domain that proves it."""
    own = organisation(author.domain)
    if not alike or own in alike or (known is not None and known.vouched):
        return []
    return [
        contribution("relation:look-alike", LOOK_ALIKE, f"{own} looks like {alike[0]}, which writes here")
    ]


def _namesake(bearers: tuple[Address, ...], author: Address, recipient: Address) -> list[Contribution]:
    if not 0 < len(bearers) <= MOST_NAMESAKES or any(_may_be_one(each, author) for each in bearers):
        return []
    own = any(each.domain == recipient.domain for each in bearers)
    who = "somebody of the recipient's own domain" if own else f"a correspondent at {bearers[0].domain}"
    return [contribution("relation:name", OWN_NAME if own else NAME, f"bears the name of {who}")]


def _may_be_one(bearer: Address, author: Address) -> bool:
    """Whether two addresses of one name may well be one person's: in one organisation, but not just at one large provider."""
    return bearer == author or (related(bearer.domain, author.domain) and author.domain not in FREE_MAIL)
