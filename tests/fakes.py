"""Every port in memory, thread-safe. They pass the same contract suites as the adapters (tests/contract).

world = fakes.world()
world.clock.advance(days=1)
some_use_case(world.services, ...)
assert world.courier.parcels[0].recipient == ...
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from pratique.adapters.proofs import LibraryProofs
from pratique.domain.address import Address
from pratique.domain.calibration import Calibration
from pratique.domain.correspondent import NOTHING, Question
from pratique.domain.errors import ConcurrentChange, Conflict, NotFound, Outdated, PermanentFailure
from pratique.domain.policy import Policy
from pratique.domain.policy_history import KEPT_VERSIONS, By, PolicyVersion
from pratique.domain.route import Route, RouteKind
from pratique.domain.scope import GLOBAL, Scope, scope_chain
from pratique.domain.token import Token
from pratique.ports.couriers import Courier, Parcel
from pratique.ports.directory import NOBODY, View
from pratique.ports.message_store import StoredObject
from pratique.ports.models import Part, StoredModel
from pratique.ports.queue import QueueName
from pratique.ports.services import Options, Services

from tests.fake_accounts import (
    FakeChallenges,
    FakeDisclosures,
    FakeGrants,
    FakePasskeys,
    FakeSearches,
    FakeSessions,
    FakeUsers,
)
from tests.fake_audit import FakeActions, FakeAudit
from tests.fake_catalogues import FakeCatalogues
from tests.fake_correspondents import FakeCorrespondents
from tests.fake_digests import FakeDigests
from tests.fake_hooks import FakeBus, FakeHooks, FakePoster
from tests.fake_identities import FakeIdentities
from tests.fake_index import FakeIndex
from tests.fake_jobs import FakeJobs
from tests.fake_journal import FakeJournal, FakeVotes
from tests.fake_ledger import FakeLedger
from tests.fake_lists import FakeAliases, FakeEntries
from tests.fake_mailboxes import FakeAppPasswords, FakeMailboxes
from tests.fake_notices import FakeBouncer, FakeNotices
from tests.fake_setup import FakeProbe, FakeProvider
from tests.fake_waiting import FakeWaiting
from tests.fake_zone import FakeZone
from tests.faults import Killed, calls, fail_next, faulty

__all__ = [
    "FakeAccounts",
    "FakeActions",
    "FakeAliases",
    "FakeAppPasswords",
    "FakeAudit",
    "FakeCatalogues",
    "FakeChallenges",
    "FakeClock",
    "FakeCorrespondents",
    "FakeCourier",
    "FakeCouriers",
    "FakeDigests",
    "FakeDirectory",
    "FakeDisclosures",
    "FakeGrants",
    "FakeIdentities",
    "FakeIndex",
    "FakeJournal",
    "FakeLedger",
    "FakeMailboxes",
    "FakeModels",
    "FakePasskeys",
    "FakeQueue",
    "FakeSearches",
    "FakeSecrets",
    "FakeSessions",
    "FakeStore",
    "FakeUsers",
    "FakeVotes",
    "Killed",
    "World",
    "calls",
    "fail_next",
    "faulty",
    "world",
]

PANEL = "https://panel.example.org"

START_MS = 1_790_000_000_000
"""Where a test's clock starts (2026-09-21), in Unix milliseconds."""


class FakeClock:
    """Stands still until it is told to advance; `step_ms` makes every reading a little later than the one before."""

    def __init__(self, now_ms: int = START_MS, *, step_ms: int = 0) -> None:
        self._now, self._step = now_ms, step_ms
        self._lock = threading.Lock()

    def now_ms(self) -> int:
        with self._lock:
            now = self._now
            self._now += self._step
            return now

    def advance(self, *, seconds: float = 0, days: float = 0) -> None:
        """Let time pass."""
        with self._lock:
            self._now += round((seconds + days * 86_400) * 1000)


