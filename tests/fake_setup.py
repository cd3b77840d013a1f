"""What the set-up check asks, as a test says it is."""

from __future__ import annotations

from pratique.domain.route import Route
from pratique.ports.setup import Identity, Receiving


class FakeProvider:
    """MailProvider. An error in place of an answer is raised."""

    def __init__(self) -> None:
        self.identities: dict[str, Identity] = {}
        self.active: Receiving | Exception = Receiving("", takes=False)
        self.broken: Exception | None = None

    def identity(self, domain: str) -> Identity | None:
        if self.broken is not None:
            raise self.broken
        return self.identities.get(domain)

    def receiving(self, domain: str) -> Receiving:
        if isinstance(self.active, Exception):
            raise self.active
        return self.active


class FakeProbe:
    """RouteProbe."""

    def __init__(self) -> None:
        self.asked: list[Route] = []
        self.answer: str | Exception = "mx.example.org answers with TLS"

    def probe(self, route: Route) -> str:
        self.asked.append(route)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer
