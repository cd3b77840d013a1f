"""Whose account a login is: one that was made, or that of an address which gets mail here."""

from __future__ import annotations

from pratique.domain.address import parse_address
from pratique.domain.lifecycle import State
from pratique.domain.scope import Level, Scope
from pratique.domain.user import User
from pratique.ports.services import Services
from pratique.usecases.find_route import find_route


def find_account(services: Services, login: Scope) -> User | None:
    """The account, None for a disabled one, one that signs in elsewhere, and a login that is nobody's.

    A recipient needs none to be made: an address that has had mail here, or has a policy of its own, in a domain with a route, is an account
    of its own mailbox (version -1: not stored yet).
    """
    known = services.users.get(login)
    if known is not None:
        return None if known.disabled or known.is_elsewhere else known
    if login.level is not Level.RECIPIENT or not _gets_mail(services, login):
        return None
    return User(login=login, scope=login, mail=parse_address(login.name), version=-1, created_by=login.name)


def _gets_mail(services: Services, login: Scope) -> bool:
    if find_route(services, parse_address(login.name)) is None:
        return False
    if services.directory.get_policy(login) is not None:
        return True
    now = services.clock.now_ms() // 1000
    return bool(services.index.list_copies(login, states=tuple(State), limit=1, now=now).copies)
