"""Stop the digests of a scope, or start them again: a person's own choice; an administrator's, for the own mailbox alone."""

from __future__ import annotations

from dataclasses import replace

from pratique.domain.actor import Actor
from pratique.domain.policy import Policy
from pratique.domain.scope import Level
from pratique.ports.services import Services
from pratique.usecases.change_policy import get_policy, put_policy


def subscribe_digests(services: Services, actor: Actor, *, on: bool) -> None:
    """For the actor's own scope. A mailbox's digests are off or on as a whole; of a domain's, the actor's address (its name) leaves those that
    they go to, or joins them. Raises NotFound, Forbidden.
    """
    own, effective = get_policy(services, actor, actor.scope)
    if actor.scope.level is Level.RECIPIENT:
        changed = replace(own, digest=on)
    else:
        admins = [each.strip() for each in effective.digest_admins.split(",") if each.strip()]
        left = [each for each in admins if each.lower() != actor.name.lower()]
        changed = replace(own, digest_admins=", ".join([*left, actor.name] if on else left))
    if changed != (own or Policy()):
        put_policy(services, actor, actor.scope, changed)
