"""Signing in and out; who one is."""

from __future__ import annotations

from pratique.domain.errors import InvalidInput
from pratique.domain.scope import parse_scope
from pratique.domain.session import Session
from pratique.usecases.change_delegates import mailboxes_of
from pratique.usecases.end_session import (
    end_session,
    list_sessions,
    own_session,
    revoke_session,
    revoke_sessions,
)
from pratique.usecases.open_session import SignedIn, Visit, session_seconds
from pratique.usecases.prove_session import prove_session
from pratique.usecases.request_link import request_link
from pratique.usecases.second_factor import Second, start_key_use
from pratique.usecases.show_me import Myself, features_of, show_me
from pratique.usecases.sign_in import sign_in_by_key, sign_in_by_link, sign_in_by_password
from pratique.usecases.sign_in_elsewhere import STATE_SECONDS, sign_in_elsewhere, start_elsewhere

from .. import signing
from ..cookies import OIDC, cookie_name, set_cookie
from ..endpoint import Call, Reply


def link(call: Call) -> signing.LinkAnswer:
    """A letter is queued, for whomever."""
    body: signing.LinkRequest = call.body
    request_link(call.services, parse_scope(body.login), address=_address(call))
    return signing.LinkAnswer(status="accepted")


def sign_in(call: Call) -> Reply:
    """A session begins: its cookie goes with the answer."""
    body: signing.SignInRequest = call.body
    ways = [
        body.link is not None,
        body.login is not None and body.password is not None,
        body.oidc is not None,
    ]
    if sum(ways) > 1 or (body.login is None) != (body.password is None) or not (any(ways) or body.passkey):
        raise InvalidInput("give one way to sign in: a link, a login and a password, a passkey, or oidc")
    return _begun(call, _proved(call, body))


def _proved(call: Call, body: signing.SignInRequest) -> SignedIn:
    services, visit, key = call.services, _visit(call), body.passkey
    second = _given(body.code, key)
    if body.link is not None:
        return sign_in_by_link(services, body.link, visit, second)
    if body.login is not None and body.password is not None:
        return sign_in_by_password(services, parse_scope(body.login), body.password, visit, second)
    if body.oidc is not None:
        browser = call.client.cookies.get(cookie_name(services.options.panel_url, OIDC), "")
        return sign_in_elsewhere(services, body.oidc.code, body.oidc.state, browser, visit)
    assert key is not None  # noqa: S101 - whoever calls has looked
    return sign_in_by_key(services, key.challenge, key.credential, visit)


def prove(call: Call) -> None:
    """The second factor, after signing in."""
    body: signing.SecondRequest = call.body
    prove_session(call.services, call.actor, _given(body.code, body.passkey), address=_address(call))


def _given(code: str | None, key: signing.KeyAnswer | None) -> Second:
    return Second(code or "", key.challenge if key else "", key.credential if key else None)


def methods(call: Call) -> signing.Methods:
    """Ways to sign in."""
    services = call.services
    there = bool(services.options.panel_url)
    title = services.options.oidc_title or "single sign-on"
    return signing.Methods(there, there, there, title if there and services.identity_provider else None)


def ask_issuer(call: Call) -> Reply:
    """Where to sign in elsewhere; a cookie ties the way back to this browser."""
    url, browser = start_elsewhere(call.services, address=_address(call))
    panel = call.services.options.panel_url
    return Reply(signing.IssuerUrl(url), (set_cookie(panel, browser, STATE_SECONDS, OIDC),))


def ask_key(call: Call) -> signing.KeyQuestion:
    """What a browser needs to use a key."""
    challenge, options = start_key_use(call.services, address=_address(call))
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
            shown=bool(found.session and found.session.second),
            totp=bool(user.totp),
            passkeys=user.passkeys,
            recovery_codes=len(user.recovery),
        ),
    )


def _begun(call: Call, done: SignedIn) -> Reply:
    others = [grant.scope for grant in mailboxes_of(call.services, done.user.login)]
    found = Myself(done.actor, done.user, done.session, None, (done.user.scope, *others))
    view = signing.SignedInView(
        done.csrf,
        signing.session_view(done.session, current=done.session.id, now_ms=done.session.seen_ms),
        _me(found, done.csrf),
    )
    panel, seconds = call.services.options.panel_url, session_seconds(call.services, done.user)
    cookies = [set_cookie(panel, done.text, seconds)]
    if done.session.method == "oidc":
        cookies.append(set_cookie(panel, "", 0, OIDC))
    return Reply(view, tuple(cookies))


def _view(call: Call, session: Session) -> signing.SessionView:
    now_ms = call.services.clock.now_ms()
    return signing.session_view(session, current=call.actor.session, now_ms=now_ms)


def _visit(call: Call) -> Visit:
    return Visit(_address(call), call.client.agent)


def _address(call: Call) -> str:
    return call.client.address_behind(call.services.options.trusted_proxies)