class FakeStore:
    """MessageStore; `objects` is what it holds."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.stored: dict[str, int] = {}
        self.now_ms: Callable[[], int] = lambda: START_MS

    def get(self, key: str) -> bytes:
        try:
            return self.objects[key]
        except KeyError:
            raise NotFound("no such object") from None

    def put(self, key: str, data: bytes) -> None:
        self.objects[key] = bytes(data)
        self.stored[key] = self.now_ms() // 1000 * 1000

    def list_objects(self, prefix: str, *, after: str = "", limit: int = 1000) -> list[StoredObject]:
        keys = sorted(key for key in list(self.objects) if key.startswith(prefix) and key > after)
        return [StoredObject(key, len(self.objects[key]), self.stored[key]) for key in keys[:limit]]

    def size(self, key: str) -> int | None:
        data = self.objects.get(key)
        return None if data is None else len(data)

    def delete(self, key: str) -> None:
        self.objects.pop(key, None)

    def presigned_url(self, key: str, *, filename: str, seconds: int) -> str:
        return f"https://store.invalid/{key}?name={filename}&seconds={min(seconds, 300)}"


class FakeDirectory(FakeEntries):
    """Directory."""

    def __init__(self) -> None:
        super().__init__()
        self._policies: dict[Scope, list[PolicyVersion]] = {}
        self._routes: dict[str, Route] = {}
        self._models: dict[Scope, str] = {}
        self._calibrations: dict[Scope, Calibration] = {}
        self.correspondents = FakeCorrespondents()
        self.aliases = FakeAliases()

    def look_up(
        self,
        recipients: Sequence[Address],
        patterns: Sequence[str],
        asked: Question = NOTHING,
        *,
        host: str = "",
        aliases: bool = False,
    ) -> View:
        with self._lock:
            owners = {each: self.aliases.owner(each) if aliases else each for each in recipients}
            mailboxes = list(dict.fromkeys(owners.values()))
            scopes = list(dict.fromkeys([GLOBAL, *(s for each in mailboxes for s in scope_chain(each))]))
            return View(
                policies={s: self._policies[s][-1].policy for s in scopes if s in self._policies},
                versions={s: self._policies[s][-1].version for s in scopes if s in self._policies},
                entries=self.found(scopes, patterns, host),
                models={scope: self._models[scope] for scope in scopes if scope in self._models},
                calibrations={s: self._calibrations[s] for s in scopes if s in self._calibrations},
                relations=self.correspondents.relations(mailboxes, asked),
                owners={each: owner for each, owner in owners.items() if owner != each},
            )

    def get_policy(self, scope: Scope) -> Policy | None:
        known = self.policy_version(scope)
        return None if known is None else known.policy

    def put_policy(
        self, scope: Scope, policy: Policy, by: By = NOBODY, *, expected: int | None = None
    ) -> PolicyVersion:
        with self._lock:
            known = self.policy_version(scope)
            now = 0 if known is None else known.version
            if expected is not None and expected != now:
                raise Outdated(f"this policy has version {now} now")
            made = PolicyVersion(scope, now + 1, policy, by)
            self._policies[scope] = [*self._policies.get(scope, []), made][-KEPT_VERSIONS:]
            return made

    def policy_version(self, scope: Scope) -> PolicyVersion | None:
        with self._lock:
            return self._policies[scope][-1] if scope in self._policies else None

    def policy_versions(self, scope: Scope, *, limit: int) -> list[PolicyVersion]:
        with self._lock:
            return list(reversed(self._policies.get(scope, [])))[:limit]

    def get_policy_version(self, scope: Scope, version: int) -> PolicyVersion | None:
        with self._lock:
            return next((v for v in self._policies.get(scope, []) if v.version == version), None)

    def get_route(self, domain: str) -> Route | None:
        with self._lock:
            return self._routes.get(domain)

    def put_route(self, route: Route) -> None:
        with self._lock:
            self._routes[route.domain] = route

    def delete_route(self, domain: str) -> bool:
        with self._lock:
            return self._routes.pop(domain, None) is not None

    def list_routes(self) -> list[Route]:
        with self._lock:
            return [self._routes[domain] for domain in sorted(self._routes)]

    def models(self, scopes: Sequence[Scope]) -> dict[Scope, str]:
        with self._lock:
            return {scope: self._models[scope] for scope in scopes if scope in self._models}

    def set_model(self, scope: Scope, version: str) -> None:
        with self._lock:
            if version > self._models.get(scope, ""):
                self._models[scope] = version

    def set_calibration(self, scope: Scope, calibration: Calibration) -> None:
        with self._lock:
            known = self._calibrations.get(scope)
            if known is None or known.made_ms <= calibration.made_ms:
                self._calibrations[scope] = calibration


class FakeModels:
    """ModelStore."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._models: dict[tuple[Scope, Part], StoredModel] = {}
        self._writes = 0

    def load(self, scope: Scope, part: Part = Part.MODEL) -> StoredModel | None:
        with self._lock:
            return self._models.get((scope, part))

    def save(self, scope: Scope, data: bytes, *, expected_tag: str | None, part: Part = Part.MODEL) -> str:
        with self._lock:
            now = self._models.get((scope, part))
            if (None if now is None else now.tag) != expected_tag:
                raise ConcurrentChange("another writer was first")
            self._writes += 1
            self._models[scope, part] = StoredModel(bytes(data), f'"{self._writes}"')
            return self._models[scope, part].tag


