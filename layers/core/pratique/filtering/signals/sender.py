"""Whether the sender's names agree: From, Reply-To, Sender, envelope, recipient."""

from __future__ import annotations

from pratique.domain.address import Address, try_address
from pratique.domain.envelope import Outcome, Receipt
from pratique.domain.verdict import Contribution

from ..contributions import found
from ..organisation import FREE_MAIL, organisation, related
from ..parsed import ParsedMessage
from ..patterns import pattern
from ..wordlist import words

MEANINGS = {
    "sender:numbers": "an address with a number of five or more digits, or letters around digits",
    "sender:random": "an address of letters that nobody can say",
    "sender:long-name": "an address with a very long local part",
    "sender:reply-to-free": "answers go to a free mailbox elsewhere",
    "sender:reply-to-free-both": "a free mailbox writes, answers go to another provider's",
    "sender:reply-to-other": "answers go to another organisation",
    "sender:envelope": "the envelope is of another organisation than From",
    "sender:null": "the null envelope sender, but no report",
    "sender:itself": "From is the recipient's own address",
    "sender:own-domain": "From is an address of the recipient's domain, and nothing vouches for it",
    "sender:free": "a free mailbox writes",
    "sender:deep-host": "From's domain has four labels or more",
    "sender:no-name": "From has no display name",
    "sender:shouts": "a display name in capitals",
    "sender:name-numbers": "a display name with digits in it",
    "sender:copies-name": "the recipient's name in To is only the local part of the address",
    "sender:not-addressed": "no recipient of the envelope stands in To or Cc",
    "sender:role": "a role writes (info, admin, support ...)",
    "sender:no-reply": "the sender wants no answers",
    "sender:odd-ending": "From's domain has an ending that is often abused",
}
_NUMBERS = pattern(r"\d{5,}|^[a-z]+\d{3,}[a-z]+\d*$")
_RANDOM = pattern(r"[bcdfghjklmnpqrstvwxz]{6,}|(?:[bcdfghjklmnpqrstvwxz]{4,}.*){2}")
_ROLE = pattern(
    r"(?:info|admin|administrator|support|service|services|security|billing|account|accounts|sales|office|contact|help|helpdesk|alert"
    r"|alerts|notification|notifications|update|mail|webmaster|postmaster|team|offer|offers|promo|news)\d{0,3}$"
)
_NO_REPLY = pattern(r"(?:no|do-?not|donot)[-_.]?reply")
_LONG = 28
_DEEP = 4
ENDINGS = words(
    "biz info xyz top click icu club online site shop store live fun buzz rest cam quest sbs cfd bond link work gq tk ml cf ga pw ws cc "
    "monster cyou hair beauty life world today space website host press stream bid loan win men date racing review trade science party "
    "download autos boats lat mom skin makeup"
)
"""Endings whose names are cheap and often thrown away (by the experience of many years' spam, not by any list)."""


def evidence(parsed: ParsedMessage, receipt: Receipt) -> list[Contribution]:
    """A list may well write one name in From and another in the envelope, so lists are left out of the comparisons."""
    sender = parsed.from_address
    if sender is None:
        return []
    result = [*_address(sender), *_name(parsed), *_recipient(parsed, receipt, sender)]
    if not parsed.is_list:
        result += _reply_to(parsed.reply_to, sender)
        result += _envelope(parsed, receipt, sender)
    return result


def _address(sender: Address) -> list[Contribution]:
    result = []
    local, domain = sender.local, sender.domain
    if _NUMBERS.search(local):
        result.append(found("sender:numbers", local))
    if _RANDOM.search(local):
        result.append(found("sender:random", local))
    if len(local) > _LONG:
        result.append(found("sender:long-name"))
    if domain in FREE_MAIL:
        result.append(found("sender:free", domain))
    elif _NO_REPLY.match(local):
        result.append(found("sender:no-reply"))
    elif _ROLE.match(local):
        result.append(found("sender:role", local))
    if domain.count(".") >= _DEEP - 1 and organisation(domain).count(".") == 1:
        result.append(found("sender:deep-host", domain))
    if domain.rpartition(".")[2] in ENDINGS:
        result.append(found("sender:odd-ending", domain))
    return result


def _name(parsed: ParsedMessage) -> list[Contribution]:
    name = parsed.from_name
    if not name:
        return [found("sender:no-name")]
    result = []
    if name.isupper() and len(name) > 4:  # noqa: PLR2004 - initials and short firms
        result.append(found("sender:shouts", name))
    if any(c.isdigit() for c in name) and "@" not in name:
        result.append(found("sender:name-numbers", name))
    return result


def _recipient(parsed: ParsedMessage, receipt: Receipt, sender: Address) -> list[Contribution]:
    result = []
    recipients = receipt.envelope.recipients
    if receipt.auth.dmarc is not Outcome.PASS:
        if sender in recipients:
            result.append(found("sender:itself"))
        elif any(sender.domain == other.domain for other in recipients):
            result.append(found("sender:own-domain", sender.domain))
    named = set(parsed.to + parsed.cc)
    if named and not parsed.is_list and receipt.envelope.recipients and named.isdisjoint(recipients):
        result.append(found("sender:not-addressed"))
    value = parsed.header("to")
    if len(parsed.to) == 1 and "<" in value:
        shown = value.partition("<")[0].strip(" \"'")
        if shown.lower() == parsed.to[0].local:
            result.append(found("sender:copies-name", shown))
    return result


def _reply_to(reply_to: Address | None, sender: Address) -> list[Contribution]:
    if reply_to is None or related(reply_to.domain, sender.domain):
        return []
    detail = f"answers go to {reply_to.domain}, not {sender.domain}"
    if reply_to.domain not in FREE_MAIL:
        return [found("sender:reply-to-other", detail)]
    return [
        found("sender:reply-to-free-both" if sender.domain in FREE_MAIL else "sender:reply-to-free", detail)
    ]


def _envelope(parsed: ParsedMessage, receipt: Receipt, sender: Address) -> list[Contribution]:
    """The envelope of the event; where it brings none, the Return-Path that the receiving side wrote."""
    mail_from = receipt.envelope.mail_from
    path = parsed.header("return-path").strip()
    if not mail_from and not receipt.envelope.client_ip and path:
        mail_from = path.strip("<>")
        if not mail_from and "report" not in parsed.header("content-type"):
            return [found("sender:null")]
    origin = try_address(mail_from) if mail_from else None
    if origin is None or related(origin.domain, sender.domain) or receipt.auth.dmarc is Outcome.PASS:
        return []
    return [found("sender:envelope", f"envelope from {origin.domain}, From {sender.domain}")]
