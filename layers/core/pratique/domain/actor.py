"""Who asks, by which channel."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .address import Address
from .errors import Forbidden, NotFound
from .scope import Level, Scope

if TYPE_CHECKING:  # ingest loads this module and no actions
    from .action import Deed


class Channel(enum.StrEnum):
    """The way a request came in; part of every audit entry."""

    API = "api"
    CLI = "cli"
    IMAP = "imap"
    PANEL = "panel"
    DIGEST = "digest"
    SMTP = "smtp"
    SES = "ses"
    REPLY = "reply"
    CLOCK = "clock"


class Standing(enum.StrEnum):
    """How an actor stands to its scope."""

    OWN = "own"
    """It is the actor's own."""
    INSIDE = "inside"
    """An administrator chose it for this request, or made what gives it: it is somebody else's."""
    DELEGATE = "delegate"
    """Its owner lets the actor look after it: the mail, not who gets in."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or program that asks for something. `may_write` False makes every action Forbidden."""

    name: str
    scope: Scope
    channel: Channel
    may_write: bool = True
    action: str = ""
    """The id of the action that is under way ('' for none): what is done with copies carries it (domain/action.py)."""
    login: Scope | None = None
    """The account of a person who signed in; None for tokens, app passwords and clocks."""
    session: str = ""
    """The id of the person's session."""
    standing: Standing = Standing.OWN
    reason: str = ""
    """Why a person who logged in as somebody else did so; '' for everybody who acts as oneself."""
    deeds: list[Deed] | None = field(default=None, compare=False, repr=False)
    """What the action under way has changed so far; None while there is none (usecases/acting.py)."""

    def must_see(self, what: Scope | Address) -> None:
        """Raise NotFound unless `what` lies in the actor's scope: hidden and missing look the same."""
        if not self.scope.covers(what):
            raise NotFound("no such thing")

    def must_change(self, what: Scope | Address) -> None:
        """Raise NotFound where the actor may not see `what`, Forbidden where it may only read."""
        self.must_see(what)
        if not self.may_write:
            raise Forbidden("this token is read-only")

    def must_own(self, what: Scope | Address) -> None:
        """As must_change, for what decides who gets in (tokens, passwords, delegates): a delegate may not."""
        self.must_change(what)
        if self.standing is Standing.DELEGATE:
            raise Forbidden("only the owner of the mailbox or an administrator may do this")

    def must_administer(self, what: Scope) -> None:
        """As must_change, for settings that a recipient may not touch even of its own (routes, tokens of a domain)."""
        self.must_change(what)
        if self.scope.level is Level.RECIPIENT:
            raise Forbidden("only an administrator of the domain may do this")
