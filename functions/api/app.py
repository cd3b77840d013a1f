"""Answer an HTTP API event (payload format 2.0). The edge behind it never raises."""

from __future__ import annotations

from typing import Any

from pratique import bootstrap
from pratique.api.edge import handle


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html"""
    return handle(event, bootstrap.services)
