"""Routes: the next hop of each domain. Domain administrators see and set their own; `*` is the operator's. `outgoing:` before the name (or
the `*`) is the next hop of the mail that the domain sends.
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

from pratique.domain.actor import Actor
from pratique.domain.address import normalise_domain
from pratique.domain.errors import Forbidden, NotFound
from pratique.domain.route import OUTGOING_ROUTE, Route, check_route
from pratique.domain.scope import GLOBAL, Level, Scope, domain_scope
from pratique.ports.services import Services
from pratique.usecases.acting import changing
from pratique.usecases.find_route import ANY_DOMAIN
from pratique.usecases.undo_settings import route_deed


def put_route(services: Services, actor: Actor, route: Route) -> Route:
    """Set the next hop of a domain. Raises NotFound, Forbidden (a domain's administrator reaching for another one's secret or into
    the inner network), InvalidInput (a loop, port 25 where it is closed, no host).
    """
    stored = check_route_of(services, actor, route)
    before = services.directory.get_route(stored.domain)
    if before == stored:
        return stored
    said = f"{stored.domain} {stored.kind.value} {stored.host}:{stored.port}"
    scope, _ = _place(route.domain)
    with changing(
        services, actor, scope, "route.put", said, route_deed(scope, stored.domain, before, stored)
    ):
        services.directory.put_route(stored)
    return stored


def check_route_of(services: Services, actor: Actor, route: Route) -> Route:
    """The route as put_route would store it. Raises as that."""
    scope, name = _place(route.domain)
    actor.must_administer(scope)
    if actor.scope.level is not Level.GLOBAL:
        _check_reach(route, scope.name)
    return check_route(
        replace(route, domain=name),
        port_25=services.options.port_25,
        forbidden_hosts=services.options.own_edges,
    )


def get_route(services: Services, actor: Actor, domain: str) -> Route:
    """A domain's own route. Raises NotFound."""
    scope, name = _place(domain)
    actor.must_see(scope)
    route = services.directory.get_route(name)
    if route is None:
        raise NotFound("no such route")
    return route


def delete_route(services: Services, actor: Actor, domain: str) -> None:
    """Forget a domain's next hop: nothing of it is delivered until it has one again. Raises NotFound, Forbidden."""
    scope, name = _place(domain)
    actor.must_administer(scope)
    deed = route_deed(scope, name, services.directory.get_route(name), None)
    if deed.before is None:
        raise NotFound("no such route")
    with changing(services, actor, scope, "route.delete", name, deed):
        if not services.directory.delete_route(name):
            raise NotFound("no such route")


def list_routes(services: Services, actor: Actor) -> list[Route]:
    """The routes the actor may see, by domain."""
    if actor.scope.level is Level.GLOBAL:
        return services.directory.list_routes()
    if actor.scope.level is Level.DOMAIN:
        names = (actor.scope.name, OUTGOING_ROUTE + actor.scope.name)
        found = (services.directory.get_route(name) for name in names)
        return [route for route in found if route]
    return []


def _check_reach(route: Route, domain: str) -> None:
    """What only the operator may set: with a host of one's own, another domain's secret would give its password away, and an inner
    address would let a stranger's server be asked from inside.
    """
    if route.credentials and route.credentials.rpartition("/")[2] != domain:
        raise Forbidden("a domain's administrator may only name the secret that ends in /" + domain)
    try:
        literal = ip_address(route.host.strip("[]"))
    except ValueError:
        return
    if not literal.is_global:
        raise Forbidden("only the operator may route to an address that is not public")


def _place(domain: str) -> tuple[Scope, str]:
    head = OUTGOING_ROUTE if domain.startswith(OUTGOING_ROUTE) else ""
    bare = domain.removeprefix(head)
    if bare == ANY_DOMAIN:
        return GLOBAL, head + ANY_DOMAIN
    scope = domain_scope(bare)
    return scope, head + normalise_domain(bare)
