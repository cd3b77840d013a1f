"""One installation for all end-to-end tests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from local.stack import Stack
from tests.e2e.installation import Installation, config_in
from tests.issuer import CLIENT, SECRET, Issuer, issuing


@pytest.fixture(scope="session")
def issuer() -> Iterator[Issuer]:
    """Another issuer that people may sign in at."""
    with issuing() as running:
        yield running


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory, issuer: Issuer) -> Iterator[Installation]:
    config = replace(
        config_in(tmp_path_factory.mktemp("installation")),
        parameters=(
            ("OidcIssuer", issuer.url),
            ("OidcClient", CLIENT),
            ("OidcSecret", "pratique/pratique/oidc"),
            ("OidcRules", "groups=operators:global"),
            ("OidcTitle", "Example Inc."),
        ),
    )
    with Stack(config) as stack:
        stack.client("secretsmanager").create_secret(
            Name="pratique/pratique/oidc", SecretString=json.dumps({"username": CLIENT, "password": SECRET})
        )
        yield Installation(stack)
