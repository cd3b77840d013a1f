"""Another issuer that people sign in at (OpenID Connect)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class IdentityProvider(Protocol):
    """One issuer, by its discovery document (OpenID Connect Discovery 1.0)."""

    def authorize_url(self, *, redirect: str, state: str, nonce: str, challenge: str) -> str:
        """Where the browser is sent. `challenge` is the S256 of the code verifier (RFC 7636). Raises TemporaryFailure, PermanentFailure."""

    def exchange(
        self, code: str, *, redirect: str, verifier: str, nonce: str, now_s: float
    ) -> Mapping[str, Any]:
        """The claims behind a code: of an ID token whose signature, issuer, audience, time and nonce are right (OpenID Connect Core, 3.1.3.7).

        Raises NotProved (a wrong, used or late code; a token that is not right), TemporaryFailure, PermanentFailure.
        """
