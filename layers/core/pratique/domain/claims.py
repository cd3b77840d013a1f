"""What another issuer says of a person, and what that gives here: rules of the operator, the first that fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .address import try_address
from .errors import InvalidInput
from .scope import Scope, parse_scope, recipient_scope

MAX_RULES = 50


@dataclass(frozen=True, slots=True)
class ClaimRule:
    """Who has `value` in `claim` (a text, or one of a list) looks after `scope`; None: the own mailbox."""

    claim: str
    value: str
    scope: Scope | None
    may_write: bool = True


def read_claim_rules(text: str) -> tuple[ClaimRule, ...]:
    """`groups=mail-admins:global,groups=helpdesk:example.org:read,hd=example.org:mailbox`. Raises InvalidInput."""
    rules = []
    for part in filter(None, (each.strip() for each in text.split(","))):
        claim, equals, rest = part.partition("=")
        value, *words = rest.split(":")
        if (
            not claim
            or not equals
            or not value
            or len(words) not in (1, 2)
            or words[1:] not in ([], ["read"])
        ):
            raise InvalidInput(f"a rule is claim=value:scope or claim=value:scope:read, not {part!r}")
        scope = None if words[0] == "mailbox" else parse_scope(words[0])
        rules.append(ClaimRule(claim, value, scope, len(words) == 1))
    if len(rules) > MAX_RULES:
        raise InvalidInput(f"there are at most {MAX_RULES} rules")
    return tuple(rules)


def rule_for(rules: tuple[ClaimRule, ...], claims: Mapping[str, Any]) -> ClaimRule | None:
    """The first rule that fits these claims."""
    return next((rule for rule in rules if _fits(rule, claims)), None)


def login_of(claims: Mapping[str, Any], *, trust_mail: bool) -> Scope | None:
    """The mail address that the issuer vouches for, None where there is none. Issuers that give every account its address themselves say
    nothing of `email_verified`: the operator then says that theirs is to be trusted.
    """
    mail, verified = claims.get("email"), claims.get("email_verified")
    address = try_address(mail) if isinstance(mail, str) else None
    if address is None or not (verified is True or verified == "true" or (trust_mail and verified is None)):
        return None
    return recipient_scope(address)


def shown_twice(claims: Mapping[str, Any]) -> bool:
    """Whether the issuer asked for more than one factor (RFC 8176)."""
    methods = claims.get("amr")
    return isinstance(methods, list) and bool(
        {"mfa", "otp", "hwk", "swk", "fpt", "face"} & {str(m) for m in methods}
    )


def _fits(rule: ClaimRule, claims: Mapping[str, Any]) -> bool:
    found = claims.get(rule.claim)
    if isinstance(found, list):
        return rule.value in [str(each) for each in found]
    return isinstance(found, str | int) and str(found) == rule.value
