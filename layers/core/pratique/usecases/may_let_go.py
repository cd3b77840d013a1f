"""Who may say that outgoing mail is good: whoever stole a password must not let go what it sent."""

from __future__ import annotations

from collections.abc import Iterable

from pratique.domain.actor import Actor
from pratique.domain.address import parse_address
from pratique.domain.direction import Direction
from pratique.domain.errors import Forbidden
from pratique.domain.listentry import ListEntry, ListKind
from pratique.domain.policy import resolve
from pratique.domain.scope import Level, scope_chain
from pratique.ports.services import Services


def must_let_go(services: Services, actor: Actor) -> None:
    """Raise Forbidden where a sender may not release its own held mail, nor allow whom it writes to: only with its policy's
    `outgoing_user_release`. One batched look-up for a sender, none for an administrator.
    """
    if actor.scope.level is not Level.RECIPIENT:
        return
    mailbox = parse_address(actor.scope.name)
    view = services.directory.look_up([mailbox], [])
    if not resolve(view.policies.get(scope) for scope in scope_chain(mailbox)).outgoing_user_release:
        raise Forbidden("only an administrator may let go what this mailbox sends")


def must_unlist(services: Services, actor: Actor, entry: ListEntry | None) -> None:
    """As must_let_go, where the entry keeps outgoing mail back and somebody else put it there: taking it off lets that mail go."""
    if entry is None or (entry.direction, entry.kind) != (Direction.OUTGOING, ListKind.BLOCK):
        return
    if entry.author != actor.name:
        must_let_go(services, actor)


def must_list(services: Services, actor: Actor, entries: Iterable[ListEntry]) -> None:
    """As must_let_go, where one of these entries would let outgoing mail go: whichever way it comes onto the list."""
    if any(each.direction is Direction.OUTGOING and each.kind is ListKind.ALLOW for each in entries):
        must_let_go(services, actor)
