"""Which courier serves which kind of route."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pratique.domain.errors import PermanentFailure
from pratique.domain.route import Route, RouteKind
from pratique.ports.couriers import Courier, Couriers
from pratique.ports.secrets import Secrets
from pratique.settings import Settings


def build_couriers(settings: Settings, secrets: Secrets, ses_client: Callable[[], Any]) -> Couriers:
    """The couriers of an installation. `ses_client` gives a sesv2 client in the region of the verified senders; it is called when mail is
    first sent through SES.
    """
    return _Couriers(settings, secrets, ses_client)


class _Couriers:
    """One courier for each kind, made when it is first asked for, so that connections are shared within a batch."""

    def __init__(self, settings: Settings, secrets: Secrets, ses_client: Callable[[], Any]) -> None:
        self._settings, self._secrets, self._ses_client = settings, secrets, ses_client
        self._made: dict[str, Courier] = {}

    def courier(self, route: Route) -> Courier:
        """See Couriers."""
        kind = RouteKind.SMTP if route.kind is RouteKind.MAILMANAGER_RELAY else route.kind
        if kind not in self._made:
            self._made[kind] = self._make(kind)
        return self._made[kind]

    def _make(self, kind: RouteKind) -> Courier:
        # The imports stand here because every function builds its ports, and only one of them sends mail.
        if kind is RouteKind.SMTP:
            from .smtp import SmtpCourier  # noqa: PLC0415 - as above

            return SmtpCourier(
                self._secrets, hostname=self._settings.hostname, port_25=self._settings.port_25
            )
        from .aws.ses import (  # noqa: PLC0415 - as above
            SesCourier,
            SesRewrittenCourier,
            SesWrappedCourier,
        )

        if kind is RouteKind.SES:
            return SesCourier(self._ses_client)
        if kind is RouteKind.SES_REWRITTEN:
            return SesRewrittenCourier(self._ses_client)
        if kind is RouteKind.SES_WRAPPED:
            return SesWrappedCourier(self._ses_client)
        raise PermanentFailure(f"this installation has no courier for {kind}")
