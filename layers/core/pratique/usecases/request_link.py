"""Ask for a sign-in link: whoever asks learns nothing, and cannot make us send much."""

from __future__ import annotations

from pratique.domain.errors import InvalidInput
from pratique.domain.scope import Scope
from pratique.observability import log_event
from pratique.ports.queue import QueueName
from pratique.ports.services import Services
from pratique.usecases.count_attempts import count_attempt, network_of, too_many

LOGIN_LINKS, NETWORK_LINKS, ALL_LINKS = 3, 20, 500
"""Asked for in a window of 15 minutes: for one login, from one network, together."""


def request_link(services: Services, login: Scope, *, address: str) -> None:
    """Queue a letter, whether the login is anybody's or not: the worker finds out, so that time tells nothing here. Over a limit nothing is
    queued, and that says nothing either, since what nobody has is counted just as well.
    """
    if not services.options.panel_url:
        raise InvalidInput("this installation has no panel to sign in to")
    limits = {
        "links": ALL_LINKS,
        f"links-net#{network_of(address)}": NETWORK_LINKS,
        f"links#{login.key}": LOGIN_LINKS,
    }
    if too_many(services, limits):
        log_event("link_not_sent", reason="limit")
        return
    count_attempt(services, limits)
    asked = {"letter": "link", "login": login.key, "at": str(services.clock.now_ms())}
    services.queue.send(QueueName.LETTERS, [asked])
