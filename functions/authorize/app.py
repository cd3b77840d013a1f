"""Say whose token a request carries (HTTP API Lambda authorizer, payload format 2.0, simple response). Anything odd is a no."""

from __future__ import annotations

from typing import Any

from pratique import bootstrap
from pratique.api.identity import NOBODY, authorize
from pratique.observability import logger


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html"""
    try:
        return authorize(event, bootstrap.services)
    except Exception as error:  # noqa: BLE001 - who cannot be checked is not let in, whatever went wrong
        logger().error("not_checked", extra={"event": "not_checked", "error": type(error).__name__})
        return dict(NOBODY)
