"""The audit entry of a changed setting."""

from __future__ import annotations

from pratique.domain.actor import Actor
from pratique.domain.scope import Scope
from pratique.ports.audit import AuditEntry
from pratique.ports.services import Services


def record_change(services: Services, actor: Actor, scope: Scope, action: str, subject: str) -> None:
    """Note who changed what (`policy.put`, `entry.delete`, ...), of what, where, by which channel."""
    now_ms = services.clock.now_ms()
    services.audit.record(
        AuditEntry(now_ms, actor.name, actor.channel.value, scope, action, subject, actor.action)
    )
