"""The HTTP API's edge."""

from __future__ import annotations

import json

from tests.infra.loading import MAIN, load, resources

TEMPLATE = load(MAIN)
RESOURCES = TEMPLATE["Resources"]
ROUTES = {body["RouteKey"]: body for body in resources(TEMPLATE, "AWS::ApiGatewayV2::Route").values()}
OPEN = {"GET /v1/openapi.json", "GET /v1/health"}


def test_everything_but_two_pages_needs_a_token() -> None:
    """The description and the sign of life say nothing about mail."""
    assert set(ROUTES) == {"ANY /v1/{proxy+}", *OPEN}
    for key, route in ROUTES.items():
        if key in OPEN:
            assert route["AuthorizationType"] == "NONE"
        else:
            assert (route["AuthorizationType"], route["AuthorizerId"]) == ("CUSTOM", {"Ref": "ApiAuthorizer"})


def test_a_revoked_token_is_dead_at_once() -> None:
    """The authorizer's answers are not remembered unless asked for."""
    authorizer = RESOURCES["ApiAuthorizer"]["Properties"]
    assert authorizer["AuthorizerResultTtlInSeconds"] == {"Ref": "AuthorizerCacheSeconds"}
    assert TEMPLATE["Parameters"]["AuthorizerCacheSeconds"]["Default"] == 0
    assert authorizer["IdentitySource"] == ["$request.header.Authorization"]
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
