"""All settings of a scope, out and in."""

from __future__ import annotations

from pratique.domain.scope import parse_scope
from pratique.usecases.exchange_settings import export_settings, import_settings

from .. import settings_file as wire
from ..endpoint import Call


def export(call: Call) -> wire.SettingsDocument:
    """Everything that the scope itself chose."""
    scope = parse_scope(call.path["scope"])
    return wire.document(scope, export_settings(call.services, call.actor, scope))


def import_(call: Call) -> wire.SettingsResult:
    """Make the settings what the document tells."""
    scope = parse_scope(call.path["scope"])
    call.actor.must_change(scope)
    query: wire.SettingsQuery = call.query
    wanted = wire.settings(scope, call.body, now=call.services.clock.now_ms() // 1000)
    changes = import_settings(call.services, call.actor, scope, wanted, dry_run=query.dry_run)
    return wire.result(changes, applied=not query.dry_run)
