"""The set-up of a domain, point by point, each tested: DNS records, SES, the next hop, and whether mail really flows."""

from __future__ import annotations

from collections.abc import Callable

from pratique.domain.actor import Actor
from pratique.domain.errors import InvalidInput, PratiqueError
from pratique.domain.lifecycle import LIVE, State
from pratique.domain.route import Route, RouteKind
from pratique.domain.scope import Level, Scope
from pratique.domain.setup_check import Point, Standing, dmarc_point, mx_point, spf_point
from pratique.ports.resolver import RecordKind
from pratique.ports.services import Services
from pratique.usecases.find_route import ANY_DOMAIN

DNS_SECONDS = 4.0
RECENT = 20
"""Copies that are looked at for whether mail flows."""


def check_setup(services: Services, actor: Actor, scope: Scope) -> list[Point]:
    """Test the set-up of a domain. Changes nothing and sends nothing. Raises NotFound, Forbidden (a recipient), InvalidInput (no domain)."""
    if scope.level is not Level.DOMAIN:
        raise InvalidInput("the set-up is a domain's")
    actor.must_see(scope)
    if actor.scope.level is Level.RECIPIENT:
        actor.must_administer(scope)
    domain = scope.name
    route = services.directory.get_route(domain) or services.directory.get_route(ANY_DOMAIN)
    return [
        _asked("mx", lambda: mx_point(_dns(services, domain, RecordKind.MX), services.options.hostname)),
        _asked("receiving", lambda: _receiving(services, domain)),
        _arriving(services, scope),
        _route(route),
        _asked("next-hop", lambda: _next_hop(services, route)),
        _delivering(services, scope),
        _asked("spf", lambda: spf_point(_dns(services, domain, RecordKind.TXT))),
        _asked("dmarc", lambda: dmarc_point(_dns(services, f"_dmarc.{domain}", RecordKind.TXT))),
        _asked("identity", lambda: _identity(services, domain)),
    ]


def _asked(name: str, ask: Callable[[], Point]) -> Point:
    """The point; UNKNOWN where it could not be asked."""
    try:
        return ask()
    except PratiqueError as error:
        return Point(name, Standing.UNKNOWN, str(error.args[0]) if error.args else error.code)


def _dns(services: Services, name: str, kind: RecordKind) -> tuple[str, ...]:
    return services.dns.resolve(name, kind, seconds=DNS_SECONDS).values


def _receiving(services: Services, domain: str) -> Point:
    found = services.provider.receiving(domain)
    if not found.rule_set:
        return Point(
            "receiving",
            Standing.FAILED,
            "no receipt rule set is active",
            "Activate one: docs/deploy.md, receiving.",
        )
    if not found.takes:
        return Point(
            "receiving",
            Standing.FAILED,
            f"no rule of {found.rule_set}, which is active, brings mail of {domain} here",
            "Deploy with this rule set and this domain: parameters ReceiptRuleSetName and ReceiptRecipients.",
        )
    return Point("receiving", Standing.OK, f"by the rule set {found.rule_set}")


def _arriving(services: Services, scope: Scope) -> Point:
    page = services.index.list_copies(
        scope,
        states=[state for state in State if state is not State.EXPIRED],
        limit=1,
        now=services.clock.now_ms() // 1000,
    )
    if not page.copies:
        return Point(
            "arriving",
            Standing.WARNING,
            "no mail has come in yet",
            "Send a message to an address of the domain.",
        )
    minutes = (services.clock.now_ms() - page.copies[0].received_ms) // 60_000
    return Point("arriving", Standing.OK, f"the last message came in {minutes} minutes ago")


def _route(route: Route | None) -> Point:
    if route is None:
        return Point(
            "route",
            Standing.FAILED,
            "no route",
            "Say where clean and released mail goes: PUT /v1/routes, or the panel's Domains.",
        )
    where = f"{route.host}:{route.port}" if route.host else f"SES, as {route.sender}"
    if route.kind in (RouteKind.SES_REWRITTEN, RouteKind.SES_WRAPPED):
        return Point(
            "route",
            Standing.WARNING,
            f"{route.kind}: {where}",
            "SES changes what it sends: a relay keeps mail as it is (docs/delivery.md).",
        )
    return Point("route", Standing.OK, f"{route.kind}: {where}")


def _next_hop(services: Services, route: Route | None) -> Point:
    if route is None or not route.host:
        return Point("next-hop", Standing.UNKNOWN, "no host to call")
    try:
        greeting = services.probe.probe(route)
    except PratiqueError as error:
        return Point(
            "next-hop",
            Standing.FAILED,
            str(error.args[0]) if error.args else error.code,
            "Is it reachable from here, with this TLS?",
        )
    return Point("next-hop", Standing.OK, greeting)


def _delivering(services: Services, scope: Scope) -> Point:
    page = services.index.list_copies(
        scope,
        states=[State.DELIVERED, State.RELEASED, State.FAILED, State.QUEUED, State.RELEASING],
        limit=RECENT,
        now=services.clock.now_ms() // 1000,
    )
    gone = [copy for copy in page.copies if copy.state in (State.DELIVERED, State.RELEASED)]
    bad = [copy for copy in page.copies if copy.state is State.FAILED or (copy.state in LIVE and copy.reply)]
    if bad and not gone:
        return Point(
            "delivering",
            Standing.FAILED,
            bad[0].reply[:200],
            "The next hop does not take mail: see the message's history.",
        )
    if bad:
        told = f"{len(bad)} of the last {len(page.copies)} messages were not taken; the last time: {bad[0].reply[:150]}"
        return Point("delivering", Standing.WARNING, told)
    if not gone:
        return Point(
            "delivering", Standing.WARNING, "nothing was delivered yet", "Send a message, or release one."
        )
    return Point("delivering", Standing.OK, gone[0].reply[:200] or "the next hop took the last message")


def _identity(services: Services, domain: str) -> Point:
    found = services.provider.identity(domain)
    if found is None:
        return Point(
            "identity",
            Standing.WARNING,
            "SES does not know the domain",
            "Verify it in SES, if mail leaves by SES.",
        )
    if not found.verified:
        return Point(
            "identity",
            Standing.FAILED,
            "the domain is not verified",
            "Publish the records that SES asks for.",
        )
    if found.dkim != "SUCCESS":
        return Point(
            "identity",
            Standing.WARNING,
            f"verified; DKIM is {found.dkim}",
            "Publish the three CNAME records of Easy DKIM.",
        )
    return Point("identity", Standing.OK, "verified, and signed by DKIM")
