"""What else is like a message that somebody said something about: held mail that may be let go with it, delivered mail that it warns of.

There is no index for likeness: the newest copies of the actor's own scope are looked through, a bounded number at each call, by what their rows
carry; the likeliest of the others are judged anew by the models of today (docs/decisions/0006-siblings.md).
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pratique.domain.actor import Actor
from pratique.domain.address import try_address
from pratique.domain.errors import NotFound, PratiqueError
from pratique.domain.ids import CopyId
from pratique.domain.lesson import Label
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy
from pratique.domain.policy import DAY
from pratique.domain.triage import DANGEROUS, PROVEN, marks_of
from pratique.filtering.fingerprint import NEAR, distance
from pratique.filtering.organisation import FREE_MAIL, organisation
from pratique.observability import log_event
from pratique.ports.services import Services
from pratique.usecases.fold_campaigns import mistake_of
from pratique.usecases.replay import Change, Replay, Replayed

WINDOW = 1_000
"""Copies that one call looks through: about 90 read units."""
JUDGED = 200
"""Of them, copies that are judged anew: two batched reads of facts."""
GLANCE = 200
"""Copies looked through for the offer in the answer to a lesson."""
LATER_MS = 3 * DAY * 1000
"""A campaign's delivered mail is looked for from so long after the message on, backwards."""


class Aim(enum.StrEnum):
    """What is looked for."""

    RELEASE = "release"
    """Held copies that may be let go as well."""
    RECALL = "recall"
    """Copies that were delivered, or are on their way, and whose people may have to be warned."""


class Likeness(enum.StrEnum):
    """Why a copy is a sibling, the strongest reason first."""

    TEXT = "text"
    """Nearly the same text and make."""
    SENDER = "sender"
    """The same address in From, or one of the same organisation (not of a large provider)."""
    RESCORED = "rescored"
    """Neither, but the models of today decide otherwise."""


_STATES = {Aim.RELEASE: (State.HELD,), Aim.RECALL: (State.QUEUED, State.DELIVERED)}


@dataclass(frozen=True, slots=True)
class Sibling:
    """A copy like the one asked about. `score_now` is what the models of today say (None where that was not asked), `held_now` whether the
    copy would be held today; `offered` that it may be acted on with the others without a closer look.
    """

    copy: Copy
    likeness: Likeness
    distance: int
    offered: bool
    score_now: float | None = None
    held_now: bool | None = None


@dataclass(frozen=True, slots=True)
class Siblings:
    """Those of one call, the likest first, and the cursor of the copies that were not looked at yet (None: that was all)."""

    aim: Aim
    found: tuple[Sibling, ...]
    looked_at: int
    cursor: str | None


def find_siblings(
    services: Services,
    actor: Actor,
    copy_id: CopyId,
    *,
    aim: Aim | None = None,
    cursor: str | None = None,
    window: int = WINDOW,
) -> Siblings:
    """Siblings in the actor's scope. `aim` None: mail to recall for a copy that was reported as spam or taken out, mail to release else.
    Raises NotFound, InvalidInput.
    """
    actor.must_see(copy_id.owner)
    now = services.clock.now_ms() // 1000
    copy = services.index.get_copy(copy_id, now=now)
    if copy is None:
        raise NotFound("no such message")
    aim = aim or _aim_of(copy)
    page = services.index.list_copies(
        actor.scope,
        states=_STATES[aim],
        limit=window,
        now=now,
        cursor=cursor,
        before_ms=copy.received_ms + LATER_MS if aim is Aim.RECALL and cursor is None else 0,
        direction=copy_id.direction,
    )
    others = [each for each in page.copies if each.id != copy.id]
    alike = list(_alike(copy, others, aim))
    judged = _judged(services, actor, alike, others, aim)
    found = [_with_score(each, judged.get(each.copy.id), aim) for each in alike]
    found += _rescored(copy, others, {each.copy.id for each in alike}, judged, aim)
    return Siblings(aim, tuple(sorted(found, key=_order)), len(page.copies), page.cursor)


