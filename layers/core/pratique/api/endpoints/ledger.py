"""The ledger: histories."""

from __future__ import annotations

from pratique.domain.ids import parse_copy_id
from pratique.usecases.read_history import read_history

from .. import ledger as wire
from ..endpoint import Call


def history(call: Call) -> wire.HistoryView:
    """What became of a message."""
    return wire.view(read_history(call.services, call.actor, parse_copy_id(call.path["id"])))
