"""What each action of a digest's link does: the same use cases as everywhere, for every copy that a line stands for."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence

from pratique.domain.actor import Actor
from pratique.domain.address import try_address
from pratique.domain.digest import LinkAction
from pratique.domain.errors import NotFound, PratiqueError, TemporaryFailure
from pratique.domain.ids import CopyId
from pratique.domain.lesson import Label
from pratique.domain.scope import Level, recipient_scope
from pratique.ports.services import Services
from pratique.usecases.change_lists import delete_entry
from pratique.usecases.release_message import release_message
from pratique.usecases.remove_message import remove_message
from pratique.usecases.request_release import request_release
from pratique.usecases.restore_message import restore_message
from pratique.usecases.subscribe_digests import subscribe_digests
from pratique.usecases.train_message import train_message

Do = Callable[[Services, Actor, CopyId], object]


def act(services: Services, actor: Actor, action: LinkAction, copies: Sequence[CopyId]) -> int:
    """Do it for all; how many it was done for. Where it cannot be done for some, it is for the others; where for none, the first refusal is
    raised. Raises as the use cases do.
    """
    if action in (LinkAction.UNSUBSCRIBE, LinkAction.SUBSCRIBE):
        subscribe_digests(services, actor, on=action is LinkAction.SUBSCRIBE)
        return 1
    done = 0
    refused: list[PratiqueError] = []
    for copy_id in copies:
        try:
            _ACTIONS[action](services, actor, copy_id)
        except TemporaryFailure:
            raise
        except PratiqueError as error:
            refused.append(error)
        else:
            done += 1
    if refused and not done:
        raise refused[0]
    return done


def _level(actor: Actor) -> str:
    """Whose list: a person's own; an administrator's domain."""
    return "recipient" if actor.scope.level is Level.RECIPIENT else "domain"


def _allow(services: Services, actor: Actor, copy_id: CopyId) -> None:
    release_message(services, actor, copy_id, allow=_level(actor))


def _block(services: Services, actor: Actor, copy_id: CopyId) -> None:
    remove_message(services, actor, copy_id, block=_level(actor))


def _unlist(services: Services, actor: Actor, copy_id: CopyId) -> None:
    """Take the sender off the list that it was put on by this message; off already is fine."""
    copy = services.index.get_copy(copy_id, now=services.clock.now_ms() // 1000)
    if copy is None:
        raise NotFound("no such message")
    sender = try_address(copy.sender)
    scope = recipient_scope(copy_id.owner) if actor.scope.level is Level.RECIPIENT else actor.scope
    if sender is not None:
        with contextlib.suppress(NotFound):
            delete_entry(services, actor, scope, str(sender))


def _unblock(services: Services, actor: Actor, copy_id: CopyId) -> None:
    restore_message(services, actor, copy_id)
    _unlist(services, actor, copy_id)


_ACTIONS: dict[LinkAction, Do] = {
    LinkAction.RELEASE: release_message,
    LinkAction.RELEASE_TRAIN: lambda s, a, c: release_message(s, a, c, train=True),
    LinkAction.RELEASE_ALLOW: _allow,
    LinkAction.BLOCK_REMOVE: _block,
    LinkAction.REMOVE: remove_message,
    LinkAction.NOT_SPAM: lambda s, a, c: train_message(s, a, c, Label.HAM),
    LinkAction.SPAM: lambda s, a, c: train_message(s, a, c, Label.SPAM),
    LinkAction.REQUEST_RELEASE: request_release,
    LinkAction.UNDO_ALLOW: _unlist,
    LinkAction.UNDO_BLOCK: _unblock,
    LinkAction.UNDO_REMOVE: restore_message,
    LinkAction.UNDO_TRAIN: lambda s, a, c: train_message(s, a, c, None),
}
