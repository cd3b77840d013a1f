"""Accounts, delegates, who acts as whom, and who opened what."""

from __future__ import annotations

from pratique.domain.ids import parse_copy_id
from pratique.domain.scope import GLOBAL, Level, Scope, domain_scope, parse_scope
from pratique.usecases.change_delegates import delete_delegate, list_delegates, put_delegate
from pratique.usecases.change_users import (
    change_user,
    create_user,
    delete_user,
    find_user,
    list_users,
    reset_user,
)
from pratique.usecases.list_disclosures import list_disclosures
from pratique.usecases.log_in_as import log_in_as, log_in_as_oneself
from pratique.usecases.open_body import open_body
from pratique.usecases.read_message import raw_url

from .. import given, people
from ..endpoint import Call
from .messages import LINK_SECONDS


def list_(call: Call) -> people.UserList:
    """A page of accounts."""
    query: people.UsersQuery = call.query
    place = _place(call.actor.scope) if query.scope is None else parse_scope(query.scope)
    page = list_users(call.services, call.actor, place, limit=query.limit, cursor=query.cursor)
    return people.UserList([people.user_view(user) for user in page.users], page.cursor)


def create(call: Call) -> people.UserView:
    """A new account."""
    body: people.UserRequest = call.body
    wanted = people.wanted(body)
    return people.user_view(create_user(call.services, call.actor, parse_scope(body.login), wanted))


def get(call: Call) -> people.UserView:
    """One account."""
    return people.user_view(find_user(call.services, call.actor, _login(call)))


def change(call: Call) -> people.UserView:
    """Change what is given."""
    body: people.UserChange = call.body
    return people.user_view(change_user(call.services, call.actor, _login(call), people.wanted(body)))


def reset(call: Call) -> people.UserView:
    """Forget password and second factors."""
    return people.user_view(reset_user(call.services, call.actor, _login(call)))


def delete(call: Call) -> None:
    """Delete an account."""
    delete_user(call.services, call.actor, _login(call))


def delegates(call: Call) -> people.DelegateList:
    """Who looks after a mailbox."""
    found = list_delegates(call.services, call.actor, _login(call))
    return people.DelegateList([people.delegate_view(each) for each in found])


def delegate(call: Call) -> people.DelegateView:
    """Let somebody look after a mailbox."""
    body: people.DelegateRequest = call.body
    grant = put_delegate(
        call.services,
        call.actor,
        _login(call),
        parse_scope(body.login),
        may_write=body.may_write,
        days=body.days,
    )
    return people.delegate_view(grant)


def undelegate(call: Call) -> None:
    """Take it back."""
    query: people.DelegateQuery = call.query
    delete_delegate(call.services, call.actor, _login(call), parse_scope(query.login))


def act_as(call: Call) -> None:
    """Act as somebody else."""
    body: people.ActRequest = call.body
    log_in_as(call.services, call.actor, parse_scope(body.scope), body.reason)


def act_as_oneself(call: Call) -> None:
    """Act as oneself again."""
    log_in_as_oneself(call.services, call.actor)


def open_(call: Call) -> given.RawLink:
    """Say why, and get the link to the raw bytes."""
    body: people.ReasonRequest = call.body
    copy_id = parse_copy_id(call.path["id"])
    open_body(call.services, call.actor, copy_id, body.reason)
    url = raw_url(call.services, call.actor, copy_id, seconds=LINK_SECONDS)
    return given.RawLink(url=url, expires_in=LINK_SECONDS)


def disclosures(call: Call) -> people.DisclosureList:
    """Who opened what, and acted as whom."""
    query: people.DisclosuresQuery = call.query
    owner = call.actor.scope if query.scope is None else parse_scope(query.scope)
    page = list_disclosures(call.services, call.actor, owner, limit=query.limit, cursor=query.cursor)
    return people.DisclosureList([people.disclosure_view(d) for d in page.disclosures], page.cursor)


def _login(call: Call) -> Scope:
    return parse_scope(call.path["scope"])


def _place(scope: Scope) -> Scope:
    """Where a caller's own accounts are listed."""
    if scope.level is Level.GLOBAL or scope.domain is None:
        return GLOBAL
    return domain_scope(scope.domain)
