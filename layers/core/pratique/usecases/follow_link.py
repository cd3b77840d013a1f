"""The links of a digest: what a page shows of one, and what happens when the page is confirmed (invariant 6). Looking changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pratique.domain.actor import Actor, Channel
from pratique.domain.digest import KEPT_AFTER, UNDOES, LinkAction, Sheet
from pratique.domain.digest_link import Link, is_genuine, make_link, mark_of, read_link
from pratique.domain.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    LimitReached,
    NoRoute,
    NotFound,
    PratiqueError,
)
from pratique.domain.ids import CopyId
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy
from pratique.observability import log_event
from pratique.ports.digests import Used
from pratique.ports.services import Services
from pratique.usecases.link_actions import act

WINDOW = 600
"""Seconds."""
LOST_MS = 120_000
"""After this long without an outcome, a link that was used is taken for lost half way: acting again is harmless."""
MOST_ACTIONS = 60
"""Links of one digest's scope that may be followed in a window."""
BURST = 5
"""Links of one digest that are opened within a minute by no person: a scanner's work (a person confirms between two)."""
_LET_GO = frozenset({State.RELEASING, State.RELEASED, State.QUEUED, State.DELIVERED})


class BadLink(NotFound):
    """No link of ours, or one so old that its digest is forgotten: the two look the same."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A genuine link, its digest's record, the copies of its line that are still there, and whether it was used."""

    link: Link
    sheet: Sheet
    copies: tuple[Copy, ...]
    used: Used | None

    @property
    def ids(self) -> tuple[CopyId, ...]:
        """The copies that the line stands for; none for a link about the digest itself."""
        return self.sheet.items[self.link.line - 1].copies if self.link.line else ()

    @property
    def ends(self) -> int:
        """When the line expires (Unix seconds)."""
        return self.sheet.items[self.link.line - 1].ends if self.link.line else self.sheet.ends


@dataclass(frozen=True, slots=True)
class Result:
    """What came of following a link. `code` names the text that says so: `done`, `already` (`at_ms` is when), `was_released`, `was_removed`,
    `is_gone`, or `failed_...`. `undo` is the link that takes it back, '' where nothing does.
    """

    code: str
    opened: Opened
    count: int = 0
    at_ms: int = 0
    undo: str = ""


def open_link(services: Services, text: str) -> Opened:
    """What a link is about; reads only. Raises BadLink."""
    link = read_link(text)
    sheet = services.digests.get_sheet(link.sheet) if link else None
    if link is None or sheet is None or not is_genuine(services.secrets.signing_keys(), sheet, link):
        raise BadLink("this link is not valid")
    now = services.clock.now_ms() // 1000
    ids = sheet.items[link.line - 1].copies if link.line else ()
    found = services.index.get_copies(ids, now=now) if ids else {}
    used = services.digests.used(sheet.id, link.mark)
    return Opened(link, sheet, tuple(found[each] for each in ids if each in found), used)


def note_opening(services: Services, opened: Opened, method: str) -> bool:
    """Write down that a page was opened; True where so many were at once that a program must be opening them all."""
    now = services.clock.now_ms() // 1000
    log_event("digest_link_opened", sheet=opened.sheet.id, action=opened.link.action.value, method=method)
    many = services.digests.count(f"open#{opened.sheet.id}", window=now // 60, ends=now + 3_600)
    if many == BURST:
        log_event("digest_links_scanned", sheet=opened.sheet.id, domain=opened.sheet.scope.domain)
        from pratique.usecases.record_change import record_change  # noqa: PLC0415 - a scanner comes seldom

        actor = actor_of(opened.sheet, Channel.DIGEST)
        record_change(services, actor, opened.sheet.scope, "digest.scanned", opened.sheet.id)
    return many >= BURST


def actor_of(sheet: Sheet, channel: Channel) -> Actor:
    """Who acts by a digest: the mailbox that it went to, with the scope that it is about."""
    return Actor(str(sheet.who), sheet.scope, channel)


def follow_link(services: Services, text: str, *, by: str, channel: Channel = Channel.DIGEST) -> Result:
    """Do what a link says, once. `by` names the request: the same again goes on where it stopped. Raises BadLink, TemporaryFailure."""
    opened = open_link(services, text)
    now_ms = services.clock.now_ms()
    window = now_ms // 1000 // WINDOW
    counted = services.digests.count(
        f"act#{opened.sheet.scope.key}", window=window, ends=now_ms // 1000 + 2 * WINDOW
    )
    if counted > MOST_ACTIONS:
        return Result("failed_limit", opened)
    actor = actor_of(opened.sheet, channel)
    return _once(services, opened, by, now_ms, lambda: act(services, actor, opened.link.action, opened.ids))


def _once(services: Services, opened: Opened, by: str, now_ms: int, do: Callable[[], int]) -> Result:
    """Use the link up, then act; what comes to nothing frees it again."""
    sheet, mark = opened.sheet, opened.link.mark
    first = services.digests.use(sheet.id, mark, Used(by, now_ms), ends=sheet.ends + KEPT_AFTER)
    if first.by != by and not first.outcome and first.at_ms + LOST_MS < now_ms:
        services.digests.free(sheet.id, mark, by=first.by)  # whoever used it died over it
        first = services.digests.use(sheet.id, mark, Used(by, now_ms), ends=sheet.ends + KEPT_AFTER)
    if first.by != by:
        return Result("already", opened, at_ms=first.at_ms, undo=_undo(services, opened))
    try:
        count = do()
    except PratiqueError as error:
        code = _code(error)
        if code.startswith("failed"):
            services.digests.free(sheet.id, mark, by=by)
        else:
            services.digests.note_outcome(sheet.id, mark, Used(by, now_ms, code))
        if code == "failed_other":
            raise
        return Result(code, opened)
    except BaseException:
        services.digests.free(sheet.id, mark, by=by)
        raise
    services.digests.note_outcome(sheet.id, mark, Used(by, now_ms, "done"))
    _free_the_opposite(services, opened)
    log_event("digest_link_followed", sheet=sheet.id, action=opened.link.action.value, copies=count)
    return Result("done", opened, count=count, at_ms=now_ms, undo=_undo(services, opened))


def _code(error: PratiqueError) -> str:
    """The text for a refusal."""
    current = error.args[1] if len(error.args) > 1 else None
    if isinstance(error, Conflict) and isinstance(current, Copy):
        return "was_released" if current.state in _LET_GO else "was_removed"
    kinds: dict[type[PratiqueError], str] = {
        NotFound: "is_gone",
        Forbidden: "failed_forbidden",
        NoRoute: "failed_no_route",
        LimitReached: "failed_limit",
        InvalidInput: "failed_no_sender",
    }
    return next((code for kind, code in kinds.items() if isinstance(error, kind)), "failed_other")


def _undo(services: Services, opened: Opened) -> str:
    """The link that takes the action back, with a mark of its own."""
    back = UNDOES.get(opened.link.action)
    if back is None:
        return ""
    return str(make_link(services.secrets.signing_key(), opened.sheet, opened.link.line, back))


def _free_the_opposite(services: Services, opened: Opened) -> None:
    """What was taken back can be done again, and what was done again can be taken back again."""
    line, action = opened.link.line, opened.link.action
    freed = [done for done, back in UNDOES.items() if back is action]
    if action in UNDOES:
        freed.append(UNDOES[action])
    if action is LinkAction.SUBSCRIBE:
        freed.append(LinkAction.UNSUBSCRIBE)
    for each in freed:
        services.digests.free(opened.sheet.id, mark_of(line, each))
