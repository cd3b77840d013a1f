"""What a fresh installation needs before anyone can use it: the operator's token, logins for mail clients, and a route for every domain
to the sink.

A process of its own (`python -m local.seed`), since the AWS libraries read from the environment which installation they serve; it reads
{"id", "secret", "sink", "logins", "doors"} as JSON from its standard input, and writes a link that signs an administrator in. Done twice it
changes nothing else, so each start does it: an emulator that lost its state in a crash gets the same token again.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pratique import bootstrap
from pratique.domain.address import parse_address
from pratique.domain.app_password import AppPassword, password_digest, split_password
from pratique.domain.errors import Conflict
from pratique.domain.route import OUTGOING_ROUTE, Route, RouteKind, Tls
from pratique.domain.scope import GLOBAL, Scope, parse_scope
from pratique.domain.token import Token, secret_digest
from pratique.domain.user import User
from pratique.ports.services import Services
from pratique.usecases.find_route import ANY_DOMAIN
from pratique.usecases.make_link import make_link

NAME = "laptop operator"
ADMINISTRATOR = "admin@example.org"
"""Who looks after everything, signed in by a link."""
LINK_SECONDS = 7 * 86_400
LOOPBACK = "127.0.0.1"


def seed(
    services: Services,
    *,
    token_id: str,
    secret: str,
    sink: int,
    logins: Sequence[Mapping[str, str]] = (),
    doors: Sequence[Mapping[str, str]] = (),
) -> None:
    """Make sure of the token, of the logins ({"login", "id", "password"} each), of the doors ({"scope", "id", "secret"} each) and of the
    routes, in and out. A route of `*` that leads elsewhere is somebody's choice and stays.
    """
    _make_token(services, NAME, GLOBAL, token_id, secret)
    for door in doors:
        _make_token(
            services, f"laptop {door['scope']}", parse_scope(door["scope"]), door["id"], door["secret"]
        )
    for each in logins:
        _make_login(services, **each)
    login = parse_scope(ADMINISTRATOR)
    if services.users.get(login) is None:
        made = User(login, GLOBAL, parse_address(ADMINISTRATOR), created_by="make local")
        with contextlib.suppress(Conflict):  # another start was faster
            services.users.add(replace(made, created_ms=services.clock.now_ms()))
    for name in (ANY_DOMAIN, OUTGOING_ROUTE + ANY_DOMAIN):
        wanted = Route(name, RouteKind.SMTP, host=LOOPBACK, port=sink, tls=Tls.NONE)
        known = services.directory.get_route(name)
        ours = known is None or (known.kind, known.host, known.tls) == (wanted.kind, wanted.host, wanted.tls)
        if ours and known != wanted:
            services.directory.put_route(wanted)


def _make_token(services: Services, name: str, scope: Scope, token_id: str, secret: str) -> None:
    if services.accounts.get_token(token_id) is not None:
        return
    token = Token(
        id=token_id,
        name=name,
        scope=scope,
        digest=secret_digest(secret),
        may_write=True,
        created_ms=services.clock.now_ms(),
        created_by="make local",
    )
    with contextlib.suppress(Conflict):  # another start was faster
        services.accounts.add_token(token)


def _make_login(services: Services, *, login: str, id: str, password: str) -> None:  # noqa: A002 - the file's own word
    scope = parse_scope(login)
    if any(each.id == id for each in services.app_passwords.passwords(scope)):
        return
    selector, hidden = split_password(password) or ("", "")
    made = AppPassword(
        id=id,
        scope=scope,
        label="laptop",
        selector=selector,
        digest=password_digest(hidden, secrets.token_bytes(16)),
        may_write=True,
        created_ms=services.clock.now_ms(),
        created_by="make local",
    )
    with contextlib.suppress(Conflict):  # somebody revoked it: that is their choice
        services.app_passwords.add_password(made)


def main() -> None:
    """Read what to seed, and do it."""
    wanted = json.load(sys.stdin)
    services = bootstrap.build_services()
    seed(
        services,
        token_id=wanted["id"],
        secret=wanted["secret"],
        sink=wanted["sink"],
        logins=wanted["logins"],
        doors=wanted.get("doors", ()),
    )
    sys.stdout.write(make_link(services, parse_scope(ADMINISTRATOR), seconds=LINK_SECONDS) + "\n")


if __name__ == "__main__":
    main()
