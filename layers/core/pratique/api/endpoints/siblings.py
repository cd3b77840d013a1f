"""What is like a message."""

from __future__ import annotations

from pratique.domain.ids import parse_copy_id
from pratique.usecases.find_siblings import Aim, find_siblings

from .. import given_siblings, views
from ..asked_siblings import SiblingQuery
from ..endpoint import Call


def list_(call: Call) -> given_siblings.SiblingList:
    """Siblings among the newest copies of the actor's scope."""
    query: SiblingQuery = call.query
    found = find_siblings(
        call.services,
        call.actor,
        parse_copy_id(call.path["id"]),
        aim=None if query.aim is None else Aim(query.aim),
        cursor=query.cursor,
    )
    return given_siblings.SiblingList(
        aim=found.aim.value,
        siblings=[
            given_siblings.Sibling(
                message=views.message(each.copy),
                likeness=each.likeness.value,
                distance=each.distance,
                offered=each.offered,
                score_now=each.score_now,
                held_now=each.held_now,
            )
            for each in found.found
        ],
        looked_at=found.looked_at,
        cursor=found.cursor,
    )
