"""Notices of our own about outgoing mail: queued where something happened, written and handed over by the deliver worker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pratique.domain.address import Address, parse_address, try_address
from pratique.domain.errors import (
    InvalidInput,
    NoRoute,
    NotFound,
    PermanentFailure,
    TemporaryFailure,
)
from pratique.domain.outgoing import FOREVER, WHOLE, Standing
from pratique.domain.policy import EffectivePolicy
from pratique.domain.scope import Level, scope_from_key
from pratique.observability import log_event
from pratique.ports.couriers import Courier, Parcel
from pratique.ports.queue import QueueName
from pratique.ports.services import Services
from pratique.usecases.find_route import find_outgoing_route, find_route
from pratique.usecases.outgoing_notices import (
    MOST_RECIPIENTS,
    Blocked,
    Locked,
    abuse_report,
    lock_notice,
    until_text,
)

REPORT, LOCK = "abuse-report", "lock"
GIVE_UP_MS = 86_400_000
"""A notice that is a day old tells nobody anything."""
RETRY_SECONDS = 300
_SEPARATOR = " "


def queue_lock_notice(
    services: Services, standing: Standing, owner: Address, policy: EffectivePolicy
) -> None:
    """Tell the domain's administrators and the mailbox itself that an identity was locked; of a whole login, the former alone. Raises
    TemporaryFailure.
    """
    user = scope_from_key(standing.identity.user)
    to = {policy.outgoing_notice_address or f"postmaster@{owner.domain}": None}
    if standing.identity.sender != WHOLE:
        to[str(owner)] = None
    if user.level is Level.RECIPIENT:
        to[user.name] = None
    item = {
        "notice": LOCK,
        "user": user.key,
        "sender": standing.identity.sender,
        "reason": standing.reason,
        "until": str(standing.locked_until),
        "at": str(services.clock.now_ms()),
        "domain": owner.domain,
    }
    services.queue.send(QueueName.DELIVER, [{**item, "to": each} for each in to])


def queue_report(
    services: Services, blocked: Blocked, owner: Address, policy: EffectivePolicy, *, raw_key: str
) -> None:
    """Have a blocked message reported to the policy's abuse address. Raises TemporaryFailure."""
    named = [each for each in blocked.recipients[:MOST_RECIPIENTS] if _SEPARATOR not in each]
    services.queue.send(
        QueueName.DELIVER,
        [
            {
                "notice": REPORT,
                "message": blocked.message,
                "user": blocked.user,
                "sender": blocked.mail_from,
                "recipients": _SEPARATOR.join(named),
                "ip": blocked.client_ip,
                "at": str(blocked.at_ms),
                "held": "yes" if blocked.was_held else "",
                "raw": raw_key,
                "full": "yes" if policy.outgoing_report_full else "",
                "domain": owner.domain,
                "to": policy.outgoing_abuse_address,
            }
        ],
    )


def send_notice(services: Services, body: Mapping[str, str], used: dict[int, Courier]) -> None:
    """Carry out one item. At least once; a notice that cannot be handed over within a day is given up, and says so in the log.

    Raises TemporaryFailure only when the queue cannot be reached, InvalidInput for an item that is none.
    """
    at_ms, to = _whole(body.get("at", "")), parse_address(body.get("to", ""))
    kind, domain = body.get("notice", ""), body.get("domain", "")
    try:
        data = _written(services, kind, body, at_ms)
        _hand_over(services, to, domain, data, used)
    except NotFound:
        log_event("notice_given_up", kind=kind, domain=domain, reason="the message is gone")
    except PermanentFailure as failure:
        log_event("notice_given_up", kind=kind, domain=domain, reason=str(failure)[:80])
    except (TemporaryFailure, NoRoute) as failure:
        if services.clock.now_ms() - at_ms > GIVE_UP_MS:
            log_event("notice_given_up", kind=kind, domain=domain, reason=str(failure)[:80])
        else:
            services.queue.send(QueueName.DELIVER, [dict(body)], delay_seconds=RETRY_SECONDS)
            return
    else:
        log_event("notice_sent", kind=kind, domain=domain)
    if kind == REPORT and not body.get("held"):
        services.store.delete(body.get("raw", ""))  # refused and not kept: it was there for the report alone


def _written(services: Services, kind: str, body: Mapping[str, str], at_ms: int) -> bytes:
    """The notice as mail. Raises NotFound (the message it is about is gone), InvalidInput."""
    host, to, domain = services.options.hostname, body.get("to", ""), body.get("domain", "")
    if kind == LOCK:
        until = until_text(_whole(body.get("until", "")), FOREVER)
        locked = Locked(body.get("user", ""), body.get("sender", ""), body.get("reason", ""), until, at_ms)
        return lock_notice(locked, to=to, domain=domain, host=host)
    if kind != REPORT or not body.get("raw", "").startswith(services.options.out_prefix):
        raise InvalidInput("not a notice")
    blocked = Blocked(
        message=body.get("message", ""),
        user=body.get("user", ""),
        mail_from=body.get("sender", ""),
        recipients=_listed(body.get("recipients", "")),
        client_ip=body.get("ip", ""),
        at_ms=at_ms,
        was_held=bool(body.get("held")),
    )
    raw = services.store.get(body["raw"])
    return abuse_report(blocked, raw, to=to, domain=domain, host=host, full=bool(body.get("full")))


def _hand_over(services: Services, to: Address, domain: str, data: bytes, used: dict[int, Courier]) -> None:
    """Straight to the mail server of the recipient's domain where that is one of ours, else out by the sending domain's route."""
    own = services.directory.get_route(to.domain)
    route = own or find_outgoing_route(services, domain) or find_route(services, to)
    if route is None:
        raise NoRoute(f"no route for {to.domain}")
    courier = services.couriers.courier(route)
    used[id(courier)] = courier
    courier.send(Parcel("", to, data, f"notice for {to.domain}"), route)


def _listed(text: str) -> Sequence[str]:
    return [each for each in text.split(_SEPARATOR) if try_address(each)]


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() else 0
