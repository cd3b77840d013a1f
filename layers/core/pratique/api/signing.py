"""What goes over the wire about signing in: sessions, links, who one is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta

from pratique.domain.session import Session, acting_scope

from .asked import Asked
from .given import Given
from .views import moment

Login = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=320,
        description="What the person signs in with: a mail address; `global` or a domain where such an account was made",
        examples=["you@example.org"],
    ),
]


class LinkRequest(Asked, frozen=True):
    """Who wants a sign-in link."""

    login: Login


class LinkAnswer(Given, frozen=True):
    """The same whether anybody has this login or not."""

    status: str


class KeyAnswer(Asked, frozen=True):
    """What the browser's `navigator.credentials.get()` gave, as `toJSON()` writes it, to the challenge of `POST /v1/session/passkey`."""

    challenge: Annotated[str, Meta(max_length=64)]
    credential: dict[str, Any]


class IssuerAnswer(Asked, frozen=True):
    """What the issuer gave along when it sent the browser back to the panel: `code` and `state` of the query."""

    code: Annotated[str, Meta(min_length=1, max_length=4_096)]
    state: Annotated[str, Meta(min_length=1, max_length=200)]


class Methods(Given, frozen=True):
    """Ways to sign in. `oidc` is the issuer's name for people, null where there is none."""

    link: bool
    password: bool
    passkey: bool
    oidc: str | None


class IssuerUrl(Given, frozen=True):
    """Where to send the browser. It comes back to the panel's first page with `code` and `state` in the query."""

    url: str


class SignInRequest(Asked, frozen=True):
    """One way to sign in: `link` (the token behind `#/sign-in/`), `login` with `password`, `passkey` alone, or `oidc`. Beside a link or a password
    the second factor, where the account has one: `code` (of the authenticator app, or a recovery code) or `passkey`.
    """

    link: Annotated[str, Meta(max_length=200)] | None = None
    login: Login | None = None
    password: Annotated[str, Meta(max_length=256)] | None = None
    code: Annotated[str, Meta(max_length=32)] | None = None
    passkey: KeyAnswer | None = None
    oidc: IssuerAnswer | None = None


class SecondRequest(Asked, frozen=True):
    """The second factor of the account that is signed in: `code` (of the authenticator app, or a recovery code) or `passkey`."""

    code: Annotated[str, Meta(max_length=32)] | None = None
    passkey: KeyAnswer | None = None


class KeyQuestion(Given, frozen=True):
    """`options` are for `PublicKeyCredential.parseRequestOptionsFromJSON()` or `parseCreationOptionsFromJSON()`; good once, for five minutes."""

    challenge: str
    options: dict[str, Any]


class LoginQuery(Asked, frozen=True):
    """Whose; your own when left out."""

    login: Login | None = None


class RevokedAnswer(Given, frozen=True):
    """How many sessions ended."""

    ended: int


class SessionView(Given, frozen=True):
    """A signed-in browser. `current` is the one that asks."""

    id: str
    login: str
    method: Annotated[str, Meta(description="link, password, passkey, oidc")]
    second: Annotated[str, Meta(description="The second factor that was used; empty for none")]
    created_at: datetime
    seen_at: Annotated[datetime, Meta(description="At most five minutes behind")]
    ends_at: datetime
    network: str
    agent: Annotated[str, Meta(description="Such as `Firefox on Linux`")]
    current: bool
    acting_as: Annotated[str | None, Meta(description="The scope an administrator has logged in as")]


class SessionList(Given, frozen=True):
    """Sessions of one account, the oldest first."""

    sessions: list[SessionView]


class SignedInView(Given, frozen=True):
    """A session that has begun, or goes on. Send `csrf` as `X-Pratique-CSRF` with everything that is no GET."""

    csrf: str
    session: SessionView
    me: Me


class SecondFactor(Given, frozen=True):
    """Second factors of the account that is signed in. `required`: it must have one; `needed`: nothing else is answered until it has;
    `shown`: this session has shown one. An account that has one changes what it signs in with only after that.
    """

    required: bool
    needed: bool
    shown: bool
    totp: bool
    passkeys: int
    recovery_codes: int


class Me(Given, frozen=True):
    """Who you are here. What comes after `may_write` is null or empty for tokens. `scopes` are those that a request may choose by
    `X-Pratique-Scope`; `features` what the panel may show.
    """

    actor: str
    scope: str
    level: str
    may_write: bool
    login: str | None
    name: str
    language: str
    scopes: list[str]
    features: list[str]
    acting_as: str | None
    csrf: str | None
    second_factor: SecondFactor | None


def session_view(found: Session, *, current: str, now_ms: int) -> SessionView:
    """A session without its secret."""
    acting = acting_scope(found, now_ms)
    return SessionView(
        id=found.id,
        login=str(found.login),
        method=found.method,
        second=found.second,
        created_at=moment(found.created_ms / 1000),
        seen_at=moment(found.seen_ms / 1000),
        ends_at=moment(found.ends_at),
        network=found.network,
        agent=found.agent,
        current=found.id == current,
        acting_as=None if acting is None else str(acting),
    )


EXAMPLE_SESSION: dict[str, Any] = {
    "id": "01K5N6R4M0Q8T7V2Y5Z9ABCDEF",
    "login": "ann@example.org",
    "method": "link",
    "second": "",
    "created_at": "2026-09-21T14:13:20Z",
    "seen_at": "2026-09-21T14:13:20Z",
    "ends_at": "2026-09-28T14:13:20Z",
    "network": "192.0.2.44",
    "agent": "Firefox on Linux",
    "current": True,
    "acting_as": None,
}
EXAMPLE_ME: dict[str, Any] = {
    "actor": "ann@example.org",
    "scope": "example.org",
    "level": "domain",
    "may_write": True,
    "login": "ann@example.org",
    "name": "Ann",
    "language": "en",
    "scopes": ["example.org"],
    "features": ["messages", "lists", "policies", "routes", "tokens", "passwords", "lessons", "users"],
    "acting_as": None,
    "csrf": "a1b2…",
    "second_factor": {
        "required": False,
        "needed": False,
        "shown": False,
        "totp": False,
        "passkeys": 0,
        "recovery_codes": 0,
    },
}
EXAMPLE_SIGNED_IN: dict[str, Any] = {"csrf": "a1b2…", "session": EXAMPLE_SESSION, "me": EXAMPLE_ME}
