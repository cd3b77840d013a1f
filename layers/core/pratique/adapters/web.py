"""HTTP calls to addresses that people named: to public hosts only, bounded in time and size, without following anything."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from socket import create_connection
from urllib.parse import urlsplit

from pratique.domain.errors import PermanentFailure, TemporaryFailure

SECONDS = 10.0
MAX_ANSWER = 1_024
"""Octets of an answer's body that are read, and thrown away."""


class WebPoster:
    """See Poster. `private` (a laptop) lets hosts of this machine and of private networks be called, and plain http.

    The name is looked up once, and that very address is called: a name that points elsewhere a moment later leads nowhere else (DNS rebinding).
    """

    def __init__(self, *, private: bool = False) -> None:
        self._private = private

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """See Poster."""
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        if not secure and not self._private:
            raise PermanentFailure("only https is called")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            host, port = parts.hostname or "", parts.port or (443 if secure else 80)
            address = self._public(host, port)
        except OSError as error:
            raise TemporaryFailure(f"the webhook's host is not found ({type(error).__name__})") from error
        except ValueError:  # a port or a name that is none: UnicodeError, too
            raise PermanentFailure("the webhook's address names no host") from None
        try:
            connection = http.client.HTTPConnection(host, port, timeout=SECONDS)
            try:
                connection.sock = self._connected(address, port, host if secure else "")
                connection.request("POST", path, body, {"User-Agent": "pratique", **headers})
                answer = connection.getresponse()
                answer.read(MAX_ANSWER)
                return answer.status
            finally:
                connection.close()
        except (OSError, http.client.HTTPException) as error:
            raise TemporaryFailure(f"the webhook does not answer ({type(error).__name__})") from error

    def _connected(self, address: str, port: int, name: str) -> socket.socket:
        """A connection to the address, by TLS with a certificate of `name` unless that is ''."""
        plain = create_connection((address, port), timeout=SECONDS)
        if not name:
            return plain
        try:
            return ssl.create_default_context().wrap_socket(plain, server_hostname=name)
        except BaseException:
            plain.close()
            raise

    def _public(self, host: str, port: int) -> str:
        """An address of the host. Raises PermanentFailure if any of its addresses is not public: nobody means one of several."""
        found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        if not self._private:
            for each in found:
                known = ipaddress.ip_address(each.partition("%")[0])
                inner = getattr(known, "ipv4_mapped", None) or known
                if not inner.is_global or inner.is_multicast:
                    raise PermanentFailure("the webhook's host is not public")
        return found[0]
