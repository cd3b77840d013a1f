"""A digest as something to read: every text ready, nothing decided any more. letter_html.py and letter_text.py show it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from pratique.domain.digest import RELEASES, LinkAction, Plan, Sheet
from pratique.domain.message import Copy, Facts
from pratique.domain.rights import Right
from pratique.domain.scope import Level
from pratique.usecases.digests.gather import Gathered
from pratique.usecases.digests.plain import one_line
from pratique.usecases.digests.reasons import held_because, maybe_wanted
from pratique.usecases.digests.wording import Words
from pratique.usecases.fold_campaigns import Line

MAX_SUBJECT, MAX_SENDER = 120, 80
_BARE = re.compile(r"<([^<>\s]+)>\s*$")


@dataclass(frozen=True, slots=True)
class Button:
    """One action on one line: where its page is ('' for none), and the address that does the same by mail ('' for none)."""

    action: LinkAction
    label: str
    url: str
    address: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line. `name` is the sender's own words for itself, `sender` its address; `mailbox` is whose it is, where a digest is about many."""

    subject: str
    name: str
    sender: str
    mailbox: str
    received: str
    kept: str
    why: str
    but: str
    alike: str
    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Lines under one heading; `likely` ones may be mistakes."""

    heading: str
    likely: bool
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """A whole digest."""

    words: Words
    subject: str
    title: str
    intro: str
    parts: tuple[Part, ...]
    unlisted: str
    closing: tuple[str, ...]
    phrase: str
    stop_url: str


@dataclass(frozen=True, slots=True)
class Links:
    """Where links lead: `url` and `address` make one of a link's text, '' where the installation has none; `host` is shown to people."""

    url: Callable[[str], str]
    address: Callable[[str], str]
    host: str


def links_of(public_url: str, digest_domain: str) -> Links:
    """The links of an installation."""
    return Links(
        url=lambda link: f"{public_url}/d/{link}" if public_url else "",
        address=lambda link: f"act+{link}@{digest_domain}" if digest_domain else "",
        host=urlsplit(public_url).netloc,
    )


def write_letter(
    words: Words,
    gathered: Gathered,
    sheet: Sheet,
    plan: Plan,
    *,
    kind: str,
    links: Links,
    link: Callable[[int, LinkAction], str],
    right: Callable[[Copy], Right],
) -> Letter:
    """The letter of a sheet, whose items are the lines in the same order. `kind` is `news`, `all` or `call`; `link` makes a link's text, `right`
    says what the reader may do with a copy.
    """
    rows = [
        _row(words, line, gathered.facts.get(line.copy.id.message), sheet, plan, number, links, link, right)
        for number, line in enumerate(gathered.lines, 1)
    ]
    judged = list(zip(rows, gathered.lines, strict=True))
    parts = (
        Part(
            words("likely" if likely else "others"),
            likely,
            tuple(row for row, line in judged if line.mistake.is_likely is likely),
        )
        for likely in (True, False)
    )
    total = gathered.count + gathered.unlisted
    mailbox = sheet.scope.name
    return Letter(
        words=words,
        subject=_subject(words, sheet, kind, total),
        title=words("title_call" if kind == "call" else "title"),
        intro=words.many(f"intro_{kind}", total, mailbox=mailbox),
        parts=tuple(part for part in parts if part.rows),
        unlisted=words.many("unlisted", gathered.unlisted) if gathered.unlisted else "",
        closing=_closing(words, sheet, plan, links),
        phrase=words("phrase", phrase=one_line(plan.phrase, 60)) if plan.phrase else "",
        stop_url=links.url(link(0, LinkAction.UNSUBSCRIBE)),
    )


def _subject(words: Words, sheet: Sheet, kind: str, total: int) -> str:
    if kind == "call":
        return words.many("subject_call", total)
    if sheet.scope.level is Level.DOMAIN:
        return words.many("subject_domain", total, domain=sheet.scope.name)
    return words.many("subject", total)


def _closing(words: Words, sheet: Sheet, plan: Plan, links: Links) -> tuple[str, ...]:
    texts = [words("nothing_to_do")]
    if links.host and plan.actions:
        texts.append(words("links_ask", host=links.host))
    if links.address("") and plan.actions:
        texts.append(words("reply_how", label=by_mail(words, words(f"action_{plan.actions[0].value}"))))
    texts.append(words("who_gets_this", mailbox=sheet.scope.name, zone=sheet.zone.replace("_", " ")))
    return tuple(texts)


def _row(
    words: Words,
    line: Line,
    facts: Facts | None,
    sheet: Sheet,
    plan: Plan,
    number: int,
    links: Links,
    link: Callable[[int, LinkAction], str],
    right: Callable[[Copy], Right],
) -> Row:
    copy = line.copy
    evidence = copy.contributions + (facts.contributions if facts else ())
    wanted = maybe_wanted(line.mistake) if line.mistake.is_likely else ""
    name, sender = _who(copy.sender, facts.header_from if facts else "")
    offered = [action for action in line_actions(plan, right(copy)) if sender or action not in _NEED_A_SENDER]
    return Row(
        subject=one_line(copy.subject, MAX_SUBJECT) or words("no_subject"),
        name=name,
        sender=sender or words("no_sender"),
        mailbox=one_line(str(copy.id.owner), MAX_SENDER) if sheet.scope.level is Level.DOMAIN else "",
        received=words.moment(copy.received_ms // 1000, sheet.zone),
        kept=words("kept_until", date=words.date(sheet.items[number - 1].ends, sheet.zone)),
        why=words("why", reason=words(f"reason_{held_because(evidence)}")),
        but=words("but", reason=words(f"wanted_{wanted}")) if wanted else "",
        alike=words.many("alike", line.count - 1) if line.count > 1 else "",
        buttons=tuple(
            Button(
                action,
                words(f"action_{action.value}"),
                links.url(link(number, action)),
                links.address(link(number, action)),
            )
            for action in offered
        ),
    )


def line_actions(plan: Plan, right: Right) -> tuple[LinkAction, ...]:
    """What is offered of the plan's actions: who may only ask for a release is offered that, who may not even that, no release at all."""
    if right is Right.RELEASE:
        return plan.actions
    left = tuple(action for action in plan.actions if action not in RELEASES)
    asks = right is Right.REQUEST and len(left) < len(plan.actions)
    return (LinkAction.REQUEST_RELEASE, *left) if asks else left


_NEED_A_SENDER = frozenset({LinkAction.RELEASE_ALLOW, LinkAction.BLOCK_REMOVE})


def _who(sender: str, header_from: str) -> tuple[str, str]:
    """(name, address) of a sender. The name is the sender's own claim: one that looks like an address is left out, it is there to deceive."""
    address = one_line(_BARE.sub(r"\1", sender) if _BARE.search(sender) else sender, MAX_SENDER)
    if "@" not in address:
        return "", ""
    written = header_from.rpartition("<")[0] if "<" in header_from else ""
    name = one_line(written.strip().strip("\"'"), 50)
    return ("" if "@" in name or name.lower() == address.lower() else name), address


def by_mail(words: Words, label: str) -> str:
    """The name of the way by mail that does what `label` says."""
    return words("by_mail", label=label)


def mailto(address: str, words: Words) -> str:
    """A link that writes the answer (RFC 6068)."""
    subject, body = quote(words("reply_subject"), safe=""), quote(words("reply_draft"), safe="")
    return f"mailto:{quote(address, safe='@+.')}?subject={subject}&body={body}"
