"""OpenID Connect over HTTP: discovery, the token endpoint, the issuer's keys. PyJWT checks signatures; it is loaded by who signs in so."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from pratique.domain.errors import NotProved, PermanentFailure, TemporaryFailure

KEPT_SECONDS = 3600
"""Discovery document and keys are remembered for so long."""
AGAIN_SECONDS = 60
"""An unknown key id asks for the keys again, but not more often: tokens are strangers' input."""
TIMEOUT = 5.0
MAX_ANSWER = 262_144
"""Octets of an answer."""
LEEWAY = 60
"""Seconds that clocks may differ."""
LONGEST_TOKEN = 65_536
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures by a key that the issuer alone has: never `none`, never one with a shared secret."""
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class HttpIdentityProvider:
    """See IdentityProvider. `secret` gives the client's secret, '' for a client that has none (PKCE protects its codes)."""

    def __init__(self, issuer: str, client: str, secret: Callable[[], str]) -> None:
        self._issuer, self._client, self._secret = issuer, client, secret
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, dict[str, Any]]] = {}

    def authorize_url(self, *, redirect: str, state: str, nonce: str, challenge: str) -> str:
        """See IdentityProvider."""
        url = self._endpoint("authorization_endpoint")
        query = {
            "response_type": "code",
            "client_id": self._client,
            "redirect_uri": redirect,
            "scope": "openid email profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"

    def exchange(
        self, code: str, *, redirect: str, verifier: str, nonce: str, now_s: float
    ) -> Mapping[str, Any]:
        """See IdentityProvider."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect,
            "code_verifier": verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        secret = self._secret()
        if secret:
            pair = f"{quote(self._client, safe='')}:{quote(secret, safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form["client_id"] = self._client
        status, answer = _fetch("POST", self._endpoint("token_endpoint"), urlencode(form).encode(), headers)
        token = answer.get("id_token")
        if status != 200 or not isinstance(token, str) or len(token) > LONGEST_TOKEN:  # noqa: PLR2004 - OK
            if status == 401:  # noqa: PLR2004 - Unauthorized: it is us whom the issuer does not take
                raise PermanentFailure("the issuer does not know this client")
            raise NotProved("the issuer did not take the code: start again")
        claims = self._claims(token, now_s)
        if claims.get("nonce") != nonce:
            raise NotProved("the issuer's answer is to another question")
        return claims

    def _claims(self, token: str, now_s: float) -> dict[str, Any]:
        """The token's claims, all checked but the nonce. Times are held against the caller's clock."""
        import jwt  # noqa: PLC0415 - see the module

        try:
            kid = jwt.get_unverified_header(token).get("kid")
            claims: dict[str, Any] = jwt.decode(
                token,
                self._key(kid),
                algorithms=list(ALGORITHMS),
                audience=self._client,
                issuer=self._issuer,
                options={
                    "require": ["exp", "iat", "sub", "aud", "iss"],
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
            late = float(claims["exp"]) + LEEWAY < now_s
            early = max(float(claims["iat"]), float(claims.get("nbf", 0))) - LEEWAY > now_s
        except (jwt.PyJWTError, TypeError, ValueError) as error:
            raise NotProved("the issuer's token is not right") from error
        if late or early or claims.get("azp", self._client) != self._client:
            raise NotProved("the issuer's token is not right")
        return claims

    def _key(self, kid: object) -> Any:
        """The issuer's key of this id; asked for anew where it is not known. Raises NotProved."""
        import jwt  # noqa: PLC0415 - see the module

        for fresh in (KEPT_SECONDS, AGAIN_SECONDS):
            keys = self._get(self._endpoint("jwks_uri"), fresh).get("keys")
            found = [
                each
                for each in (keys if isinstance(keys, list) else [])
                if isinstance(each, dict) and each.get("use", "sig") == "sig" and each.get("kid") == kid
            ]
            if len(found) == 1:
                return jwt.PyJWK(found[0])
        raise NotProved("the issuer's token is signed by a key that it does not name")

    def _endpoint(self, name: str) -> str:
        found = self._get(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration", KEPT_SECONDS)
        url = found.get(name)
        if found.get("issuer") != self._issuer or not isinstance(url, str):
            raise PermanentFailure(
                "the issuer's discovery document is another issuer's, or lacks an endpoint"
            )
        return url

    def _get(self, url: str, seconds: float) -> dict[str, Any]:
        """A document, remembered for some seconds."""
        with self._lock:
            known = self._known.get(url)
            if known is not None and time.monotonic() - known[0] < seconds:
                return known[1]
        status, answer = _fetch("GET", url, None, {})
        if status != 200:  # noqa: PLR2004 - OK
            raise TemporaryFailure("the issuer does not answer as it should")
        with self._lock:
            self._known[url] = (time.monotonic(), answer)
        return answer


def _fetch(
    method: str, url: str, body: bytes | None, headers: Mapping[str, str]
) -> tuple[int, dict[str, Any]]:
    """One request: https (or a loopback address), no redirects, bounded in time and size. Raises TemporaryFailure, PermanentFailure."""
    parts = urlsplit(url)
    host, path = parts.hostname or "", parts.path + (f"?{parts.query}" if parts.query else "")
    connection: http.client.HTTPConnection
    if parts.scheme == "https" and host:
        connection = http.client.HTTPSConnection(
            host, parts.port, timeout=TIMEOUT, context=ssl.create_default_context()
        )
    elif parts.scheme == "http" and host in _LOOPBACK:
        connection = http.client.HTTPConnection(host, parts.port, timeout=TIMEOUT)
    else:
        raise PermanentFailure("an issuer is asked over https only")
    try:
        connection.request(method, path, body, {"Accept": "application/json", **headers})
        answer = connection.getresponse()
        data = answer.read(MAX_ANSWER + 1)
    except (OSError, http.client.HTTPException) as error:
        raise TemporaryFailure(f"the issuer could not be reached ({type(error).__name__})") from error
    finally:
        connection.close()
    if answer.status >= 500 or len(data) > MAX_ANSWER:  # noqa: PLR2004 - a server's own trouble
        raise TemporaryFailure("the issuer does not answer as it should")
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        found = {}
    return answer.status, found if isinstance(found, dict) else {}
