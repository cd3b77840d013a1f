"""The HTTP side of the command line: one client, clear errors, patience where a repeat is harmless."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cli.failure import Failure
from cli.place import Place

if TYPE_CHECKING:
    import httpx

TIMEOUT = 35.0
"""Seconds: API Gateway gives up after 30."""
TRIES = 5
LONGEST_WAIT = 10.0
"""Seconds between two tries."""
_UNAVAILABLE = 503
_ERROR = 400


class Api:
    """Calls of one installation's API."""

    def __init__(
        self,
        place: Place,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        import httpx  # noqa: PLC0415 - a quarter of a second that --help and usage errors need not wait for

        self.place = place
        self._errors = (httpx.HTTPError, httpx.InvalidURL)
        self._sleep = sleep
        self._client = httpx.Client(
            base_url=place.url.rstrip("/"),
            headers={"authorization": f"Bearer {place.token}", "user-agent": "pratique-cli"},
            timeout=TIMEOUT,
            transport=transport,
        )
        self._plain = httpx.Client(timeout=TIMEOUT, transport=transport)

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()
        self._plain.close()

    def get(self, path: str, **query: Any) -> Any:
        """Read. Fields that are None are left out."""
        return self._call("GET", path, query=query)

    def text(self, path: str, header: str, **query: Any) -> tuple[str, str | None]:
        """Read what is no JSON; and one header of the answer, None where it is missing."""
        answer = self._answer("GET", path, query=query)
        return answer.text, answer.headers.get(header)

    def put(self, path: str, body: Any, *, match: int | None = None, **query: Any) -> Any:
        """Replace; only where `match` is the version that holds, if it is given."""
        return self._call("PUT", path, query=query, body=body, match=match)

    def patch(self, path: str, body: Any) -> Any:
        """Change what is given."""
        return self._call("PATCH", path, body=body)

    def delete(self, path: str, **query: Any) -> None:
        """Delete."""
        self._call("DELETE", path, query=query)

    def post(self, path: str, body: Any, *, once: bool = False) -> Any:
        """Act. Every try carries the same Idempotency-Key; `once` is for what a repeat would do again."""
        return self._call("POST", path, body=body, tries=1 if once else TRIES)

    def fetch(self, url: str) -> bytes:
        """The bytes behind a link that the API gave. The token stays here: the link carries its own right."""
        try:
            answer = self._plain.get(url)
        except self._errors as error:
            raise Failure(f"the link does not answer ({type(error).__name__})") from None
        if answer.status_code >= _ERROR:
            raise Failure(f"the link was refused ({answer.status_code})")
        return answer.content

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Any = None,
        body: Any = None,
        tries: int = TRIES,
        match: int | None = None,
    ) -> Any:
        answer = self._answer(method, path, query=query, body=body, tries=tries, match=match)
        return answer.json() if answer.content else None

    def _answer(
        self,
        method: str,
        path: str,
        *,
        query: Any = None,
        body: Any = None,
        tries: int = TRIES,
        match: int | None = None,
    ) -> httpx.Response:
        params = [
            (k, v)
            for k, given in (query or {}).items()
            for v in (given if isinstance(given, list) else [given])
        ]
        headers = {} if method == "GET" else {"idempotency-key": str(uuid.uuid4())}
        if match is not None:
            headers["if-match"] = f'"{match}"'
        for attempt in range(1, tries + 1):
            try:
                answer = self._client.request(
                    method, path, params=[p for p in params if p[1] is not None], json=body, headers=headers
                )
            except self._errors as error:
                raise Failure(f"{self.place.url} does not answer ({type(error).__name__})") from None
            if answer.status_code != _UNAVAILABLE or attempt == tries:
                break
            self._sleep(min(_seconds(answer.headers.get("retry-after")), LONGEST_WAIT))
        if answer.status_code >= _ERROR:
            raise _failure(answer, self.place)
        return answer


def part(text: str) -> str:
    """A value as one part of a path."""
    return quote(text, safe="@*")


def _seconds(text: str | None) -> float:
    return float(text) if text and text.isdecimal() else 1.0


def _failure(answer: httpx.Response, place: Place) -> Failure:
    try:
        problem = answer.json()
    except ValueError:
        problem = {}
    if not isinstance(problem, dict):
        problem = {}
    if answer.status_code in {401, 403} and not problem.get("code"):
        return Failure(
            f"{place.url} does not know this token (revoked, ended, or of another installation)",
            "unauthenticated",
        )
    detail = problem.get("detail") or problem.get("message") or answer.reason_phrase
    return Failure(f"{detail} ({problem.get('code') or answer.status_code})", str(problem.get("code", "")))
