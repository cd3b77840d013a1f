"""Signing in and out; who one is."""

from __future__ import annotations

from pratique.domain.errors import InvalidInput
from pratique.domain.scope import parse_scope
from pratique.domain.session import Session
from pratique.usecases.end_session import (
    end_session,
    list_sessions,
    own_session,
    revoke_session,
    revoke_sessions,
)
from pratique.usecases.open_session import SignedIn, Visit
from pratique.usecases.request_link import request_link
from pratique.usecases.show_me import Myself, features_of, show_me
from pratique.usecases.sign_in import sign_in_by_link

from .. import signing
from ..cookies import set_cookie
from ..endpoint import Call, Client, Reply


def link(call: Call) -> signing.LinkAnswer:
    """A letter is queued, for whomever."""
    body: signing.LinkRequest = call.body
    request_link(call.services, parse_scope(body.login), address=call.client.address)
    return signing.LinkAnswer(status="accepted")


def sign_in(call: Call) -> Reply:
    """A session begins: its cookie goes with the answer."""
    body: signing.SignInRequest = call.body
    if body.link is None:
        raise InvalidInput("give one way to sign in")
    return _begun(call, sign_in_by_link(call.services, body.link, _visit(call.client)))


def show(call: Call) -> signing.SignedInView:
    """The session that this request came with."""
    session = own_session(call.services, call.actor)
    return signing.SignedInView(call.client.csrf, _view(call, session), me(call))


def sign_out(call: Call) -> Reply:
    """The session ends, and the browser forgets its cookie."""
    end_session(call.services, call.actor)
    return Reply(None, (set_cookie(call.services.options.panel_url, "", 0),))


def list_(call: Call) -> signing.SessionList:
    """Sessions of one's own account, or of one that is administered."""
    query: signing.LoginQuery = call.query
    login = None if query.login is None else parse_scope(query.login)
    return signing.SessionList([_view(call, s) for s in list_sessions(call.services, call.actor, login)])


def revoke(call: Call) -> None:
    """End one."""
    revoke_session(call.services, call.actor, call.path["id"])


def revoke_all(call: Call) -> signing.RevokedAnswer:
    """End all others."""
    query: signing.LoginQuery = call.query
    login = None if query.login is None else parse_scope(query.login)
    return signing.RevokedAnswer(ended=revoke_sessions(call.services, call.actor, login))


def me(call: Call) -> signing.Me:
    """The actor behind a token or a session."""
    return _me(show_me(call.services, call.actor), call.client.csrf)


def _me(found: Myself, csrf: str) -> signing.Me:
    actor, user = found.actor, found.user
    return signing.Me(
        actor=actor.name,
        scope=str(actor.scope),
        level=actor.scope.level,
        may_write=actor.may_write,
        login=None if actor.login is None else str(actor.login),
        name=user.name if user else "",
        language=user.language if user else "",
        scopes=[str(scope) for scope in found.scopes],
        features=features_of(actor),
        acting_as=None if found.acting is None else str(found.acting),
        csrf=csrf or None,
        second_factor=None
        if user is None
        else signing.SecondFactor(
            required=user.second_factor,
            needed=found.unfinished,
            totp=bool(user.totp),
            passkeys=user.passkeys,
            recovery_codes=len(user.recovery),
        ),
    )


def _begun(call: Call, done: SignedIn) -> Reply:
    found = Myself(done.actor, done.user, done.session, None, (done.user.scope,))
    view = signing.SignedInView(
        done.csrf,
        signing.session_view(done.session, current=done.session.id, now_ms=done.session.seen_ms),
        _me(found, done.csrf),
    )
    options = call.services.options
    return Reply(view, (set_cookie(options.panel_url, done.text, options.session_seconds),))


def _view(call: Call, session: Session) -> signing.SessionView:
    now_ms = call.services.clock.now_ms()
    return signing.session_view(session, current=call.actor.session, now_ms=now_ms)


def _visit(client: Client) -> Visit:
    return Visit(client.address, client.agent)