class FakeCourier:
    """A courier that writes down what it was given, or fails as told. `parcels` are those the next hop took."""

    def __init__(self) -> None:
        self.parcels: list[Parcel] = []
        self.routes: list[Route] = []
        self.tried = 0
        self.closed = 0
        self.answer = "250 2.0.0 taken"
        self._errors: list[Exception] = []

    def fail(self, error: Exception, *, times: int = 1) -> None:
        """Let the next `times` hand-overs fail."""
        self._errors.extend([error] * times)

    def send(self, parcel: Parcel, route: Route) -> str:
        self.tried += 1
        if self._errors:
            raise self._errors.pop(0)
        self.parcels.append(parcel)
        self.routes.append(route)
        return self.answer

    def close(self) -> None:
        self.closed += 1


class FakeCouriers:
    """Gives one recording courier for every route, but for the kinds in `unserved`."""

    def __init__(self, courier: FakeCourier) -> None:
        self._courier = courier
        self.unserved: set[RouteKind] = set()

    def courier(self, route: Route) -> Courier:
        if route.kind in self.unserved:
            raise PermanentFailure(f"{route.kind} cannot be served here")
        return self._courier


class FakeQueue:
    """WorkQueue that a test drains by hand. `delays` are those of the messages in `waiting`, in order."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.waiting: dict[QueueName, list[dict[str, str]]] = {name: [] for name in QueueName}
        self.delays: dict[QueueName, list[int]] = {name: [] for name in QueueName}
        self.dead: dict[QueueName, list[dict[str, str]]] = {name: [] for name in QueueName}

    def send(self, queue: QueueName, bodies: Sequence[dict[str, str]], *, delay_seconds: int = 0) -> None:
        with self._lock:
            self.waiting[queue].extend(dict(body) for body in bodies)
            self.delays[queue].extend([delay_seconds] * len(bodies))

    def bury(self, queue: QueueName, bodies: Sequence[dict[str, str]]) -> None:
        with self._lock:
            self.dead[queue].extend(dict(body) for body in bodies)

    def redrive(self, queue: QueueName, *, limit: int) -> int:
        with self._lock:
            taken = self.dead[queue][:limit]
            self.send(queue, [{**body, "again": "yes"} for body in taken])
            del self.dead[queue][: len(taken)]
            return len(taken)

    def depths(self, queue: QueueName) -> tuple[int, int]:
        with self._lock:
            return len(self.waiting[queue]), len(self.dead[queue])

    def drain(self, queue: QueueName) -> list[dict[str, str]]:
        """Take everything that waits, delays or not."""
        with self._lock:
            taken, self.waiting[queue], self.delays[queue] = self.waiting[queue], [], []
            return taken


class FakeAccounts:
    """Accounts."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._tokens: dict[str, Token] = {}
        self._spent: set[str] = set()

    def add_token(self, token: Token) -> None:
        with self._lock:
            if token.id in self._tokens or token.id in self._spent:
                raise Conflict("this token id is taken")
            self._tokens[token.id] = token

    def get_token(self, token_id: str) -> Token | None:
        with self._lock:
            return self._tokens.get(token_id)

    def delete_token(self, token_id: str) -> bool:
        with self._lock:
            there = self._tokens.pop(token_id, None) is not None
            if there:
                self._spent.add(token_id)
            return there

    def list_tokens(self, scope: Scope) -> list[Token]:
        with self._lock:
            return [self._tokens[key] for key in sorted(self._tokens) if self._tokens[key].scope == scope]


@dataclass
class FakeSecrets:
    """Secrets."""

    key: bytes = b"a signing key for tests, 32+ octets"
    named: dict[str, tuple[str, str]] = field(default_factory=dict)
    older: tuple[bytes, ...] = ()

    def signing_key(self) -> bytes:
        return self.key

    def signing_keys(self) -> tuple[bytes, ...]:
        return (self.key, *self.older)

    def credentials(self, name: str) -> tuple[str, str]:
        try:
            return self.named[name]
        except KeyError:
            raise PermanentFailure("no such secret") from None


