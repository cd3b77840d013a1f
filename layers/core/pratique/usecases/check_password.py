"""From a login and an app password to an actor; locked where somebody guesses. Whoever calls this slows guesses down, too."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from pratique.domain.actor import Actor, Channel
from pratique.domain.app_password import AppPassword, password_opens, split_password
from pratique.domain.errors import InvalidInput
from pratique.domain.policy import DAY
from pratique.domain.scope import Scope, parse_scope
from pratique.observability import log_event
from pratique.ports.services import Services

WINDOW_SECONDS = 900
"""Wrong passwords are counted in windows of this length; a lock lasts to the end of its window."""
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
    window = now_ms // 1000 // WINDOW_SECONDS
    try:
        scope: Scope | None = parse_scope(login[:330])
    except InvalidInput:
        scope = None
    network = f"net#{network_of(address)}"
    account = f"login#{scope.key}" if scope is not None else ""
    counted = services.app_passwords.failures([s for s in (network, account) if s], window=window)
    if counted.get(network, 0) >= NETWORK_FAILURES or counted.get(account, 0) >= LOGIN_FAILURES:
        log_event("login_locked", channel=channel.value)
        return Checked(None, locked=True)
    found = _find(services, scope, password, now_ms)
    if found is not None:
        if now_ms - found.used_ms > DAY * 1000:
            services.app_passwords.note_use(found, at_ms=now_ms)
        name = f"{found.scope}/{found.label}"
        return Checked(Actor(name, found.scope, channel, may_write=found.may_write), found.id)
    ends_at = (window + 1) * WINDOW_SECONDS + WINDOW_SECONDS
    times = [
        services.app_passwords.note_failure(source, window=window, ends_at=ends_at)
        for source in (network, account)
        if source
    ]
    log_event("login_refused", channel=channel.value, failures=max(times))
    return Checked(None)


def network_of(address: str) -> str:
    """What counts as one place: an IPv4 address, the /64 of an IPv6 one, '?' for what is no address."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "?"
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Network((found, 64), strict=False).network_address)


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
