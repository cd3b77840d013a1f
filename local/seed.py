"""What a fresh installation needs before anyone can use it: the operator's token, and a route for every domain to the sink.

A process of its own (`python -m local.seed`), since the AWS libraries read from the environment which installation they serve; it reads
{"id", "secret", "sink"} as JSON from its standard input. Done twice it changes nothing, so each start does it: an emulator that
lost its state in a crash gets the same token again.
"""

from __future__ import annotations

import contextlib
import json
import sys

from pratique import bootstrap
from pratique.domain.errors import Conflict
from pratique.domain.route import Route, RouteKind, Tls
from pratique.domain.scope import GLOBAL
from pratique.domain.token import Token, secret_digest
from pratique.ports.services import Services
from pratique.usecases.find_route import ANY_DOMAIN

NAME = "laptop operator"
LOOPBACK = "127.0.0.1"


def seed(services: Services, *, token_id: str, secret: str, sink: int) -> None:
    """Make sure of the token and of the route. A route of `*` that leads elsewhere is somebody's choice and stays."""
    if services.accounts.get_token(token_id) is None:
        token = Token(
            id=token_id,
            name=NAME,
            scope=GLOBAL,
            digest=secret_digest(secret),
            may_write=True,
            created_ms=services.clock.now_ms(),
            created_by="make local",
        )
        with contextlib.suppress(Conflict):  # another start was faster
            services.accounts.add_token(token)
    wanted = Route(ANY_DOMAIN, RouteKind.SMTP, host=LOOPBACK, port=sink, tls=Tls.NONE)
    known = services.directory.get_route(ANY_DOMAIN)
    ours = known is None or (known.kind, known.host, known.tls) == (wanted.kind, wanted.host, wanted.tls)
    if ours and known != wanted:
        services.directory.put_route(wanted)


def main() -> None:
    """Read what to seed, and do it."""
    wanted = json.load(sys.stdin)
    seed(bootstrap.build_services(), token_id=wanted["id"], secret=wanted["secret"], sink=wanted["sink"])


if __name__ == "__main__":
    main()