def count_offer(services: Services, actor: Actor, copy: Copy, label: Label) -> int:
    """How many of the newest copies would be offered, by their rows alone: for the answer to a lesson, which the filter has not learnt yet.
    Never raises a failure of ours.
    """
    aim = Aim.RELEASE if label is Label.HAM else Aim.RECALL
    try:
        page = services.index.list_copies(
            actor.scope,
            states=_STATES[aim],
            limit=GLANCE,
            now=services.clock.now_ms() // 1000,
            before_ms=copy.received_ms + LATER_MS if aim is Aim.RECALL else 0,
            direction=copy.id.direction,
        )
    except PratiqueError as error:
        log_event("siblings_not_counted", id=copy.id.message, code=error.code)
        return 0
    others = [each for each in page.copies if each.id != copy.id]
    return sum(each.offered for each in _alike(copy, others, aim))


def _aim_of(copy: Copy) -> Aim:
    said_spam = copy.lesson == Label.SPAM or (copy.state is State.REMOVED and copy.lesson != Label.HAM)
    return Aim.RECALL if said_spam else Aim.RELEASE


def _alike(copy: Copy, others: Sequence[Copy], aim: Aim) -> Iterator[Sibling]:
    """By text and by sender. Only what is proven as well as the message itself, and of its sender, is offered for release: the text of a good
    letter is what a forger copies. To be warned of a spam campaign it is the text that counts, for its senders change.
    """
    proven = _is_proven(copy)
    for each in others:
        if _decided_otherwise(each, aim):
            continue
        bits = distance(copy.fingerprint, each.fingerprint)
        same = _one_sender(copy.sender, each.sender)
        trusted = same and (_is_proven(each) or not proven)
        if bits <= NEAR:
            yield Sibling(each, Likeness.TEXT, bits, trusted if aim is Aim.RELEASE else True)
        elif same and (trusted if aim is Aim.RELEASE else proven):
            yield Sibling(each, Likeness.SENDER, bits, aim is Aim.RELEASE and proven)


def _judged(
    services: Services, actor: Actor, alike: Sequence[Sibling], others: Sequence[Copy], aim: Aim
) -> dict[CopyId, Replayed]:
    """By the models of today: the siblings, then those of the others that are the nearest to the threshold."""
    known = {each.copy.id for each in alike}
    rest = [each for each in others if each.id not in known and not _decided_otherwise(each, aim)]
    nearest = sorted(rest, key=lambda each: -mistake_of(each).chance if aim is Aim.RELEASE else -each.score)
    chosen = [*(each.copy for each in alike), *nearest][:JUDGED]
    replay = Replay(services, actor.scope, Change(rejudge=True))
    return {each.copy.id: each for each in replay.page(chosen)} if chosen else {}


def _with_score(sibling: Sibling, judged: Replayed | None, aim: Aim) -> Sibling:
    if judged is None:
        return sibling
    freed = aim is Aim.RELEASE and not judged.held_changed and sibling.likeness is Likeness.SENDER
    return Sibling(
        sibling.copy,
        sibling.likeness,
        sibling.distance,
        sibling.offered or freed,
        judged.score,
        judged.held_changed,
    )


def _rescored(
    copy: Copy, others: Sequence[Copy], known: set[CopyId], judged: dict[CopyId, Replayed], aim: Aim
) -> Iterator[Sibling]:
    """Copies that nothing but the new models speaks for: those that would be decided otherwise today than they were."""
    for each in others:
        replayed = judged.get(each.id)
        if each.id in known or replayed is None or replayed.held_changed is (aim is Aim.RELEASE):
            continue
        bits = distance(copy.fingerprint, each.fingerprint)
        yield Sibling(each, Likeness.RESCORED, bits, True, replayed.score, replayed.held_changed)


def _decided_otherwise(copy: Copy, aim: Aim) -> bool:
    """A person said the contrary of this very copy, or it is dangerous: neither is offered."""
    against = Label.SPAM if aim is Aim.RELEASE else Label.HAM
    return copy.lesson == against or DANGEROUS in marks_of(copy.triage)


def _is_proven(copy: Copy) -> bool:
    return PROVEN in marks_of(copy.triage)


def _one_sender(one: str, other: str) -> bool:
    first, second = try_address(one), try_address(other)
    if first is None or second is None:
        return False
    house = organisation(first.domain)
    return first == second or (house == organisation(second.domain) and house not in FREE_MAIL)


def _order(sibling: Sibling) -> tuple[bool, int, int, int]:
    rank = list(Likeness).index(sibling.likeness)
    return (not sibling.offered, rank, sibling.distance if rank == 0 else 0, -sibling.copy.received_ms)
