"""Remember who writes to whom: after a delivery, from what people do with a message, and from the mail that our own people send.

What is remembered only ever helps to judge: a write that fails is said in the log and costs nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence

from pratique.domain.actor import Actor
from pratique.domain.address import Address, try_address
from pratique.domain.correspondent import ESTABLISHED_DAYS, Sent
from pratique.domain.errors import InvalidInput, PratiqueError
from pratique.domain.message import Copy, Facts
from pratique.domain.scope import domain_scope
from pratique.domain.verdict import Verdict
from pratique.filtering.acquaintance import look_key, name_key, reference_key
from pratique.filtering.organisation import organisation
from pratique.observability import log_event
from pratique.ports.services import Services

MOST_RECIPIENTS = 100
"""Of one message that was sent."""
MAX_NAME = 200
HAM_BELOW = 0.3
"""Score: clearly more likely wanted than not, also where a policy calls it unsure."""
_REFRESH_DAYS = 30
"""Days with mail after which what the domain knows of a sender is written again, so that it does not end while the mail goes on."""


def note_delivery(services: Services, copy: Copy, facts: Facts) -> None:
    """A copy was delivered as ham: if its author is proven, this was a day with mail from there. Never raises a failure of ours.

    One conditional write; two more on the day on which a sender becomes established, and once in a while later.
    """
    author = try_address(facts.author) if facts.author else None
    recipient = copy.id.owner
    if author is None or author == recipient or copy.verdict is Verdict.SPAM or copy.score >= HAM_BELOW:
        return
    now_ms = services.clock.now_ms()
    book = services.correspondents
    try:
        known = book.note_day(recipient, author, at_ms=now_ms)
        if known is None or not (known.days == ESTABLISHED_DAYS or known.days % _REFRESH_DAYS == 0):
            return
        name, look = name_key(facts.author_name), look_key(author)
        if name:
            book.note_name(recipient.domain, name, author, at_ms=now_ms)
        if look:
            book.note_look(recipient.domain, look, organisation(author.domain), at_ms=now_ms)
    except PratiqueError as error:
        log_event("correspondent_not_noted", id=copy.id.message, code=error.code)


def vouch_for(services: Services, copy: Copy) -> None:
    """Somebody released or allowed a message, or said that it is no spam: its recipient knows the sender. (Only proven mail gains by it, so
    it does not matter whether this one was.) Never raises a failure of ours.
    """
    sender = try_address(copy.sender)
    if sender is None or sender == copy.id.owner or copy.id.is_outgoing:
        return
    try:
        services.correspondents.vouch(copy.id.owner, sender, at_ms=services.clock.now_ms())
    except PratiqueError as error:
        log_event("correspondent_not_noted", id=copy.id.message, code=error.code)


def forget_sender(services: Services, copy: Copy) -> None:
    """Somebody said that a message is spam, or blocked its sender: the recipient knows the sender no more. Never raises a failure of ours."""
    sender = try_address(copy.sender)
    if sender is None or copy.id.is_outgoing:
        return
    try:
        if services.correspondents.forget(copy.id.owner, sender):
            facts = services.index.get_facts(copy.id.message)
            name = name_key(facts.author_name) if facts else ""
            if name:
                services.correspondents.forget_name(copy.id.owner.domain, name, sender)
    except PratiqueError as error:
        log_event("correspondent_not_noted", id=copy.id.message, code=error.code)


def note_sent(
    services: Services,
    actor: Actor,
    *,
    message_id: str,
    sender: Address,
    recipients: Sequence[Address],
    name: str = "",
) -> int:
    """One of a domain's own people sent a message: answers to it are expected, and whom it went to is known. For the domain's mail server;
    the same message twice is the same as once. Returns how many recipients outside the domain there were.

    Raises NotFound, Forbidden (not an administrator of the sender's domain), InvalidInput.
    """
    actor.must_administer(domain_scope(sender.domain))
    reference = reference_key(message_id)
    if not reference:
        raise InvalidInput("a message that was sent is named by its Message-ID")
    if not 0 < len(recipients) <= MOST_RECIPIENTS:
        raise InvalidInput(f"a message has from 1 to {MOST_RECIPIENTS} recipients")
    now_ms, domain = services.clock.now_ms(), sender.domain
    outside = [each for each in dict.fromkeys(recipients) if each.domain != domain]
    sent = Sent(sender, tuple(dict.fromkeys(recipients)), now_ms)
    _remember(services, reference, sent, outside, name)
    log_event("sent_noted", domain=domain, recipients=len(outside))
    return len(outside)


def note_outgoing(services: Services, copy: Copy, facts: Facts) -> None:
    """The next hop took a copy that one of our own people sent: an answer (or a bounce) may come, and whom it went to is known. Never raises
    a failure of ours. Two writes, one more for a recipient whose domain can be imitated, and for a sender with a name of its own.
    """
    owner, reference = copy.id.owner, reference_key(facts.header_message_id)
    if not reference:
        return
    sent = Sent(owner, facts.recipients[:MOST_RECIPIENTS], services.clock.now_ms())
    outside = [copy.id.recipient] if copy.id.recipient.domain != owner.domain else []
    try:
        _remember(services, reference, sent, outside, facts.author_name if facts.author else "")
    except PratiqueError as error:
        log_event("sent_not_noted", id=copy.id.message, code=error.code)


def _remember(services: Services, reference: str, sent: Sent, outside: Sequence[Address], name: str) -> None:
    sender, now_ms = sent.sender, sent.at_ms
    book, domain = services.correspondents, sender.domain
    book.note_sent(domain, reference, sent)
    for each in outside:
        book.vouch(sender, each, at_ms=now_ms)
    for look, genuine in {look_key(each): organisation(each.domain) for each in outside}.items():
        if look:
            book.note_look(domain, look, genuine, at_ms=now_ms)
    own = name_key(name[:MAX_NAME])
    if own:
        book.note_name(domain, own, sender, at_ms=now_ms)
