"""From a login and an app password to an actor; locked where somebody guesses. Whoever calls this slows guesses down, too."""

from __future__ import annotations

from dataclasses import dataclass

from pratique.domain.actor import Actor, Channel
from pratique.domain.app_password import AppPassword, password_opens, split_password
from pratique.domain.errors import InvalidInput
from pratique.domain.policy import DAY
from pratique.domain.scope import Level, Scope, parse_scope
from pratique.observability import log_event
from pratique.ports.services import Services
from pratique.usecases.count_attempts import count_attempt, network_of, too_many

NETWORK_FAILURES = 20
"""From one IPv4 address or IPv6 /64 in a window; then nothing from there is looked at."""
LOGIN_FAILURES = 100
"""For one login in a window. Higher than for a network: or strangers could keep somebody out with little effort."""


@dataclass(frozen=True, slots=True)
class Checked:
    """`actor` is None where the login was refused, `locked` without looking. `password_id` says which password opened it."""

    actor: Actor | None
    password_id: str = ""
    locked: bool = False


def check_password(
    services: Services, login: str, password: str, *, address: str, channel: Channel
) -> Checked:
    """Check one login. Unknown logins, ended and wrong passwords all look the same and take the same time."""
    now_ms = services.clock.now_ms()
    try:
        scope: Scope | None = parse_scope(login[:330])
    except InvalidInput:
        scope = None
    sources = {f"net#{network_of(address)}": NETWORK_FAILURES}
    if scope is not None:
        sources[f"login#{scope.key}"] = LOGIN_FAILURES
    if too_many(services, sources):
        log_event("login_locked", channel=channel.value)
        return Checked(None, locked=True)
    found = _find(services, scope, password, now_ms)
    if found is not None:
        if now_ms - found.used_ms > DAY * 1000:
            services.app_passwords.note_use(found, at_ms=now_ms)
        name = f"{found.scope}/{found.label}"
        # A mail client cannot be asked for a reason: which one it is, is the reason why it opens somebody else's mail.
        others = found.scope.level is not Level.RECIPIENT or not found.own
        reason = f"a mail client: {found.label}" if others else ""
        return Checked(Actor(name, found.scope, channel, may_write=found.may_write, reason=reason), found.id)
    log_event("login_refused", channel=channel.value, failures=count_attempt(services, sources))
    return Checked(None)


def _find(services: Services, scope: Scope | None, text: str, now_ms: int) -> AppPassword | None:
    """The password that this text opens. One slow hash, whatever comes in; two only where two selectors are the same."""
    parts = split_password(text)
    known = services.app_passwords.passwords(scope) if scope is not None else []
    selected: list[AppPassword | None] = [p for p in known if parts is not None and p.selector == parts[0]]
    secret = parts[1] if parts is not None else ""
    for each in selected or [None]:
        if password_opens(each, secret, now_ms / 1000):
            return each
    return None
