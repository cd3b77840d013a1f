"""What a person is told of an action by a digest's link or address, in the digest's language: the same on a page and in a mail."""

from __future__ import annotations

from pratique.domain.digest import LinkAction
from pratique.usecases.digests.plain import one_line
from pratique.usecases.digests.wording import Words
from pratique.usecases.follow_link import Opened, Result

ABOUT_DIGEST = frozenset({LinkAction.UNSUBSCRIBE, LinkAction.SUBSCRIBE})


def told(words: Words, result: Result) -> str:
    """One or two sentences."""
    opened, sheet = result.opened, result.opened.sheet
    key = text_key(opened.link.action)
    if result.code == "done" and opened.link.action in ABOUT_DIGEST:
        return words(f"done_{key}", mailbox=sheet.scope.name)
    if result.code == "done":
        return words.many(f"done_{key}", result.count, mailbox=recipients(opened))
    if result.code == "already":
        return words("already", moment=words.moment(result.at_ms // 1000, sheet.zone))
    if result.code == "is_gone":
        return gone(words, opened)
    return words(result.code)


def gone(words: Words, opened: Opened) -> str:
    """That the message is no longer there."""
    return words("is_gone", date=words.date(opened.ends, opened.sheet.zone))


def recipients(opened: Opened) -> str:
    """Whom a release goes to."""
    return ", ".join(dict.fromkeys(one_line(str(each.recipient), 80) for each in opened.ids[:3]))


def text_key(action: LinkAction) -> str:
    """The part of an action's texts that names it."""
    return "undo" if action.value.startswith("undo") else action.value
