"""Answer the pages behind a digest's links (HTTP API, payload format 2.0). The edge behind it never raises."""

from __future__ import annotations

from typing import Any

from pratique import bootstrap
from pratique.api.pages import handle_page


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html"""
    return handle_page(event, bootstrap.services)
