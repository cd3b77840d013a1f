"""Why a message was judged so, and what a change would have done."""

from __future__ import annotations

from pratique.domain.ids import parse_copy_id
from pratique.domain.listentry import ListEntry
from pratique.domain.policy import Policy
from pratique.domain.scope import parse_scope
from pratique.usecases.explain_message import explain_message
from pratique.usecases.preview_change import Group, preview_change
from pratique.usecases.replay import Change

from .. import asked, given_why, views
from ..endpoint import Call
from ..given import Evidence


def why(call: Call) -> given_why.Why:
    """One copy, explained."""
    found = explain_message(call.services, call.actor, parse_copy_id(call.path["id"]))
    explanation = found.explanation
    return given_why.Why(
        message=views.message(found.view.copy),
        summary=explanation.summary,
        log_odds=explanation.log_odds,
        spam_at=found.policy.spam_at,
        held=explanation.held,
        contributions=[Evidence(c.signal, c.weight, views.clean(c.detail)) for c in found.view.contributions],
        words=[given_why.Word(views.clean(text), weight) for text, weight in found.words],
        flips=[
            given_why.Flip(f.kind, views.clean(f.text), list(f.absent), f.score) for f in explanation.flips
        ],
        past=found.past.sentences(),
        neighbours=[
            given_why.Neighbour(views.message(n.copy), n.likeness, n.distance, n.decision)
            for n in found.past.nearest
        ],
    )


def what_if(call: Call) -> given_why.WhatIf:
    """A change, played on what is stored. A POST because of its body; it writes nothing."""
    body: asked.WhatIfRequest = call.body
    scope = call.actor.scope if body.scope is None else parse_scope(body.scope)
    change = Change(
        policy=Policy(
            quarantine=body.policy.quarantine, spam_at=body.policy.spam_at, unsure_at=body.policy.unsure_at
        ),
        entries=tuple(
            ListEntry(scope, e.kind, e.pattern, e.needs_dmarc, match=e.match) for e in body.entries
        ),
        forget=tuple(body.forget),
        factors=body.weights,
        rejudge=body.rejudge,
    )
    found = preview_change(
        call.services, call.actor, scope, change, days=body.days, limit=body.limit, cursor=body.cursor
    )
    return given_why.WhatIf(
        scope=str(scope),
        looked_at=found.looked_at,
        oldest=views.moment(found.oldest_ms / 1000) if found.looked_at else None,
        newest=views.moment(found.newest_ms / 1000) if found.looked_at else None,
        held_then=found.held_then,
        held_now=found.held_now,
        held_changed=found.held_changed,
        held=_group(found.held),
        freed=_group(found.freed),
        cursor=found.cursor,
    )


def _group(group: Group) -> given_why.ChangedGroup:
    return given_why.ChangedGroup(
        copies=group.copies,
        released=group.released,
        removed=group.removed,
        reported_ham=group.reported_ham,
        reported_spam=group.reported_spam,
        examples=[given_why.Changed(views.message(each.copy), each.score) for each in group.examples],
    )
