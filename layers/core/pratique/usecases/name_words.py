"""The words that moved the classifier: named in the stored evidence of mail that is no clear ham, and in explanations."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pratique.domain.address import Address
from pratique.domain.ids import CopyId
from pratique.domain.policy import DEFAULTS
from pratique.domain.scope import GLOBAL, Scope
from pratique.domain.verdict import Contribution
from pratique.filtering.classifier.seed import seed_model
from pratique.filtering.contributions import contribution
from pratique.ports.services import Services
from pratique.usecases.layers import current_model, judging_layers

CLEAR_HAM = math.log(DEFAULTS.unsure_at / (1 - DEFAULTS.unsure_at))
"""Log-odds below which nobody will ask why, as a rule: there the words are worked out when somebody does."""
NAMED = 3
"""Words named that speak for what the classifier says; of those that speak against it, one."""
LONGEST = 22
"""Characters of a word in stored evidence."""
CLASSIFIER = frozenset({"classifier:seed", "classifier"})


def with_words(
    services: Services,
    versions: Mapping[Scope, str],
    sample: bytes,
    common: tuple[Contribution, ...],
    own: Mapping[Address, tuple[Contribution, ...]],
) -> tuple[Contribution, ...]:
    """`common` with the words of the seed and the global layer as the detail of the weightier one's contribution; weights stay as they are.

    Clear ham, for whoever it is, is left alone: it costs nothing. Layers of a domain or a recipient are not asked, for what they have
    learnt is not for the eyes of a message's other recipients.
    """
    if _sum(common) + max(map(_sum, own.values()), default=0.0) < CLEAR_HAM:
        return common
    spoken = [item for item in common if item.signal in CLASSIFIER]
    if not spoken:
        return common
    from pratique.filtering.classifier.attribution import fragments  # noqa: PLC0415 - clear ham does without it

    model = current_model(services, GLOBAL, versions.get(GLOBAL))
    found = fragments(sample, [seed_model()] if model is None else [seed_model(), model], NAMED)
    spoken_most = max(spoken, key=lambda item: abs(item.weight))
    worded = replace(spoken_most, detail=_detail(spoken_most, found, spam=_sum(spoken) > 0))
    return tuple(worded if item is spoken_most else item for item in common)


def moving_words(
    services: Services, versions: Mapping[Scope, str], sample: bytes, copy_id: CopyId, *, limit: int
) -> list[tuple[str, float]]:
    """(word or fragment, log-odds) of what moves the layers of today most that judge a copy: up to `limit` each way."""
    from pratique.filtering.classifier.attribution import fragments  # noqa: PLC0415 - as above

    layers = judging_layers(services, versions, copy_id.owner, copy_id.direction)
    return fragments(sample, layers, limit)


def _sum(contributions: Sequence[Contribution]) -> float:
    return math.fsum(item.weight for item in contributions)


def _detail(item: Contribution, found: Sequence[tuple[str, float]], *, spam: bool) -> str:
    """`like spam: viagra, http://pills.example; against: minutes`, at most 80 characters."""
    speaking = [text[:LONGEST] for text, weight in found if (weight > 0) == spam][:NAMED]
    against = [text[:LONGEST] for text, weight in found if (weight > 0) != spam][:1]
    leaning = item.detail
    if speaking:
        leaning += f": {', '.join(speaking)}"
    if against:
        leaning += f"; against: {against[0]}"
    return contribution(item.signal, item.weight, leaning).detail
