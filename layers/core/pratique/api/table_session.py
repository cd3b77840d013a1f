"""The part of the table about signing in: sessions, and who one is."""

from __future__ import annotations

from pratique.domain.errors import (
    CodeNeeded,
    Conflict,
    InvalidInput,
    LimitReached,
    NotProved,
    PermanentFailure,
    TemporaryFailure,
)

from . import signing
from .endpoint import Endpoint
from .endpoints import session
from .errors import SecondFactorNeeded

SESSION: tuple[Endpoint, ...] = (
    Endpoint(
        "POST",
        "/v1/session/link",
        "requestLink",
        "Ask for a sign-in link by mail",
        session.link,
        answer=signing.LinkAnswer,
        body=signing.LinkRequest,
        status=202,
        public=True,
        errors=(InvalidInput,),
        description=(
            "Answers the same, in the same time, whether anybody has this login or not, and whether a link was sent or there were too many. "
            "The link leads to the panel, works once, and for 15 minutes."
        ),
        example_body={"login": "you@example.org"},
        example_answer={"status": "accepted"},
    ),
    Endpoint(
        "POST",
        "/v1/session",
        "signIn",
        "Sign in",
        session.sign_in,
        answer=signing.SignedInView,
        body=signing.SignInRequest,
        status=201,
        public=True,
        errors=(NotProved, CodeNeeded, InvalidInput, LimitReached, TemporaryFailure, PermanentFailure),
        description=(
            "The session's cookie comes with the answer. From then on send `csrf` as `X-Pratique-CSRF` with everything that is no GET. 401 "
            "`code_needed`: the link or password was right, send it again with the second factor (`code` or `passkey`). 401 `not_proved`: anything "
            "else that was wrong."
        ),
        example_body={"link": "01K5N6R4M0Q8T7V2Y5Z9ABCDEF.…"},
        example_answer=signing.EXAMPLE_SIGNED_IN,
    ),
    Endpoint(
        "GET",
        "/v1/session/methods",
        "listMethods",
        "Ways to sign in",
        session.methods,
        answer=signing.Methods,
        public=True,
        example_answer={"link": True, "password": True, "passkey": True, "oidc": "Example Inc."},
    ),
    Endpoint(
        "POST",
        "/v1/session/oidc",
        "askIssuer",
        "Where to sign in at another issuer (OpenID Connect)",
        session.ask_issuer,
        answer=signing.IssuerUrl,
        public=True,
        errors=(InvalidInput, LimitReached, TemporaryFailure, PermanentFailure),
        description=(
            "Send the browser there. It comes back to the panel's first page with `code` and `state` in the query: `POST /v1/session` with `oidc`. "
            "A cookie ties the way back to this browser; the whole takes ten minutes at most."
        ),
        example_answer={"url": "https://issuer.example/authorize?response_type=code&…"},
    ),
    Endpoint(
        "POST",
        "/v1/session/passkey",
        "askPasskey",
        "What a browser needs to sign in with a security key or passkey",
        session.ask_key,
        answer=signing.KeyQuestion,
        public=True,
        errors=(InvalidInput, LimitReached),
        description="Names no account and no key. Send the browser's answer with `POST /v1/session`.",
        example_answer={
            "challenge": "01K5N6R4M0Q8T7V2Y5Z9ABCDEF",
            "options": {"challenge": "…", "rpId": "quarantine.example.org", "userVerification": "preferred"},
        },
    ),
    Endpoint(
        "GET",
        "/v1/session",
        "showSession",
        "The session you came with",
        session.show,
        answer=signing.SignedInView,
        unfinished=True,
        example_answer=signing.EXAMPLE_SIGNED_IN,
    ),
    Endpoint(
        "POST",
        "/v1/session/second",
        "proveSession",
        "Show your second factor after signing in",
        session.prove,
        body=signing.SecondRequest,
        status=204,
        unfinished=True,
        errors=(NotProved, CodeNeeded, LimitReached, Conflict),
        description=(
            "For who signed in at an issuer that asked for one factor only, and whose account has one here (`second_factor` of `GET /v1/me`: "
            "`needed`, with `totp` or `passkeys`). Not with a token, and not while logged in as somebody else (404)."
        ),
        example_body={"code": "123456"},
    ),
    Endpoint("DELETE", "/v1/session", "signOut", "Sign out", session.sign_out, status=204, unfinished=True),
    Endpoint(
        "GET",
        "/v1/sessions",
        "listSessions",
        "List signed-in browsers",
        session.list_,
        answer=signing.SessionList,
        query=signing.LoginQuery,
        description="Of your own account, or of one that you administer.",
        example_answer={"sessions": [signing.EXAMPLE_SESSION]},
    ),
    Endpoint(
        "DELETE",
        "/v1/sessions",
        "revokeSessions",
        "End all sessions but your own",
        session.revoke_all,
        answer=signing.RevokedAnswer,
        query=signing.LoginQuery,
        example_answer={"ended": 2},
    ),
    Endpoint("DELETE", "/v1/sessions/{id}", "revokeSession", "End a session", session.revoke, status=204),
    Endpoint(
        "GET",
        "/v1/me",
        "showMe",
        "Who you are here",
        session.me,
        answer=signing.Me,
        unfinished=True,
        errors=(SecondFactorNeeded,),
        example_answer=signing.EXAMPLE_ME,
    ),
)
