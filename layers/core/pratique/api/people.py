"""What goes over the wire about people: accounts, delegates, who opened what."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta

from pratique.domain.disclosure import Disclosed, Disclosure
from pratique.domain.grant import Grant
from pratique.domain.user import User
from pratique.usecases.change_users import Wanted

from .asked import Asked, Cursor, PageSize, ScopeText
from .given import Given
from .signing import Login
from .views import clean, moment

Mail = Annotated[str, Meta(max_length=320, description="Where sign-in links and notices go")]
Name = Annotated[str, Meta(max_length=80)]
Language = Annotated[str, Meta(max_length=5, description="Such as `en`")]
Reason = Annotated[str, Meta(min_length=1, max_length=200, description="Its owner reads this")]


class UsersQuery(Asked, frozen=True):
    """Accounts whose scope lies in `scope`: a domain, or `global`; your own when left out."""

    scope: ScopeText | None = None
    limit: PageSize = 50
    cursor: Cursor | None = None


class UserChange(Asked, frozen=True):
    """What is left out stays as it is."""

    scope: ScopeText | None = None
    mail: Mail | None = None
    name: Name | None = None
    language: Language | None = None
    may_write: bool | None = None
    disabled: bool | None = None
    second_factor: Annotated[bool, Meta(description="This person must have a second factor")] | None = None


class UserRequest(Asked, frozen=True):
    """A new account. `scope` is what the person looks after: the mailbox of that login when left out."""

    login: Login
    scope: ScopeText | None = None
    mail: Mail | None = None
    name: Name | None = None
    language: Language | None = None
    may_write: bool | None = None
    second_factor: Annotated[bool, Meta(description="This person must have a second factor")] | None = None


class UserView(Given, frozen=True):
    """An account, without what it proves itself by."""

    login: str
    scope: str
    level: str
    mail: str
    name: str
    language: str
    may_write: bool
    disabled: bool
    second_factor: Annotated[bool, Meta(description="Must have one")]
    has_second_factor: bool
    has_password: bool
    created_at: datetime
    created_by: str
    used_at: Annotated[datetime | None, Meta(description="The last time somebody signed in")]


class UserList(Given, frozen=True):
    """A page, by login. `cursor` is null on the last one."""

    users: list[UserView]
    cursor: str | None


class DelegateRequest(Asked, frozen=True):
    """Who may look after the mailbox."""

    login: Login
    may_write: bool = True
    days: Annotated[int, Meta(ge=1, le=3_650)] | None = None


class DelegateQuery(Asked, frozen=True):
    """One delegate."""

    login: Login


class DelegateView(Given, frozen=True):
    """A person who looks after a mailbox beside the own one."""

    login: str
    scope: str
    may_write: bool
    created_at: datetime
    created_by: str
    expires_at: datetime | None


class DelegateList(Given, frozen=True):
    """Those of one mailbox, by login."""

    delegates: list[DelegateView]


class ReasonRequest(Asked, frozen=True):
    """Why somebody else's mail is opened."""

    reason: Annotated[
        str, Meta(max_length=200, description="Its owner reads this; not needed for your own mail")
    ] = ""


class ActRequest(Asked, frozen=True):
    """As whom to act, and why."""

    scope: ScopeText
    reason: Reason


class DisclosuresQuery(Asked, frozen=True):
    """Whose; your own when left out."""

    scope: ScopeText | None = None
    limit: PageSize = 50
    cursor: Cursor | None = None


class DisclosureView(Given, frozen=True):
    """Somebody saw something of a mailbox. `subject` is the id of a message, or a login."""

    at: datetime
    actor: str
    channel: str
    what: Disclosed
    subject: str
    reason: str


class DisclosureList(Given, frozen=True):
    """A page, the newest first. `cursor` is null on the last one."""

    disclosures: list[DisclosureView]
    cursor: str | None


def wanted(asked: UserChange | UserRequest) -> Wanted:
    """What an administrator asked for."""
    from pratique.domain.scope import parse_scope  # noqa: PLC0415 - only those who change accounts read one here

    return Wanted(
        scope=None if asked.scope is None else parse_scope(asked.scope),
        mail=asked.mail,
        name=asked.name,
        language=asked.language,
        may_write=asked.may_write,
        disabled=asked.disabled if isinstance(asked, UserChange) else None,
        second_factor=asked.second_factor,
    )


def user_view(user: User) -> UserView:
    """An account."""
    return UserView(
        login=str(user.login),
        scope=str(user.scope),
        level=user.scope.level,
        mail=str(user.mail),
        name=user.name,
        language=user.language,
        may_write=user.may_write,
        disabled=user.disabled,
        second_factor=user.second_factor,
        has_second_factor=user.has_second_factor,
        has_password=bool(user.password),
        created_at=moment(user.created_ms / 1000),
        created_by=user.created_by,
        used_at=moment(user.used_ms / 1000) if user.used_ms else None,
    )


def delegate_view(grant: Grant) -> DelegateView:
    """A delegate."""
    return DelegateView(
        login=str(grant.login),
        scope=str(grant.scope),
        may_write=grant.may_write,
        created_at=moment(grant.created_ms / 1000),
        created_by=grant.created_by,
        expires_at=None if grant.expires_at is None else moment(grant.expires_at),
    )


def disclosure_view(found: Disclosure) -> DisclosureView:
    """What somebody saw."""
    return DisclosureView(
        at=moment(found.at_ms / 1000),
        actor=found.actor,
        channel=found.channel,
        what=found.what,
        subject=found.subject,
        reason=clean(found.reason),
    )


EXAMPLE_USER: dict[str, Any] = {
    "login": "ann@example.org",
    "scope": "example.org",
    "level": "domain",
    "mail": "ann@example.org",
    "name": "Ann",
    "language": "en",
    "may_write": True,
    "disabled": False,
    "second_factor": True,
    "has_second_factor": True,
    "has_password": False,
    "created_at": "2026-09-21T14:13:20Z",
    "created_by": "token:operator",
    "used_at": None,
}
EXAMPLE_DELEGATE: dict[str, Any] = {
    "login": "ann@example.org",
    "scope": "info@example.org",
    "may_write": True,
    "created_at": "2026-09-21T14:13:20Z",
    "created_by": "info@example.org",
    "expires_at": None,
}
EXAMPLE_DISCLOSURE: dict[str, Any] = {
    "at": "2026-09-21T14:13:20Z",
    "actor": "ann@example.org",
    "channel": "panel",
    "what": "opened",
    "subject": "01K5N6R4M0Q8T7V2Y5Z9ABCDEF.Ym9iQGV4YW1wbGUub3Jn",
    "reason": "asked on the phone",
}
