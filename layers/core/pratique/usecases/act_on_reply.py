"""Do what an answer to a digest asks for, and say so to whoever sent it. The mailbox that the digest went to may; nobody else hears a word."""

from __future__ import annotations

from collections.abc import Mapping

from pratique.domain.actor import Channel
from pratique.domain.address import try_address
from pratique.domain.errors import NoRoute, PermanentFailure, TemporaryFailure
from pratique.domain.policy import DAY
from pratique.observability import log_event
from pratique.ports.services import Services
from pratique.usecases.digests.envelope import as_note
from pratique.usecases.digests.letter import links_of
from pratique.usecases.digests.telling import told
from pratique.usecases.digests.wording import words_in
from pratique.usecases.follow_link import BadLink, Result, follow_link, open_link
from pratique.usecases.send_digest import hand_over, stamp_of, way_to

MOST_ANSWERS = 20
"""Answers to one mailbox in an hour: were two programs to talk to one another in spite of all, they would soon fall silent."""


def act_on_reply(services: Services, item: Mapping[str, str]) -> bool:
    """Carry out {"reply": link, "author": the proven author's address, "source": id of the mail}; whether it was acted on.

    Raises TemporaryFailure: the item comes back.
    """
    text, author = item.get("reply", ""), try_address(item.get("author", ""))
    try:
        opened = open_link(services, text)
    except BadLink:
        log_event("digest_reply_refused", reason="link")
        return False
    if author is None or author != opened.sheet.who:
        log_event("digest_reply_refused", reason="author", sheet=opened.sheet.id)
        return False
    source = item.get("source", "")
    result = follow_link(services, text, by=f"reply:{source}", channel=Channel.REPLY)
    _answer(services, result, source)
    return result.code == "done"


def _answer(services: Services, result: Result, source: str) -> None:
    """A short mail, once for each mail that came. That it could not be sent changes nothing of what was done."""
    sheet, now = result.opened.sheet, services.clock.now_ms() // 1000
    counted = services.digests.count(
        f"answered#{source}#{result.opened.link.mark}", window=0, ends=now + 4 * DAY
    )
    many = services.digests.count(f"answers#{sheet.who}", window=now // 3_600, ends=now + 7_200)
    if counted > 1 or many > MOST_ANSWERS:
        return
    words = words_in(sheet.language)
    text = told(words, result) + "\n"
    address = links_of("", services.options.digest_domain).address(result.undo) if result.undo else ""
    if address:
        text += f"\n{words('action_undo')}: {address}\n"
    try:
        route = way_to(services, sheet.who)
        note = as_note(
            words("reply_subject"), text, stamp_of(services, route, sheet), language=words.language
        )
        hand_over(services, route, sheet.who, note, sheet.id)
    except (TemporaryFailure, PermanentFailure, NoRoute) as failure:
        log_event("digest_answer_failed", code=failure.code, sheet=sheet.id)
