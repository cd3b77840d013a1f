"""People who sign in: who they are, what they look after, and how they prove it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .address import Address, parse_address
from .errors import InvalidInput
from .scope import Level, Scope

MAX_NAME = 80
ISSUER = "oidc"
"""`created_by` of accounts whose rights follow another issuer's claims."""
LANGUAGE = re.compile(r"^[a-z]{2}(-[A-Z]{2})?$")


@dataclass(frozen=True, slots=True)
class User:
    """An account. `login` is what the person types: mostly a mail address, or `global` or a domain, as a scope is written. `scope` is
    what the person looks after: by default the mailbox of that address. `mail` is where sign-in links and notices go.

    `password` is an Argon2 hash ('' for none), `totp` a sealed secret ('' for none), `recovery` hold SHA-256 digests of codes that are left.
    `version` counts changes: each is a conditional write. Times in Unix ms.
    """

    login: Scope
    scope: Scope
    mail: Address
    name: str = ""
    language: str = ""
    may_write: bool = True
    disabled: bool = False
    second_factor: bool = False
    """Whether this person must have a second factor."""
    password: str = field(default="", repr=False)
    totp: str = field(default="", repr=False)
    totp_step: int = 0
    """The last step of 30 s whose code was used: none up to it is taken again (RFC 6238, 5.2)."""
    recovery: tuple[str, ...] = field(default=(), repr=False)
    passkeys: int = 0
    """How many security keys are registered."""
    created_ms: int = 0
    created_by: str = ""
    used_ms: int = 0
    """When this person last signed in; 0 for never."""
    version: int = 0

    @property
    def is_elsewhere(self) -> bool:
        """Whether another issuer gave more than the own mailbox: that is had through the issuer only, which may take it back."""
        return self.created_by == ISSUER and self.scope != self.login

    @property
    def has_second_factor(self) -> bool:
        """Whether a password or a link alone is not enough."""
        return bool(self.totp) or self.passkeys > 0


def check_name(text: str) -> str:
    """A person's name as it is shown, or ''. Raises InvalidInput."""
    name = text.strip()
    if len(name) > MAX_NAME or not (name.isprintable() or not name):
        raise InvalidInput(f"a name is at most {MAX_NAME} printable characters")
    return name


def check_language(text: str) -> str:
    """A language tag such as `en` or `pt-BR`, or ''. Raises InvalidInput."""
    if text and not LANGUAGE.match(text):
        raise InvalidInput("a language is written as en, or pt-BR")
    return text


def mail_of(login: Scope, mail: str) -> Address:
    """Where links go: the address given, else the login where that is one. Raises InvalidInput."""
    if mail:
        return parse_address(mail)
    if login.level is not Level.RECIPIENT:
        raise InvalidInput("a login that is no mail address needs one in `mail`")
    return parse_address(login.name)
