"""An OpenID Connect issuer on the loopback address: it signs tokens with keys of its own, as a real one does.

Browsers are sent to another name of it than the functions ask, so that it is another site than the panel's.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "pratique-client", "s3cret"


class Issuer:
    """`claims` are those of the next person who signs in; `spoil` changes a token's claims or header before it is signed. `asked` counts.

    A browser that comes to `door` signs in as that person at once, or is sent back with `refusal` (RFC 6749, 4.1.2.1).
    """

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {"sub": "1", "email": "bob@example.org", "email_verified": True}
        self.spoil: dict[str, Any] = {}
        self.refusal = ""
        self.algorithm = "RS256"
        self.kid = "k1"
        self.secret = SECRET
        self.trouble = 0
        self.asked: list[str] = []
        self.codes: dict[str, dict[str, str]] = {}
        self.key = rsa.generate_private_key(65_537, 2_048)
        self.shown_key = self.key
        self.now_s = 0.0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.door = f"http://localhost:{self._server.server_port}"

    def serve(self) -> None:
        self._server.serve_forever(poll_interval=0.05)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def person(self, url: str) -> tuple[str, str]:
        """A person signs in at the URL that we were given; (code, state), as they come back to the panel."""
        assert url.startswith(f"{self.door}/authorize?")
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert asked["client_id"] == CLIENT
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        return code, asked["state"]

    def way_back(self, query: str) -> str:
        """Where a browser goes from here."""
        code, state = self.person(f"{self.door}/authorize?{query}")
        redirect = self.codes[code]["redirect_uri"]
        answer = {"error": self.refusal} if self.refusal else {"code": code}
        return f"{redirect}?{urlencode({**answer, 'state': state})}"

    def answer(self, path: str, form: dict[str, str], authorization: str) -> tuple[int, Any]:
        """What is said to a request."""
        self.asked.append(path)
        if self.trouble:
            return self.trouble, {}
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.url,
                "authorization_endpoint": f"{self.door}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
            }
        if path == "/keys":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.shown_key.public_key()))
            return 200, {"keys": [{**public, "kid": "k1", "use": "sig", "alg": "RS256"}]}
        if path == "/token":
            return self._token(form, authorization)
        return 404, {}

    def _token(self, form: dict[str, str], authorization: str) -> tuple[int, Any]:
        pair = base64.b64decode(authorization.removeprefix("Basic ")).decode() if authorization else ""
        if self.secret and pair != f"{CLIENT}:{self.secret}":
            return 401, {"error": "invalid_client"}
        begun = self.codes.pop(form.get("code", ""), None)
        if begun is None or begun["redirect_uri"] != form.get("redirect_uri"):
            return 400, {"error": "invalid_grant"}
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).decode().rstrip("=") != begun["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        said = {
            "iss": self.url,
            "aud": CLIENT,
            "iat": int(self.now_s),
            "exp": int(self.now_s) + 300,
            "nonce": begun["nonce"],
            **self.claims,
            **self.spoil,
        }
        said = {name: value for name, value in said.items() if value is not None}
        key: Any = "a shared secret of 32 octets, or more" if self.algorithm == "HS256" else self.key
        token = jwt.encode(said, "" if self.algorithm == "none" else key, self.algorithm, {"kid": self.kid})
        return 200, {"id_token": token, "access_token": "x", "token_type": "Bearer"}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                if parts.path == "/authorize":
                    self.send_response(302)
                    self.send_header("Location", issuer.way_back(parts.query))
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                self._say(*issuer.answer(parts.path, {}, ""))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: values[0] for name, values in parse_qs(body).items()}
                self._say(*issuer.answer(self.path, form, self.headers.get("Authorization", "")))

            def log_message(self, *_: Any) -> None:
                pass

            def _say(self, status: int, body: Any) -> None:
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        return Handler


@contextmanager
def issuing() -> Iterator[Issuer]:
    """A running issuer."""
    issuer = Issuer()
    thread = threading.Thread(target=issuer.serve, daemon=True)
    thread.start()
    try:
        yield issuer
    finally:
        issuer.stop()
        thread.join(5)
