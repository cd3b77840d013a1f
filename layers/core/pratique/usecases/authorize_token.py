"""From a token's text to an actor."""

from __future__ import annotations

from pratique.domain.actor import Actor, Channel, Standing
from pratique.domain.token import split_token, token_opens
from pratique.ports.services import Services


def authorize_token(services: Services, text: str, channel: Channel) -> Actor | None:
    """The actor whose token this is, None for anything else (malformed, unknown, wrong, ended: all look the same)."""
    parts = split_token(text)
    if parts is None:
        return None
    token = services.accounts.get_token(parts[0])
    if token is None or not token_opens(token, parts[1], services.clock.now_ms() / 1000):
        return None
    return Actor(
        name=f"token:{token.name}",
        scope=token.scope,
        channel=channel,
        may_write=token.may_write,
        standing=Standing.OWN if token.own else Standing.INSIDE,
    )
