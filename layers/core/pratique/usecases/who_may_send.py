"""As whom a login may send, and whether it may now. A recipient's login sends as its own address and those that belong to it (aliases,
plus-addresses), a domain's as any address whose mailbox is in the domain.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pratique.domain.actor import Actor
from pratique.domain.address import Address, parse_address
from pratique.domain.errors import Forbidden, InvalidInput
from pratique.domain.outgoing import MINUTE, WHOLE, Identity, Limits, Standing, Window
from pratique.domain.policy import EffectivePolicy, resolve
from pratique.domain.scope import Level, Scope, scope_chain
from pratique.ports.directory import View
from pratique.ports.services import Services


@dataclass(frozen=True, slots=True)
class Permit:
    """A login that may send as this identity: the mailbox whose mail it is, what its policy says, and how much it sent lately; `whole` is of all
    that the login sends, where it has many senders, under `whole_limits`: those of its own scope, whatever a mailbox may.
    """

    identity: Identity
    owner: Address
    policy: EffectivePolicy
    limits: Limits
    standing: Standing
    whole: Standing | None = None
    whole_limits: Limits = field(default_factory=Limits)

    def check(self, recipients: int, now: int) -> None:
        """Raise SenderLocked or LimitReached where it may not send to so many recipients now (Unix seconds)."""
        self.standing.check(self.limits, recipients, now)
        if self.whole is not None:
            self.whole.check(self.whole_limits, recipients, now)


def permit(services: Services, actor: Actor, mail_from: str, *, again: bool = False) -> Permit:
    """Whether this login may send as `mail_from` ('' for the null sender) now. One batched look-up and one or two reads. `again`: what was taken in
    before is answered again, whatever happened since.

    Raises Forbidden (not an address of this login; a login that may only look), InvalidInput (no address), SenderLocked.
    """
    if not actor.may_write:
        raise Forbidden("this login may only look")
    owner, view = _whose(services, actor, mail_from)
    policy = resolve(view.policies.get(scope) for scope in scope_chain(owner))
    standing = services.identities.get(Identity(actor.scope.key, str(owner)))
    whole = services.identities.get(Identity(actor.scope.key, WHOLE)) if has_many(actor.scope) else None
    of_login = resolve(view.policies.get(scope) for scope in scope_chain(owner) if scope.covers(actor.scope))
    found = Permit(
        standing.identity, owner, policy, limits_of(policy), standing, whole, limits_of(of_login).whole()
    )
    if not again:
        found.check(0, services.clock.now_ms() // 1000)
    return found


def has_many(user: Scope) -> bool:
    """Whether a login may send as more than one mailbox."""
    return user.level is not Level.RECIPIENT


def limits_of(policy: EffectivePolicy) -> Limits:
    """The part of a policy that is about how much is sent."""
    return Limits(
        per_window={
            Window.MINUTE: policy.outgoing_per_minute,
            Window.HOUR: policy.outgoing_per_hour,
            Window.DAY: policy.outgoing_per_day,
            Window.REFUSED: policy.outgoing_refused_per_hour,
        },
        lock_spams=policy.outgoing_lock_spams,
        lock_window=policy.outgoing_lock_window_minutes * MINUTE,
        lock_time=policy.outgoing_lock_minutes * MINUTE,
        unlocks=policy.outgoing_unlocks,
    )


def sends_as(services: Services, actor: Actor, address: Address) -> bool:
    """Whether the login may send as this address."""
    return actor.scope.covers(services.directory.look_up([address], [], aliases=True).owner(address))


def _whose(services: Services, actor: Actor, mail_from: str) -> tuple[Address, View]:
    """(the mailbox whose mail it is, what the directory knows of that)."""
    if mail_from:
        sender = parse_address(mail_from)
        view = services.directory.look_up([sender], [], aliases=True)
        owner = view.owner(sender)
        if not actor.scope.covers(owner):
            raise Forbidden("this login may not send as this address")
        return owner, view
    if actor.scope.level is Level.GLOBAL:
        raise InvalidInput("the null sender says not whose mail it is: send it as a domain")
    name = actor.scope.name if actor.scope.level is Level.RECIPIENT else f"postmaster@{actor.scope.name}"
    owner = parse_address(name)
    return owner, services.directory.look_up([owner], [])
