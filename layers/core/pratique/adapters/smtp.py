"""The SMTP courier: any next hop that takes mail by SMTP, among them an SES Mail Manager ingress endpoint (RFC 5321, 3207, 4954, 3030, 6531).

What is wrong with the *mail* (a 5xx to it) is a PermanentFailure. What is wrong with the *way* (no connection, TLS, a password, a 4xx) is a
TemporaryFailure: the same mail arrives once the way is put right. An answer that is lost after the whole message was sent is a
TemporaryFailure too, so the next hop may get that message twice; no SMTP client can do better (RFC 5321, 6.1).
"""

from __future__ import annotations

import ipaddress
import re
import smtplib
import ssl
import time
from collections.abc import Callable
from dataclasses import replace

from pratique.domain.errors import PermanentFailure, PratiqueError, TemporaryFailure
from pratique.domain.route import SMTP_PORT, Route, RouteKind, Tls
from pratique.ports.couriers import Parcel
from pratique.ports.secrets import Secrets

from .smtp_client import DeadlineSMTP, ReplyTimeout, Timeouts
from .smtp_transaction import clean, reply_text, smtp_path, transact

__all__ = ["SmtpCourier", "Timeouts"]

_OK = 250
_QUIT_SECONDS = 2.0


class SmtpCourier:
    """A Courier (port) for routes of kind `smtp` and `mailmanager-relay`. One connection per next hop is kept until close(). A next hop
    that could not be reached, or did not answer in time, is not tried again before close(), so that it holds a batch up once.

    `hostname` is said in EHLO; `port_25` allows routes to that port; `tls_context` makes the context that verifies certificates. Not for
    use by several threads at once.
    """

    def __init__(
        self,
        secrets: Secrets,
        *,
        hostname: str,
        port_25: bool = False,
        timeouts: Timeouts | None = None,
        tls_context: Callable[[], ssl.SSLContext] = ssl.create_default_context,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._secrets, self._port_25, self._tls_context = secrets, port_25, tls_context
        self._hostname = re.sub(r"[^A-Za-z0-9.:\[\]-]", "", hostname) or "localhost"
        self._timeouts = Timeouts() if timeouts is None else timeouts
        self._monotonic = monotonic
        self._lines: dict[Route, DeadlineSMTP] = {}
        self._silent: dict[Route, str] = {}

    def send(self, parcel: Parcel, route: Route) -> str:
        """See Courier."""
        paths = smtp_path(parcel.mail_from), smtp_path(str(parcel.recipient))
        if not paths[1]:
            raise PermanentFailure("a message needs a recipient")
        hop = self._hop(route)
        if hop in self._silent:
            raise TemporaryFailure(self._silent[hop])
        deadline = self._monotonic() + self._timeouts.total
        line = self._line(hop, deadline)
        try:
            return transact(line, paths, parcel.data, self._timeouts)
        except ReplyTimeout as late:
            self._silent[hop] = f"the next hop is slow: {late}"
            raise TemporaryFailure(self._silent[hop]) from None
        except OSError as lost:  # smtplib's exceptions are OSErrors
            raise TemporaryFailure(clean(f"the connection failed: {lost}")) from None
        finally:
            if line.sock is None:
                self._lines.pop(hop, None)

    def close(self) -> None:
        """See Courier."""
        self._silent.clear()
        while self._lines:
            self._lines.popitem()[1].leave(_QUIT_SECONDS)

    def _hop(self, route: Route) -> Route:
        """The route with what its kind needs and without what does not matter here, so that domains can share a connection.

        An ingress endpoint of Mail Manager speaks STARTTLS only, and never takes mail without it or without a password
        (https://docs.aws.amazon.com/ses/latest/dg/eb-ingress.html).
        """
        if route.port == SMTP_PORT and not self._port_25:
            raise TemporaryFailure(
                "the route uses port 25, which is closed here: use 587, 465 or a relay's own port"
            )
        if not route.host:
            raise TemporaryFailure("the route names no host")
        if route.kind is RouteKind.MAILMANAGER_RELAY:
            if not route.credentials:
                raise TemporaryFailure("the route to Mail Manager names no credentials")
            route = replace(route, kind=RouteKind.SMTP, tls=Tls.REQUIRED)
        return replace(route, domain="", sender="", host=route.host.rstrip(".").lower())

    def _line(self, hop: Route, deadline: float) -> DeadlineSMTP:
        """A connection that is ready for MAIL. Raises TemporaryFailure."""
        kept = self._lines.pop(hop, None)
        if kept is not None:
            kept.deadline, kept.patience = deadline, self._timeouts.command
            if _reset(kept):
                self._lines[hop] = kept
                return kept
        try:
            line = self._open(hop, deadline)
        except PratiqueError as error:
            reason = str(error)
        except ssl.SSLError as error:
            reason = f"no secure connection to the next hop: {error}"
        except smtplib.SMTPResponseException as error:
            reason = f"the next hop is not ready: {reply_text(error.smtp_code, error.smtp_error)}"
        except (OSError, ValueError) as error:
            reason = f"no connection to the next hop: {error}"
        else:
            self._lines[hop] = line
            return line
        self._silent[hop] = clean(reason)
        raise TemporaryFailure(self._silent[hop])

    def _open(self, hop: Route, deadline: float) -> DeadlineSMTP:
        implicit = self._tls_context() if hop.tls is Tls.IMPLICIT else None
        line = DeadlineSMTP(
            hop.host,
            hop.port,
            local_hostname=self._hostname,
            timeouts=self._timeouts,
            deadline=deadline,
            implicit_tls=implicit,
            monotonic=self._monotonic,
        )
        try:
            line.ehlo_or_helo_if_needed()
            self._secure(line, hop)
            if hop.credentials:
                self._log_in(line, hop)
        except BaseException:
            line.close()
            raise
        return line

    def _secure(self, line: DeadlineSMTP, hop: Route) -> None:
        if hop.tls is Tls.REQUIRED:
            if not line.has_extn("starttls"):
                raise TemporaryFailure("the next hop offers no STARTTLS, and the route requires it")
            line.secure(self._tls_context())
        elif hop.tls is Tls.OPPORTUNISTIC and line.has_extn("starttls"):
            try:
                line.secure(_unverified())
            except smtplib.SMTPResponseException:
                return  # declined (RFC 3207, 4: 454): in the clear then, as RFC 7435 has it
        line.ehlo_or_helo_if_needed()

    def _log_in(self, line: DeadlineSMTP, hop: Route) -> None:
        if hop.tls not in (Tls.REQUIRED, Tls.IMPLICIT) and not _loopback(hop.host):
            raise TemporaryFailure(
                "a password goes over a verified connection only: the route needs tls required or implicit"
            )
        username, password = self._secrets.credentials(hop.credentials)
        try:
            line.login(username, password)
        except smtplib.SMTPAuthenticationError as error:
            answer = reply_text(error.smtp_code, error.smtp_error)
            raise TemporaryFailure(
                f"the next hop refused the route's user name or password: {answer}"
            ) from None
        except UnicodeError:  # its text would hold the password
            raise TemporaryFailure("the route's user name and password must be ASCII") from None
        except smtplib.SMTPNotSupportedError:
            raise TemporaryFailure("the next hop offers no authentication") from None


def _reset(line: DeadlineSMTP) -> bool:
    """Whether the connection is still there, and ready for a new transaction."""
    try:
        if line.docmd("RSET")[0] == _OK:
            return True
    except OSError:
        pass
    line.close()
    return False


def _unverified() -> ssl.SSLContext:
    """Encryption against listeners only: what OPPORTUNISTIC means (RFC 7435)."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
