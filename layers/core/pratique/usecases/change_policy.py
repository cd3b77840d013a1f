"""Policies per scope, inherited from the scopes above."""

from __future__ import annotations

from dataclasses import dataclass

from pratique.domain.actor import Actor
from pratique.domain.address import parse_address
from pratique.domain.errors import Forbidden, InvalidInput, NotFound
from pratique.domain.policy import ADMINISTRATORS, EffectivePolicy, Policy, check_policy, resolve_from
from pratique.domain.policy_history import KEPT_VERSIONS, MAX_NOTE, By, PolicyVersion
from pratique.domain.scope import GLOBAL, Level, Scope, domain_scope, scope_chain
from pratique.ports.services import Services
from pratique.usecases.acting import acting, note_deed
from pratique.usecases.owners import check_owner
from pratique.usecases.rearm_digests import check_reader, rearm_digests
from pratique.usecases.record_change import record_change
from pratique.usecases.undo_settings import policy_deed


@dataclass(frozen=True, slots=True)
class PolicyState:
    """What a scope chose itself (`version` 0: it never did), what holds for it, and by name which scope made each choice that holds; names
    that are left out in `sources` have the built-in value.
    """

    own: Policy
    version: int
    by: By
    effective: EffectivePolicy
    sources: dict[str, Scope]


def read_policy(services: Services, actor: Actor, scope: Scope) -> PolicyState:
    """Raises NotFound."""
    actor.must_see(scope)
    known = services.directory.policy_version(scope)
    above = [(level, services.directory.get_policy(level)) for level in _chain(scope)[1:]]
    own = Policy() if known is None else known.policy
    effective, sources = resolve_from([(scope, own), *above])
    version, by = (0, By()) if known is None else (known.version, known.by)
    return PolicyState(own, version, by, effective, sources)


def get_policy(services: Services, actor: Actor, scope: Scope) -> tuple[Policy, EffectivePolicy]:
    """(the scope's own choices, what holds after inheritance). Raises NotFound."""
    state = read_policy(services, actor, scope)
    return state.own, state.effective


def put_policy(
    services: Services,
    actor: Actor,
    scope: Scope,
    policy: Policy,
    *,
    expected: int | None = None,
    note: str = "",
) -> PolicyState:
    """Replace the scope's own choices (None: use what is above) by a new version. New mail is judged by it at once; held mail stays as it
    is. The same choices again make no version, whatever is expected.

    Raises NotFound, Forbidden, InvalidInput (also for an alias: it has no policy of its own), Outdated (another version than `expected`
    holds), ConcurrentChange.
    """
    actor.must_change(scope)
    check_owner(services, scope)
    if len(note) > MAX_NOTE or not (note == "" or note.isprintable()):
        raise InvalidInput(f"a note is at most {MAX_NOTE} printable characters")
    check_reader(actor, scope, policy)
    known = services.directory.policy_version(scope)
    before = Policy() if known is None else known.policy
    checked = check_change(actor, before, policy)
    if checked == before:
        return read_policy(services, actor, scope)
    by = By(actor.name, actor.channel.value, services.clock.now_ms(), note)
    version = 0 if known is None else known.version
    planned = [policy_deed(scope, version, version + 1)]
    with acting(services, actor, scope, "policy.put", str(scope), planned=planned, audited=False) as running:
        made = services.directory.put_policy(scope, checked, by, expected=expected)
        told = f"version {made.version} {_changes(known, checked)}"
        record_change(services, running, scope, "policy.put", told)
        note_deed(running, policy_deed(scope, version, made.version))
    if any(name.startswith("digest") for name in changed_fields(before, checked)):
        rearm_digests(services, scope)
    return read_policy(services, actor, scope)


def check_change(actor: Actor, before: Policy, after: Policy) -> Policy:
    """The new choices in their stored form. Raises InvalidInput, Forbidden (a recipient who would change what only administrators may)."""
    checked = check_policy(after)
    for name in changed_fields(before, checked):
        if name in ADMINISTRATORS and actor.scope.level is Level.RECIPIENT:
            raise Forbidden(f"only an administrator of the domain may change {name}")
    return checked


def list_policy_versions(services: Services, actor: Actor, scope: Scope) -> list[PolicyVersion]:
    """All that are kept, the latest first. Raises NotFound."""
    actor.must_see(scope)
    return services.directory.policy_versions(scope, limit=KEPT_VERSIONS)


def restore_policy(
    services: Services, actor: Actor, scope: Scope, version: int, *, expected: int | None = None
) -> PolicyState:
    """Put a version back: its choices become the newest version. Version 0 is how it was before anybody chose.

    Raises NotFound (also for one that is not kept), Forbidden, Outdated, ConcurrentChange.
    """
    actor.must_change(scope)
    policy = Policy()
    if version:
        found = services.directory.get_policy_version(scope, version)
        if found is None:
            raise NotFound("no such version")
        policy = found.policy
    return put_policy(
        services, actor, scope, policy, expected=expected, note=f"as it was with version {version}"
    )


def changed_fields(before: Policy, after: Policy) -> list[str]:
    """The names of the choices in which two policies differ, in their order."""
    names = Policy.__dataclass_fields__
    return [name for name in names if getattr(before, name) != getattr(after, name)]


def _changes(known: PolicyVersion | None, after: Policy) -> str:
    before = Policy() if known is None else known.policy
    told = [
        f"{name}={'inherit' if (value := getattr(after, name)) is None else value!s}"
        for name in changed_fields(before, after)
    ]
    return " ".join(told)[:380]


def _chain(scope: Scope) -> tuple[Scope, ...]:
    if scope.level is Level.RECIPIENT:
        return scope_chain(parse_address(scope.name))
    return (domain_scope(scope.name), GLOBAL) if scope.level is Level.DOMAIN else (GLOBAL,)
