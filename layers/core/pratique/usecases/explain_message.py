"""Why a message was judged so: its evidence in sentences, the words that moved the classifier, what would have flipped it, and what was decided
about mail like it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pratique.domain.actor import Actor
from pratique.domain.ids import CopyId
from pratique.domain.policy import EffectivePolicy, resolve
from pratique.domain.scope import scope_chain
from pratique.filtering.explain import Explanation, Sender, explain
from pratique.ports.services import Services
from pratique.usecases.layers import outgoing_chain
from pratique.usecases.name_words import moving_words
from pratique.usecases.past_decisions import PastDecisions, past_decisions
from pratique.usecases.read_message import MessageView, read_message
from pratique.usecases.stored_evidence import is_dangerous_copy, stored_author, stored_sender

MAX_WORDS = 12
"""Words or fragments named on each side."""


@dataclass(frozen=True, slots=True)
class Why:
    """`policy` is the recipient's as it is today: the flips are told against it. The verdict stored with the copy is that of its arrival.
    `words` are (word or fragment, log-odds) of what moves today's models most, both ways.
    """

    view: MessageView
    policy: EffectivePolicy
    explanation: Explanation
    words: tuple[tuple[str, float], ...]
    past: PastDecisions


def explain_message(services: Services, actor: Actor, copy_id: CopyId) -> Why:
    """Explain one copy. A bounded number of reads, whatever there is. Raises NotFound."""
    view = read_message(services, actor, copy_id)
    known = services.directory.look_up([copy_id.owner], [])
    policy = resolve(known.policies.get(scope) for scope in scope_chain(copy_id.owner))
    versions = known.models
    if copy_id.is_outgoing:
        versions = services.directory.models(outgoing_chain(copy_id.owner))
        policy = replace(policy, spam_at=policy.outgoing_spam_at, quarantine=policy.outgoing_quarantine)
    words = moving_words(services, versions, view.facts.sample, copy_id, limit=MAX_WORDS)
    return Why(view, policy, _explanation(view, policy), tuple(words), past_decisions(services, view.copy))


def _explanation(view: MessageView, policy: EffectivePolicy) -> Explanation:
    author = stored_author(view.copy)
    pattern = "" if author is None else str(author)
    return explain(
        view.contributions,
        spam_at=policy.spam_at,
        quarantine=policy.quarantine,
        sender=Sender(pattern, proven=stored_sender(view.copy, view.facts).proven),
        dangerous=is_dangerous_copy(view.copy, view.facts),
    )
