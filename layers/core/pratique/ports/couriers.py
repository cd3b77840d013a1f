"""Handing a message to the next hop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pratique.domain.address import Address
from pratique.domain.route import Route


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is handed over: envelope and bytes. `mail_from` '' is the null sender. `reference` names the copy in logs and traces."""

    mail_from: str
    recipient: Address
    data: bytes
    reference: str


class Courier(Protocol):
    """A way to a next hop (chasquid's two-method courier, with typed failures)."""

    def send(self, parcel: Parcel, route: Route) -> str:
        """Hand over; returns the next hop's answer (printable, at most 200 characters).

        Raises TemporaryFailure (4xx, no connection, throttled) or PermanentFailure (5xx).
        """

    def close(self) -> None:
        """Let go of connections; called at the end of a batch."""


class Couriers(Protocol):
    """Gives the courier of a route."""

    def courier(self, route: Route) -> Courier:
        """The courier for this kind of route. Raises PermanentFailure for a kind that this installation cannot serve."""
