"""The part of the table about next hops."""

from __future__ import annotations

from . import asked, given_settings
from . import examples as example
from .endpoint import Endpoint
from .endpoints import routes

ROUTES: tuple[Endpoint, ...] = (
    Endpoint(
        "GET",
        "/v1/routes",
        "listRoutes",
        "List next hops",
        routes.list_,
        answer=given_settings.RouteList,
        example_answer={"routes": [example.ROUTE]},
    ),
    Endpoint(
        "GET",
        "/v1/routes/{domain}",
        "getRoute",
        "A domain's next hop",
        routes.get,
        answer=given_settings.RouteView,
        example_answer=example.ROUTE,
    ),
    Endpoint(
        "PUT",
        "/v1/routes/{domain}",
        "putRoute",
        "Set a domain's next hop",
        routes.put,
        answer=given_settings.RouteView,
        body=asked.RouteRequest,
        description="`*` is the operator's: it serves every domain that has none of its own.",
        example_body={"kind": "smtp", "host": "mx.example.org", "port": 587, "tls": "required"},
        example_answer=example.ROUTE,
    ),
    Endpoint(
        "DELETE",
        "/v1/routes/{domain}",
        "deleteRoute",
        "Forget a domain's next hop",
        routes.delete,
        status=204,
        description="Nothing more of the domain is delivered until it has one again.",
    ),
)
