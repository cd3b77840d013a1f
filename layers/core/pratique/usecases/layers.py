"""The model layers that judge a recipient's mail: the seed, then global, domain, recipient, each loaded once per version."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pratique.domain.address import Address, parse_address
from pratique.domain.direction import Direction
from pratique.domain.errors import PermanentFailure
from pratique.domain.scope import GLOBAL, Level, Scope, scope_chain, sending
from pratique.domain.verdict import Contribution
from pratique.filtering.classifier.experience import discount, general_weight
from pratique.filtering.classifier.features import Features
from pratique.filtering.classifier.model import Model, classifier_contribution, combine
from pratique.filtering.classifier.seed import Seed, seed_model
from pratique.observability import log_event
from pratique.ports.services import Services

_BROAD = ("classifier:seed", "classifier")
_NAMES = {
    (False, Level.GLOBAL): "classifier",
    (True, Level.GLOBAL): "classifier:outgoing",
    (True, Level.DOMAIN): "classifier:domain",
    (True, Level.RECIPIENT): "classifier:recipient",
}
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
    services: Services,
    versions: Mapping[Scope, str],
    features: Features,
    recipients: Sequence[Address],
    signals: Iterable[Contribution] = (),
) -> tuple[tuple[Contribution, ...], dict[Address, tuple[Contribution, ...]]]:
    """(contributions of the seed and the global layer, contributions of each recipient's own layers). They add up to the classifier's
    log-odds, and to what it takes off `signals` where lessons have taught what they are worth.
    """
    general = general_weight(signals)
    cache: dict[Scope, _Layer | None] = {}

    def ask(scope: Scope, name: str) -> _Layer | None:
        if scope not in cache:
            model = current_model(services, scope, versions.get(scope))
            cache[scope] = _Layer(name, model.log_odds(features), model.known) if model else None
        return cache[scope]

    common = [_Layer("classifier:seed", seed_model().log_odds(features), 0.0)]
    top = ask(GLOBAL, "classifier")
    if top is not None:
        common.append(top)
    own: dict[Address, tuple[Contribution, ...]] = {}
    for address in recipients:
        nearest, domain, _ = scope_chain(address)
        asked = (ask(domain, "classifier:domain"), ask(nearest, "classifier:recipient"))
        found = [layer for layer in asked if layer is not None]
        own[address] = _shares([*common, *found], general, after=len(common)) if found else ()
    return _shares(common, general), own


@dataclass(frozen=True, slots=True)
class _Layer:
    """What a layer says of a message, and how well it knows its site."""

    name: str
    odds: tuple[float, ...]
    known: float


def _shares(layers: Sequence[_Layer], general: float, *, after: int = 0) -> tuple[Contribution, ...]:
    """The contributions of the layers `after` the first so many."""
    shares = combine(*(layer.odds for layer in layers))
    found = tuple(
        classifier_contribution(layer.name, share) for layer, share in zip(layers, shares, strict=True)
    )[after:]
    before = max((layer.known for layer in layers[:after]), default=0.0)
    more = max(layer.known for layer in layers) - before
    return (*found, discount(general, more)) if more > 0 else found


def outgoing_evidence(
    services: Services,
    versions: Mapping[Scope, str],
    features: Features,
    owner: Address,
    signals: Iterable[Contribution],
) -> tuple[tuple[Contribution, ...], tuple[Contribution, ...]]:
    """(contributions of the seed and the global layer, contributions of the layers of outgoing mail) for mail that `owner` sends."""
    general = general_weight(signals)
    layers = [_Layer("classifier:seed", seed_model().log_odds(features), 0.0)]
    for scope in outgoing_chain(owner):
        model = current_model(services, scope, versions.get(scope))
        if model is not None:
            layers.append(_Layer(_NAMES[scope.sends, scope.level], model.log_odds(features), model.known))
    broad = sum(layer.name in _BROAD for layer in layers)
    own = _shares(layers, general, after=broad) if len(layers) > broad else ()
    return _shares(layers[:broad], general), own


def outgoing_chain(owner: Address) -> tuple[Scope, ...]:
    """The layers that judge mail that `owner` sends, the broadest first: what all incoming mail taught the global one, then those of outgoing
    mail.
    """
    return (GLOBAL, *(sending(scope) for scope in reversed(scope_chain(owner))))


def judging_layers(
    services: Services,
    versions: Mapping[Scope, str],
    owner: Address,
    direction: Direction = Direction.INCOMING,
) -> list[Model | Seed]:
    """The seed and the models that judge the mail to (or from) a mailbox today, the broadest first: what an explanation reads."""
    outgoing = direction is Direction.OUTGOING
    chain = outgoing_chain(owner) if outgoing else tuple(reversed(scope_chain(owner)))
    models = (current_model(services, scope, versions.get(scope)) for scope in chain)
    return [seed_model(), *(model for model in models if model is not None)]


def model_above(services: Services, scope: Scope) -> Callable[[Features], Sequence[tuple[float, ...]]]:
    """What the seed and the layers above a scope's own say of a message, the broadest first: a layer learns only what those do not know
    yet.
    """
    seed = seed_model()
    if scope.sends:
        return _above_sending(services, scope, seed)
    if scope.level is Level.GLOBAL:
        return lambda features: [seed.log_odds(features)]
    inside = [parse_address(scope.name)] if scope.level is Level.RECIPIENT else []
    versions = services.directory.look_up(inside, []).models
    chain = [GLOBAL] if scope.level is Level.DOMAIN else [GLOBAL, Scope(Level.DOMAIN, scope.domain or "")]
    found = (current_model(services, each, versions.get(each)) for each in chain)
    models = [model for model in found if model is not None]
    return lambda features: [seed.log_odds(features), *(model.log_odds(features) for model in models)]


def _above_sending(
    services: Services, scope: Scope, seed: Seed
) -> Callable[[Features], Sequence[tuple[float, ...]]]:
    """As model_above, for a layer of outgoing mail."""
    name = scope.name if scope.level is Level.RECIPIENT else f"postmaster@{scope.name or 'invalid'}"
    chain = outgoing_chain(parse_address(name))
    depth = {Level.GLOBAL: 1, Level.DOMAIN: 2, Level.RECIPIENT: 3}[scope.level]
    versions = services.directory.models(chain[:depth])
    found = (current_model(services, each, versions.get(each)) for each in chain[:depth])
    models = [model for model in found if model is not None]
    return lambda features: [seed.log_odds(features), *(model.log_odds(features) for model in models)]
