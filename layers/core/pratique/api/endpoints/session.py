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
from pratique.usecases.second_factor import Second, start_key_use
from pratique.usecases.show_me import Myself, features_of, show_me
from pratique.usecases.sign_in import sign_in_by_key, sign_in_by_link, sign_in_by_password

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
    visit, key = _visit(call.client), body.passkey
    second = Second(body.code or "", key.challenge if key else "", key.credential if key else None)
    if body.link is not None and body.login is None and body.password is None:
        done = sign_in_by_link(call.services, body.link, visit, second)
    elif body.link is None and body.login is not None and body.password is not None:
        login = parse_scope(body.login)
        done = sign_in_by_password(call.services, login, body.password, visit, second)
    elif key is not None and body.link is None and body.login is None and body.password is None:
        done = sign_in_by_key(call.services, key.challenge, key.credential, visit)
    else:
        raise InvalidInput("give one way to sign in: a link, a login and a password, or a passkey")
    return _begun(call, done)


def ask_key(call: Call) -> signing.KeyQuestion:
    """What a browser needs to use a key."""
    challenge, options = start_key_use(call.services, address=call.client.address)
    return signing.KeyQuestion(challenge, options)


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
