"""Decides stored copies again from their stored evidence: by today's settings, and by today's settings with a change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pratique.domain.address import Address
from pratique.domain.errors import InvalidInput
from pratique.domain.listentry import ListEntry, ListKind
from pratique.domain.message import Copy, Facts
from pratique.domain.policy import Disposition, EffectivePolicy, Policy, decide, resolve
from pratique.domain.scope import Scope, scope_chain
from pratique.domain.verdict import Contribution, Verdict, judge
from pratique.filtering.classifier.features import features
from pratique.filtering.explain import reweighed
from pratique.filtering.senders import Sender, choose_entry, entry_contribution, fits
from pratique.ports.directory import View
from pratique.ports.services import Services
from pratique.usecases.layers import layer_evidence
from pratique.usecases.stored_evidence import is_dangerous_copy, stored_sender


@dataclass(frozen=True, slots=True)
class Change:
    """What is asked about. `policy` lies over the scope's own choices (None: as it is); `entries` are put on its lists, patterns in `forget`
    taken off; `factors` multiply the weights of signals (filtering/explain.py); `rejudge` asks the models of today instead of those
    that judged when the mail came.
    """

    policy: Policy = field(default_factory=Policy)
    entries: tuple[ListEntry, ...] = ()
    forget: tuple[str, ...] = ()
    factors: Mapping[str, float] = field(default_factory=dict)
    rejudge: bool = False

    @property
    def touches_evidence(self) -> bool:
        """Whether anything but thresholds is asked about."""
        return bool(self.entries or self.forget or self.factors or self.rejudge)


@dataclass(frozen=True, slots=True)
class Replayed:
    """A copy, what was done with it, and what would be: `score` and `held_changed` are those with the change."""

    copy: Copy
    held_then: bool
    held_now: bool
    held_changed: bool
    score: float


class Replay:
    """Plays one change of one scope. What it learns of recipients and senders it keeps from page to page."""

    def __init__(self, services: Services, scope: Scope, change: Change) -> None:
        self._services, self._scope, self._change = services, scope, change
        self._policies: dict[Scope, Policy | None] = {}
        self._view = View()
        forgotten = tuple(ListEntry(scope, ListKind.BLOCK, pattern) for pattern in change.forget)
        self._named = (*change.entries, *forgotten)
        self._gone = {entry.pattern for entry in self._named}
        self._entries: dict[tuple[Address, Sender], tuple[ListEntry, ...]] = {}

    def page(self, copies: Sequence[Copy]) -> Iterator[Replayed]:
        """Each copy whose evidence is still there, in order."""
        self._look_up(copies)
        asked = copies if self._change.touches_evidence else [c for c in copies if self._differs(c)]
        facts = self._services.index.get_many_facts(list(dict.fromkeys(copy.id.message for copy in asked)))
        wanted = {copy.id for copy in asked}
        for copy in copies:
            known = facts.get(copy.id.message)
            if copy.id not in wanted:
                yield self._by_score(copy)
            elif known is not None:
                yield self._by_evidence(copy, known)

    def _look_up(self, copies: Sequence[Copy]) -> None:
        """Policies and model versions of recipients not met before."""
        new = [
            address
            for address in dict.fromkeys(c.id.owner for c in copies)
            if scope_chain(address)[0] not in self._policies
        ]
        if not new:
            return
        view = self._services.directory.look_up(new, [])
        for address in new:
            for scope in scope_chain(address):
                self._policies[scope] = view.policies.get(scope)
        self._view.models.update(view.models)
        self._view.calibrations.update(view.calibrations)

    def _policy(self, recipient: Address, *, changed: bool) -> EffectivePolicy:
        chain = []
        for scope in scope_chain(recipient):
            own = self._policies[scope]
            chain += [self._change.policy, own] if changed and scope == self._scope else [own]
        return resolve(chain)

    def _differs(self, copy: Copy) -> bool:
        """Whether the thresholds alone would decide otherwise: then its facts are asked, too (a virus is held whatever it scores)."""
        each = self._by_score(copy)
        return each.held_now != each.held_changed

    def _by_score(self, copy: Copy) -> Replayed:
        now, changed = (
            self._held(copy, copy.score, changed=changed, dangerous=False) for changed in (False, True)
        )
        return Replayed(copy, _held_then(copy), now, changed, copy.score)

    def _by_evidence(self, copy: Copy, facts: Facts) -> Replayed:
        dangerous = is_dangerous_copy(copy, facts)
        before = facts.contributions + copy.contributions
        after = self._with_lists(copy, facts, before)
        if self._change.rejudge:
            after[1] = self._rejudged(copy, facts, after[1])
        scores = [judge(after[0]).score, judge(reweighed(after[1], self._change.factors)).score]
        now = self._held(copy, scores[0], changed=False, dangerous=dangerous)
        changed = self._held(copy, scores[1], changed=True, dangerous=dangerous)
        return Replayed(copy, _held_then(copy), now, changed, scores[1])

    def _held(self, copy: Copy, score: float, *, changed: bool, dangerous: bool) -> bool:
        policy = self._policy(copy.id.owner, changed=changed)
        verdict = Verdict.SPAM if score >= policy.spam_at else Verdict.HAM
        return decide(policy, verdict, dangerous=dangerous) is Disposition.QUARANTINE

    def _with_lists(
        self, copy: Copy, facts: Facts, evidence: tuple[Contribution, ...]
    ) -> list[tuple[Contribution, ...]]:
        """The evidence without and with the change of lists. Only mail that the change names is looked up again."""
        sender = stored_sender(copy, facts)
        if not any(fits(entry, sender) for entry in self._named):
            return [evidence, evidence]
        known = self._known_entries(copy, sender)
        rest = tuple(c for c in evidence if not c.signal.startswith("list:"))
        kept = (e for e in known if e.scope != self._scope or e.pattern not in self._gone)
        now = self._services.clock.now_ms() // 1000
        return [rest + _chosen(e, copy, sender, now) for e in (known, (*kept, *self._change.entries))]

    def _known_entries(self, copy: Copy, sender: Sender) -> tuple[ListEntry, ...]:
        key = (copy.id.owner, sender)
        if key not in self._entries:
            found = self._services.directory.look_up([copy.id.owner], sender.patterns, host=sender.host)
            self._entries[key] = found.entries
        return self._entries[key]

    def _rejudged(
        self, copy: Copy, facts: Facts, evidence: tuple[Contribution, ...]
    ) -> tuple[Contribution, ...]:
        """The evidence with what the models and the calibration of today say in the place of what those of then said."""
        try:
            seen = features(facts.sample)
        except InvalidInput:
            return evidence
        recipient = copy.id.owner
        rest = tuple(c for c in evidence if c.signal.partition(":")[0] not in ("classifier", "calibration"))
        common, own = layer_evidence(self._services, self._view.models, seen, [recipient], rest)
        calibration = self._view.calibrations.get(scope_chain(recipient)[1])
        shift = Contribution("calibration", calibration.shift) if calibration is not None else None
        return rest + common + own[recipient] + ((shift,) if shift is not None else ())


def _chosen(entries: Sequence[ListEntry], copy: Copy, sender: Sender, now: int) -> tuple[Contribution, ...]:
    entry = choose_entry(entries, copy.id.owner, sender, now=now)
    return () if entry is None else (entry_contribution(entry),)


def _held_then(copy: Copy) -> bool:
    return copy.disposition is Disposition.QUARANTINE
