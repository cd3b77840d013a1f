"""Looks whether a next hop answers, with the TLS that the route asks for."""

from __future__ import annotations

import smtplib
import ssl
import time
from collections.abc import Callable

from pratique.domain.errors import PermanentFailure, TemporaryFailure
from pratique.domain.route import SMTP_PORT, Route, Tls

from .smtp_client import DeadlineSMTP, Timeouts
from .smtp_transaction import clean, reply_text

QUICK = Timeouts(connect=5.0, command=5.0, answer=5.0, total=12.0)


class SmtpProbe:
    """See RouteProbe. `port_25` says whether that port may be called; `hostname` is said in EHLO."""

    def __init__(
        self,
        *,
        hostname: str,
        port_25: bool = False,
        timeouts: Timeouts = QUICK,
        tls_context: Callable[[], ssl.SSLContext] = ssl.create_default_context,
    ) -> None:
        self._hostname, self._port_25 = hostname, port_25
        self._timeouts, self._tls_context = timeouts, tls_context

    def probe(self, route: Route) -> str:
        """See RouteProbe."""
        if route.port == SMTP_PORT and not self._port_25:
            raise PermanentFailure("port 25 is closed here: use 587, 465 or a relay's own port")
        implicit = self._tls_context() if route.tls is Tls.IMPLICIT else None
        line = None
        try:
            line = DeadlineSMTP(
                route.host.rstrip("."),
                route.port,
                local_hostname=self._hostname,
                timeouts=self._timeouts,
                deadline=time.monotonic() + self._timeouts.total,
                implicit_tls=implicit,
            )
            return self._greeted(line, route)
        except smtplib.SMTPResponseException as error:
            raise TemporaryFailure(f"not ready: {reply_text(error.smtp_code, error.smtp_error)}") from None
        except (OSError, ValueError) as error:  # smtplib's exceptions, and TLS's, are OSErrors
            raise TemporaryFailure(clean(f"no connection: {error}")) from None
        finally:
            if line is not None:
                line.leave(1.0)

    def _greeted(self, line: DeadlineSMTP, route: Route) -> str:
        line.ehlo_or_helo_if_needed()
        secure = route.tls is Tls.IMPLICIT
        if route.tls in (Tls.REQUIRED, Tls.OPPORTUNISTIC):
            if line.has_extn("starttls"):
                line.starttls(context=self._tls_context())
                line.ehlo()
                secure = True
            elif route.tls is Tls.REQUIRED:
                raise TemporaryFailure("it offers no STARTTLS, which the route asks for")
        said = (line.ehlo_resp or line.helo_resp or b"").split(b"\n")[0].decode("ascii", "replace")
        login = "; asks for a login" if line.has_extn("auth") else ""
        return clean(f"{said} answers {'with TLS' if secure else 'without TLS'}{login}")
