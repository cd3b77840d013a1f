"""Carry out items of the letters queue: sign-in links and notices, by the courier of the receiver's route."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from pratique.domain.errors import InvalidInput, PermanentFailure, PratiqueError
from pratique.domain.scope import scope_from_key
from pratique.domain.user import User
from pratique.observability import log_event, warn_event
from pratique.ports.couriers import Courier, Parcel
from pratique.ports.services import Services
from pratique.usecases.find_account import find_account
from pratique.usecases.find_route import find_route
from pratique.usecases.make_link import LINK_SECONDS, make_link
from pratique.usecases.write_letter import LINK, PLACE, write_letter

OLDEST_MS = 15 * 60 * 1000
"""A link that was asked for longer ago is not sent: whoever waited has asked again."""


def send_letters(services: Services, bodies: Sequence[Mapping[str, str]]) -> list[PratiqueError | None]:
    """Carry out some items. None for each that is done with, else the error that makes it come back."""
    results: list[PratiqueError | None] = []
    used: list[Courier] = []
    try:
        for body in bodies:
            try:
                send_letter(services, body, used)
            except PermanentFailure as error:
                warn_event("letter_refused", letter=body.get("letter", "")[:20], code=error.code)
                results.append(None)
            except PratiqueError as error:
                log_event("letter_deferred", letter=body.get("letter", "")[:20], code=error.code)
                results.append(error)
            else:
                results.append(None)
    finally:
        for courier in used:
            courier.close()
    return results


def send_letter(services: Services, body: Mapping[str, str], used: list[Courier]) -> bool:
    """Send one: {"letter": "link" or "place", "login": ..., "at": Unix ms, ...}. False where there was nothing to send: nobody has this
    login, or it is too late. Raises InvalidInput for an item that is none, TemporaryFailure, PermanentFailure.
    """
    kind, at = body.get("letter"), body.get("at", "")
    if kind not in ("link", "place") or not at.isdecimal():
        raise InvalidInput("this is no letter")
    login = scope_from_key(body.get("login", ""))
    if kind == "link" and services.clock.now_ms() - int(at) > OLDEST_MS:
        return False
    user = find_account(services, login)
    if user is None:
        log_event("letter_to_nobody", letter=kind)
        return False
    if kind == "link":
        link = make_link(services, login)
        values = {"login": str(login), "link": link, "minutes": str(LINK_SECONDS // 60)}
        _send(services, user, write_for(services, LINK, user, values, _reference(kind, at)), used)
    else:
        when = datetime.fromtimestamp(int(at) / 1000, UTC).strftime("%H:%M UTC, %d.%m.%Y")
        values = {"login": str(login), "when": when, "panel": services.options.panel_url}
        values |= {name: body.get(name, "?")[:100] for name in ("network", "agent")}
        _send(services, user, write_for(services, PLACE, user, values, _reference(kind, at)), used)
    log_event("letter_sent", letter=kind, domain=user.mail.domain)
    return True


def _reference(kind: str, at: str) -> str:
    return f"{kind}.{at}.{secrets.token_hex(6)}"


def write_for(
    services: Services,
    texts: dict[str, tuple[str, str]],
    user: User,
    values: dict[str, str],
    reference: str,
) -> bytes:
    """The letter's bytes, with this installation's name and clock."""
    return write_letter(
        texts,
        user,
        values,
        hostname=services.options.hostname,
        reference=reference,
        now_ms=services.clock.now_ms(),
    )


def _send(services: Services, user: User, data: bytes, used: list[Courier]) -> None:
    """From nobody: what bounces must not come back (RFC 3834, 3.3)."""
    route = find_route(services, user.mail)
    if route is None:
        raise PermanentFailure("there is no route to the account's address")
    courier = services.couriers.courier(route)
    if courier not in used:
        used.append(courier)
    courier.send(Parcel("", user.mail, data, "letter"), route)
