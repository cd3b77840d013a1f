"""What goes out over the wire about settings: lists, policies, routes, tokens, app passwords."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from pratique.domain.policy import NotationPlace
from pratique.domain.rights import Right
from pratique.domain.route import RouteKind, Tls

from .given import Given


class Chosen(Given, frozen=True):
    """What a scope itself chose; null where it uses what is above."""

    quarantine: bool | None
    spam_at: float | None
    unsure_at: float | None
    retention_days: int | None
    log_days: int | None
    spam_notation: str | None
    unsure_notation: str | None
    training_requested: bool | None
    training_days: int | None
    notify_sender: bool | None
    digest: bool | None
    digest_frequency: str | None
    digest_hours: str | None
    digest_days: str | None
    digest_zone: str | None
    digest_language: str | None
    digest_actions: str | None
    digest_max: int | None
    digest_to: str | None
    digest_admins: str | None
    digest_ceiling: float | None
    digest_skip_blocked: bool | None
    digest_catch_all: bool | None
    digest_last_call: bool | None
    digest_phrase: str | None
    outgoing_quarantine: bool | None
    outgoing_spam_at: float | None
    outgoing_response: str | None
    outgoing_retention_days: int | None
    outgoing_user_release: bool | None
    outgoing_per_minute: int | None
    outgoing_per_hour: int | None
    outgoing_per_day: int | None
    outgoing_refused_per_hour: int | None
    outgoing_lock_spams: int | None
    outgoing_lock_window_minutes: int | None
    outgoing_lock_minutes: int | None
    outgoing_unlocks: int | None
    outgoing_notice_address: str | None
    outgoing_abuse_address: str | None
    outgoing_report_full: bool | None
    notation: NotationPlace | None
    rights_virus: Right | None
    rights_loop: Right | None
    rights_attachment: Right | None
    rights_phishing: Right | None
    rights_blocked: Right | None
    rights_policy: Right | None
    rights_spam: Right | None
    disallowed_extensions: list[str] | None


class InForce(Given, frozen=True):
    """What holds for a scope in the end."""

    quarantine: bool
    spam_at: float
    unsure_at: float
    retention_days: int
    log_days: int
    spam_notation: str
    unsure_notation: str
    training_requested: bool
    training_days: int
    notify_sender: bool
    digest: bool
    digest_frequency: str
    digest_hours: str
    digest_days: str
    digest_zone: str
    digest_language: str
    digest_actions: str
    digest_max: int
    digest_to: str
    digest_admins: str
    digest_ceiling: float
    digest_skip_blocked: bool
    digest_catch_all: bool
    digest_last_call: bool
    digest_phrase: str
    outgoing_quarantine: bool
    outgoing_spam_at: float
    outgoing_response: str
    outgoing_retention_days: int
    outgoing_user_release: bool
    outgoing_per_minute: int
    outgoing_per_hour: int
    outgoing_per_day: int
    outgoing_refused_per_hour: int
    outgoing_lock_spams: int
    outgoing_lock_window_minutes: int
    outgoing_lock_minutes: int
    outgoing_unlocks: int
    outgoing_notice_address: str
    outgoing_abuse_address: str
    outgoing_report_full: bool
    notation: NotationPlace
    rights_virus: Right
    rights_loop: Right
    rights_attachment: Right
    rights_phishing: Right
    rights_blocked: Right
    rights_policy: Right
    rights_spam: Right
    disallowed_extensions: list[str]


class PolicyView(Given, frozen=True):
    """A scope's own choices, what holds, and where each choice that holds comes from."""

    scope: str
    version: Annotated[int, Meta(description="Of the own choices; 0 where nobody ever chose. Also the ETag")]
    changed_at: datetime | None
    changed_by: str
    own: Chosen
    effective: InForce
    sources: Annotated[
        dict[str, str], Meta(description="By name: a scope of this chain, or `built-in` where none chose")
    ]

    @property
    def etag(self) -> str:
        """RFC 9110, 8.8.3: what If-Match compares."""
        return f'"{self.version}"'


class PolicyVersionView(Given, frozen=True):
    """One version of a scope's own choices; `changed` names those in which it differs from the version before."""

    version: int
    at: datetime | None
    by: str
    channel: str
    note: str
    changed: list[str]
    own: Chosen


class PolicyVersionList(Given, frozen=True):
    """The versions that are kept, the latest first."""

    scope: str
    versions: list[PolicyVersionView]


class RouteView(Given, frozen=True):
    """A domain's next hop."""

    domain: str
    kind: RouteKind
    host: str
    port: int
    tls: Tls
    credentials: str
    sender: str


class RouteList(Given, frozen=True):
    """The routes that you may see, by domain."""

    routes: list[RouteView]


class TokenView(Given, frozen=True):
    """A token without its secret."""

    id: str
    name: str
    scope: str
    may_write: bool
    created_at: datetime
    created_by: str
    expires_at: datetime | None


class TokenList(Given, frozen=True):
    """The tokens of one scope."""

    tokens: list[TokenView]


class NewToken(Given, frozen=True):
    """A new token. `text` is shown this once and kept nowhere."""

    token: TokenView
    text: str


class PasswordView(Given, frozen=True):
    """An app password without its text. `used_at` is at most a day behind."""

    id: str
    login: str
    label: str
    may_write: bool
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    used_at: datetime | None


class PasswordList(Given, frozen=True):
    """The app passwords of one login."""

    passwords: list[PasswordView]


class NewPassword(Given, frozen=True):
    """A new app password. `text` is shown this once and kept nowhere."""

    password: PasswordView
    text: str
