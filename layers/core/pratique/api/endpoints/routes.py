"""Next hops of domains; `*` is the route of every domain that has none of its own."""

from __future__ import annotations

from pratique.domain.route import Route
from pratique.usecases.change_routes import delete_route, get_route, list_routes, put_route

from .. import asked, given_settings, views
from ..endpoint import Call


def list_(call: Call) -> given_settings.RouteList:
    """The routes the actor may see."""
    return given_settings.RouteList(routes=[views.route(r) for r in list_routes(call.services, call.actor)])


def get(call: Call) -> given_settings.RouteView:
    """One domain's route."""
    return views.route(get_route(call.services, call.actor, call.path["domain"]))


def put(call: Call) -> given_settings.RouteView:
    """Add or replace a route."""
    body: asked.RouteRequest = call.body
    route = Route(
        domain=call.path["domain"],
        kind=body.kind,
        host=body.host,
        port=body.port,
        tls=body.tls,
        credentials=body.credentials,
        sender=body.sender,
    )
    return views.route(put_route(call.services, call.actor, route))


def delete(call: Call) -> None:
    """Take a route out."""
    delete_route(call.services, call.actor, call.path["domain"])
