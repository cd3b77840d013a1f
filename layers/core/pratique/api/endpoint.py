"""What an endpoint is: one row of the table in `table.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from pratique.domain.actor import Actor
from pratique.domain.errors import PratiqueError
from pratique.ports.services import Services

from .errors import Unauthenticated


@dataclass(frozen=True, slots=True)
class Client:
    """Where a request comes from: the address that API Gateway saw, what the browser calls itself, its cookies, and the CSRF word of its
    session. For counting, for cookies and for people to look at; never for who calls.
    """

    address: str = "?"
    agent: str = ""
    cookies: Mapping[str, str] = field(default_factory=dict)
    csrf: str = ""
    forwarded: str = ""
    """X-Forwarded-For."""

    def address_behind(self, proxies: int) -> str:
        """The client's address behind so many proxies of ours: each of them added the address that it saw at the end of the list, and API
        Gateway the last one's. A list that is shorter did not come through them.
        """
        chain = [part.strip()[:100] for part in self.forwarded.split(",")] if proxies else []
        return chain[-1 - proxies] if len(chain) > proxies else self.address


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that sets cookies."""

    body: Any
    cookies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an endpoint: path values decoded, `query` and `body` of the types that the endpoint declares."""

    start: Callable[[], Services]
    somebody: Actor | None
    path: Mapping[str, str]
    query: Any
    body: Any
    key: str | None = None
    """The Idempotency-Key header."""
    client: Client = field(default_factory=Client)
    match: int | None = None
    """The version in the If-Match header."""

    @property
    def services(self) -> Services:
        """The ports, made when first asked for."""
        return self.start()

    @property
    def actor(self) -> Actor:
        """Who calls. Raises Unauthenticated."""
        if self.somebody is None:
            raise Unauthenticated("send a token")
        return self.somebody


@dataclass(frozen=True, slots=True)
class Written:
    """An answer that is no JSON: its content type, its text, and headers of its own beside those of every answer."""

    kind: str
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A method and a path template, what it takes and gives, and the function that translates.

    `{id}` in a path matches one segment, `{scope}` also slashes (a local part may hold one). `errors` are those beside the ones every call
    may meet. `writes` is the content type of an endpoint that answers Written instead of `answer`. `summary` is one line; `examples` holds
    a request body and an answer for the document.
    """

    method: str
    path: str
    name: str
    summary: str
    handler: Callable[[Call], Any]
    answer: type[msgspec.Struct] | None = None
    query: type[msgspec.Struct] | None = None
    body: type[msgspec.Struct] | None = None
    writes: str = ""
    status: int = 200
    public: bool = False
    unfinished: bool = False
    """Whether it answers also to who must set up a second factor first."""
    errors: tuple[type[PratiqueError], ...] = ()
    description: str = ""
    example_body: Mapping[str, Any] | None = None
    example_answer: Mapping[str, Any] | None = field(default=None)

    @property
    def resource(self) -> str:
        """The noun after /v1: the document's tag."""
        return self.path.split("/")[2]
