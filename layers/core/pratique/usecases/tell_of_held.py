"""Who hears of mail that was held: its sender, where it is legitimate; its recipient and the administrators, by digest, where they chose that."""

from __future__ import annotations

from pratique.domain.message import Copy
from pratique.ports.directory import View
from pratique.ports.services import Services
from pratique.usecases.judge_message import Seen
from pratique.usecases.offer_notice import offer_notice


def tell_of_held(services: Services, seen: Seen, view: View, copies: tuple[Copy, ...]) -> frozenset[str]:
    """As offer_notice answers. Digests cost nothing where nobody chose them."""
    if any(policy.digest or policy.digest_admins for policy in view.policies.values()):
        from pratique.usecases.arm_digests import arm_digests  # noqa: PLC0415 - as said

        arm_digests(services, view, copies)
    return offer_notice(services, seen, view, copies)