@dataclass
class World:
    """The fakes, each by its own type, and the Services that use cases are given. `with_ports` swaps some of them."""

    store: FakeStore = field(default_factory=FakeStore)
    index: FakeIndex = field(default_factory=FakeIndex)
    directory: FakeDirectory = field(default_factory=FakeDirectory)
    models: FakeModels = field(default_factory=FakeModels)
    journal: FakeJournal = field(default_factory=FakeJournal)
    votes: FakeVotes = field(default_factory=FakeVotes)
    jobs: FakeJobs = field(default_factory=FakeJobs)
    provider: FakeProvider = field(default_factory=FakeProvider)
    probe: FakeProbe = field(default_factory=FakeProbe)
    dns: FakeZone = field(default_factory=FakeZone)
    hooks: FakeHooks = field(default_factory=FakeHooks)
    poster: FakePoster = field(default_factory=FakePoster)
    bus: FakeBus = field(default_factory=FakeBus)
    courier: FakeCourier = field(default_factory=FakeCourier)
    queue: FakeQueue = field(default_factory=FakeQueue)
    clock: FakeClock = field(default_factory=FakeClock)
    accounts: FakeAccounts = field(default_factory=FakeAccounts)
    secrets: FakeSecrets = field(default_factory=FakeSecrets)
    audit: FakeAudit = field(default_factory=FakeAudit)
    actions: FakeActions = field(default_factory=FakeActions)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    catalogues: FakeCatalogues = field(default_factory=FakeCatalogues)
    app_passwords: FakeAppPasswords = field(default_factory=FakeAppPasswords)
    resolver: FakeZone = field(default_factory=FakeZone)
    digests: FakeDigests = field(default_factory=FakeDigests)
    sessions: FakeSessions = field(default_factory=FakeSessions)
    users: FakeUsers = field(default_factory=FakeUsers)
    challenges: FakeChallenges = field(default_factory=FakeChallenges)
    grants: FakeGrants = field(default_factory=FakeGrants)
    disclosures: FakeDisclosures = field(default_factory=FakeDisclosures)
    passkeys: FakePasskeys = field(default_factory=FakePasskeys)
    searches: FakeSearches = field(default_factory=FakeSearches)
    proofs: LibraryProofs = field(default_factory=lambda: LibraryProofs(memory_kib=8))
    identities: FakeIdentities = field(default_factory=FakeIdentities)
    options: Options = field(default_factory=lambda: Options(panel_url=PANEL))
    notices: FakeNotices = field(default_factory=FakeNotices)
    bouncer: FakeBouncer = field(default_factory=FakeBouncer)

    def __post_init__(self) -> None:
        self.couriers = FakeCouriers(self.courier)
        self.store.now_ms = self.clock.now_ms
        self.audit.key = self.secrets.signing_key
        self.mailboxes = FakeMailboxes(self.index)
        self.waiting = FakeWaiting(self.index)
        self.correspondents = self.directory.correspondents
        self.aliases = self.directory.aliases
        self.services = Services(
            store=self.store,
            index=self.index,
            directory=self.directory,
            models=self.models,
            journal=self.journal,
            votes=self.votes,
            jobs=self.jobs,
            provider=self.provider,
            probe=self.probe,
            dns=self.dns,
            hooks=self.hooks,
            poster=self.poster,
            bus=self.bus,
            couriers=self.couriers,
            queue=self.queue,
            clock=self.clock,
            accounts=self.accounts,
            secrets=self.secrets,
            audit=self.audit,
            actions=self.actions,
            ledger=self.ledger,
            mailboxes=self.mailboxes,
            catalogues=self.catalogues,
            app_passwords=self.app_passwords,
            correspondents=self.correspondents,
            aliases=self.aliases,
            resolver=self.resolver,
            waiting=self.waiting,
            digests=self.digests,
            sessions=self.sessions,
            users=self.users,
            challenges=self.challenges,
            identities=self.identities,
            notices=self.notices,
            bouncer=self.bouncer,
            grants=self.grants,
            disclosures=self.disclosures,
            passkeys=self.passkeys,
            searches=self.searches,
            proofs=self.proofs,
            identity_provider=None,
            options=self.options,
        )


def world(options: Options | None = None) -> World:
    """A fresh world: nothing stored, nothing queued, a clock that stands still."""
    fresh = World()
    return fresh if options is None else replace(fresh, options=options)
