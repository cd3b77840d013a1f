"""What is kept of held copies only: why they are held, and what tells how likely a mistake is."""

from __future__ import annotations

from dataclasses import replace

from pratique.domain.message import Copy
from pratique.domain.policy import EffectivePolicy
from pratique.domain.triage import write_triage
from pratique.domain.verdict import Contribution
from pratique.filtering.reasons import extensions_of, reason_of
from pratique.usecases.judge_message import Seen


def as_held(
    copy: Copy, evidence: tuple[Contribution, ...], seen: Seen, policy: EffectivePolicy, *, dangerous: bool
) -> Copy:
    """The copy with all of that. `evidence` is the whole of it, the message's and the copy's own; `dangerous`: held whatever the policy says."""
    return replace(
        copy,
        held_for=reason_of(evidence, copy.score),
        extensions=extensions_of(seen.examined.parsed.attachments),
        triage=write_triage(evidence, spam_at=policy.spam_at, proven=seen.claim.proven, dangerous=dangerous),
    )
