"""Ways into the laptop's panel with one press: an API token for a domain's administrator and one for a recipient, beside the operator's."""

from __future__ import annotations

import base64
import json
import secrets
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from pratique.domain.ids import ulid
from pratique.domain.token import split_token, token_text

from local.mail_clients import LOGINS, write_secret

OPERATOR = "global"


@dataclass(frozen=True, slots=True)
class Door:
    """A token and the scope that it opens."""

    scope: str
    id: str
    secret: str

    @property
    def text(self) -> str:
        """What is sent as bearer token."""
        return token_text(self.id, self.secret)


def new_door(scope: str) -> Door:
    """A token that nobody has yet."""
    secret = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
    return Door(scope, ulid(time.time_ns() // 1_000_000, secrets.token_bytes(10)), secret)


def operator(path: Path) -> Door:
    """The operator's token, the same for as long as the state folder lives."""
    known = split_token(path.read_text(encoding="ascii").strip()) if path.exists() else None
    if known is not None:
        return Door(OPERATOR, *known)
    made = new_door(OPERATOR)
    write_secret(path, made.text)
    return made


def doors(path: Path) -> list[Door]:
    """Those below the operator's, the same for as long as the state folder lives; readable by its owner only."""
    if path.exists():
        return [Door(**each) for each in json.loads(path.read_text(encoding="ascii"))]
    made = [new_door(scope) for scope in LOGINS if scope != OPERATOR]
    write_secret(path, json.dumps([asdict(each) for each in made], indent=1))
    return made
