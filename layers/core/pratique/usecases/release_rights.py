"""Whether somebody may let a held copy go: by why it is held, the policy of whose it is, and who asks."""

from __future__ import annotations

from pratique.domain.actor import Actor
from pratique.domain.errors import Forbidden, RequestNeeded
from pratique.domain.message import Copy
from pratique.domain.policy import Disposition, EffectivePolicy, resolve
from pratique.domain.release_request import RequestState
from pratique.domain.rights import Reason, Right
from pratique.domain.scope import Level, scope_chain
from pratique.ports.services import Services

Policies = dict[str, EffectivePolicy]
"""What holds for each owner, as far as it was asked for: many copies are mostly one's own."""


def must_release(
    services: Services, actor: Actor, copy: Copy, *, override: bool, policies: Policies | None = None
) -> None:
    """Raise RequestNeeded where a recipient may only ask for it, Forbidden where it may not even that, or where an administrator has to say
    with `override` that a virus is to be let go. Whoever got a request approved may release that copy.
    """
    if actor.scope.level is not Level.RECIPIENT:
        if copy.held_for is Reason.VIRUS and not override:
            raise Forbidden(
                "a virus was found in this message: it is released only with an explicit override"
            )
        return
    right = recipient_right(services, copy, {} if policies is None else policies)
    why = "mail of this kind" if copy.held_for is None else f"mail held for {copy.held_for.value}"
    why = "mail that this mailbox sent" if copy.id.is_outgoing else why
    if right is Right.REQUEST:
        raise RequestNeeded(f"an administrator decides about {why}: ask for its release")
    if right is Right.NONE:
        raise Forbidden(f"{why} is not released to recipients")


def recipient_right(services: Services, copy: Copy, policies: Policies) -> Right:
    """What its owner may do with a copy, by the policy of today."""
    asked = copy.release_request
    approved = asked is not None and asked.state is RequestState.APPROVED
    if approved or copy.disposition is not Disposition.QUARANTINE:  # a clean one that the next hop refused
        return Right.RELEASE
    owner = copy.id.owner
    if str(owner) not in policies:
        known = services.directory.look_up([owner], []).policies
        policies[str(owner)] = resolve(known.get(scope) for scope in scope_chain(owner))
    if copy.id.is_outgoing:
        # Whoever stole the password that sent it must not let it go: the sender itself may only ask.
        return Right.RELEASE if policies[str(owner)].outgoing_user_release else Right.REQUEST
    return policies[str(owner)].right(copy.held_for, copy.extensions)
