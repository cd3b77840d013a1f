"""The HTTP API's edge."""

from __future__ import annotations

import json

from pratique.api.table import ENDPOINTS

from tests.infra.loading import MAIN, load, resources

TEMPLATE = load(MAIN)
RESOURCES = TEMPLATE["Resources"]
ROUTES = {body["RouteKey"]: body for body in resources(TEMPLATE, "AWS::ApiGatewayV2::Route").values()}
OPEN = {"GET /v1/openapi.json", "GET /v1/health", "ANY /d/{link}"} | {
    f"{e.method} {e.path}" for e in ENDPOINTS if e.public
}


def test_only_what_is_for_everybody_needs_no_token() -> None:
    """The description and the sign of life say nothing about mail, and whoever signs in has nothing yet to show; a digest's
    link is its own proof.
    """
    assert set(ROUTES) == {"ANY /v1/{proxy+}", *OPEN}
    for key, route in ROUTES.items():
        if key in OPEN:
            assert route["AuthorizationType"] == "NONE"
        else:
            assert (route["AuthorizationType"], route["AuthorizerId"]) == ("CUSTOM", {"Ref": "ApiAuthorizer"})


def test_a_revoked_token_or_session_is_dead_at_once() -> None:
    """The authorizer is asked each time, also where the request has no Authorization header: it may have a session's cookie. Without an
    identity source API Gateway could not tell one caller's remembered answer from another's.
    """
    authorizer = RESOURCES["ApiAuthorizer"]["Properties"]
    assert authorizer["AuthorizerResultTtlInSeconds"] == 0
    assert authorizer["IdentitySource"] == []
    assert (authorizer["AuthorizerPayloadFormatVersion"], authorizer["EnableSimpleResponses"]) == (
        "2.0",
        True,
    )


def test_requests_are_throttled() -> None:
    """By rate and burst, for all callers together."""
    settings = RESOURCES["ApiStage"]["Properties"]["DefaultRouteSettings"]
    assert settings["ThrottlingRateLimit"] == {"Ref": "ApiRate"}
    assert settings["ThrottlingBurstLimit"] == {"Ref": "ApiBurst"}


def test_the_access_log_names_nobody() -> None:
    """The route's pattern only: a path names a message, a query an address, a client its IP."""
    form = RESOURCES["ApiStage"]["Properties"]["AccessLogSettings"]["Format"]
    names = set(json.loads(form).values())
    assert "$context.routeKey" in names
    assert not {
        n
        for n in names
        if any(w in n for w in ("path", "sourceIp", "querystring", "identity", "header", "userAgent"))
    }


def test_both_functions_are_called_with_payload_2() -> None:
    """The handlers read that format."""
    integration = RESOURCES["ApiIntegration"]["Properties"]
    assert (integration["IntegrationType"], integration["PayloadFormatVersion"]) == ("AWS_PROXY", "2.0")
    assert integration["IntegrationUri"] == {"Fn::GetAtt": ["ApiFunction", "Arn"]}
