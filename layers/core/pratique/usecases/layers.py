"""The model layers that judge a recipient's mail: the seed, then global, domain, recipient, each loaded once per version."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from pratique.domain.address import Address, parse_address
from pratique.domain.errors import PermanentFailure
from pratique.domain.scope import GLOBAL, Level, Scope, scope_chain
from pratique.domain.verdict import Contribution
from pratique.filtering.classifier.features import Features
from pratique.filtering.classifier.model import Model, classifier_contribution, combine
from pratique.filtering.classifier.seed import Seed, seed_model
from pratique.observability import log_event
from pratique.ports.services import Services

MAX_REMEMBERED = 48
"""Models kept by a warm process; a dense one takes about 1 MB."""


def current_model(services: Services, scope: Scope, version: str | None) -> Model | None:
    """The scope's model if the directory names a version of it. A model that cannot be read is left out, loudly: mail must go on."""
    if version is None:
        return None
    key = ("model", scope.key)
    seen = services.memory.get(key)
    if isinstance(seen, tuple) and seen[0] == version and isinstance(seen[1], Model):
        return seen[1]
    stored = services.models.load(scope)
    if stored is None:
        return None
    try:
        model = Model.loads(stored.data)
    except PermanentFailure:
        log_event("model_unreadable", scope=scope.level.value, version=version)
        return None
    if len(services.memory) >= MAX_REMEMBERED:
        services.memory.pop(next(k for k in services.memory if k != ("model", GLOBAL.key)), None)
    services.memory[key] = (version, model)
    return model


def layer_evidence(
    services: Services, versions: Mapping[Scope, str], features: Features, recipients: Sequence[Address]
) -> tuple[tuple[Contribution, ...], dict[Address, tuple[Contribution, ...]]]:
    """(contributions of the seed and the global layer, contributions of each recipient's own layers). They add up to the classifier's
    log-odds.
    """
    cache: dict[Scope, tuple[float, ...] | None] = {}

    def ask(scope: Scope) -> tuple[float, ...] | None:
        if scope not in cache:
            model = current_model(services, scope, versions.get(scope))
            cache[scope] = model.log_odds(features) if model else None
        return cache[scope]

    top = ask(GLOBAL)
    common = [("classifier:seed", seed_model().log_odds(features)), *([("classifier", top)] if top else [])]
    own: dict[Address, tuple[Contribution, ...]] = {}
    for address in recipients:
        nearest, domain, _ = scope_chain(address)
        layers = (("classifier:domain", ask(domain)), ("classifier:recipient", ask(nearest)))
        found = [(name, odds) for name, odds in layers if odds is not None]
        own[address] = _named(common + found)[len(common) :] if found else ()
    return _named(common), own


def _named(layers: Sequence[tuple[str, tuple[float, ...]]]) -> tuple[Contribution, ...]:
    """The contribution of each layer."""
    shares = combine(*(odds for _, odds in layers))
    return tuple(
        classifier_contribution(name, share) for (name, _), share in zip(layers, shares, strict=True)
    )


def judging_layers(
    services: Services, versions: Mapping[Scope, str], recipient: Address
) -> list[Model | Seed]:
    """The seed and the models that judge a recipient's mail today, the broadest first: what an explanation reads."""
    chain = reversed(scope_chain(recipient))
    models = (current_model(services, scope, versions.get(scope)) for scope in chain)
    return [seed_model(), *(model for model in models if model is not None)]


def model_above(services: Services, scope: Scope) -> Callable[[Features], Sequence[tuple[float, ...]]]:
    """What the seed and the layers above a scope's own say of a message, the broadest first: a layer learns only what those do not know
    yet.
    """
    seed = seed_model()
    if scope.level is Level.GLOBAL:
        return lambda features: [seed.log_odds(features)]
    inside = [parse_address(scope.name)] if scope.level is Level.RECIPIENT else []
    versions = services.directory.look_up(inside, []).models
    chain = [GLOBAL] if scope.level is Level.DOMAIN else [GLOBAL, Scope(Level.DOMAIN, scope.domain or "")]
    found = (current_model(services, each, versions.get(each)) for each in chain)
    models = [model for model in found if model is not None]
    return lambda features: [seed.log_odds(features), *(model.log_odds(features) for model in models)]
