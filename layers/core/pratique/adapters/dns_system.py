"""The resolver port by the system's own resolver: addresses only, and no library, so that a function pays nothing for it."""

from __future__ import annotations

import socket

from pratique.domain.errors import PermanentFailure, TemporaryFailure
from pratique.ports.resolver import Answer, RecordKind

KEPT_SECONDS = 300
"""getaddrinfo tells no time to live; block lists change within minutes to hours."""
_NOTHING = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})


class SystemResolver:
    """A records by getaddrinfo. It takes as long as the system's own time-outs say: ask it in threads, and do not wait for all."""

    def resolve(self, name: str, kind: RecordKind, *, seconds: float) -> Answer:
        """See Resolver. Raises PermanentFailure for any other kind of record."""
        del seconds
        if kind is not RecordKind.A:
            raise PermanentFailure(f"the system's resolver is asked for A records only, not {kind}")
        try:
            found = socket.getaddrinfo(name.removesuffix(".") + ".", None, socket.AF_INET, socket.SOCK_STREAM)
        except socket.gaierror as error:
            if error.errno in _NOTHING:
                return Answer((), KEPT_SECONDS)
            raise TemporaryFailure("no answer from the DNS") from error
        except UnicodeError:  # a label above 63 octets
            return Answer((), KEPT_SECONDS)
        except OSError as error:
            raise TemporaryFailure("no answer from the DNS") from error
        return Answer(tuple(dict.fromkeys(str(each[4][0]) for each in found)), KEPT_SECONDS)
