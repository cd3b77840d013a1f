"""Training Requested, the best lesson first."""

from __future__ import annotations

from pratique.domain.scope import parse_scope
from pratique.usecases.list_training import list_training

from .. import given_training as given
from .. import views
from ..endpoint import Call


def list_(call: Call) -> given.TrainingList:
    """A page of what asks for training."""
    query: given.TrainingQuery = call.query
    page = list_training(
        call.services,
        call.actor,
        call.actor.scope if query.scope is None else parse_scope(query.scope),
        limit=query.limit,
        cursor=query.cursor,
    )
    lines = [
        given.TrainingLine(
            message=views.message(each.copy),
            gain=round(each.gain, 4),
            alike=[str(copy.id) for copy in each.others],
        )
        for each in page.asking
    ]
    return given.TrainingList(lines=lines, looked_at=page.looked_at, cursor=page.cursor)
