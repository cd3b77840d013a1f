"""The ports together: what a use case is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a cold start need not load the ports that a function does not call
    from pratique.domain.blocklist import BlockList
    from pratique.domain.claims import ClaimRule

    from .accounts import Accounts
    from .actions import Actions
    from .aliases import Aliases
    from .app_passwords import AppPasswords
    from .audit import Audit
    from .catalogues import Catalogues
    from .challenges import Challenges
    from .clock import Clock
    from .correspondents import Correspondents
    from .couriers import Couriers
    from .digests import Digests
    from .directory import Directory
    from .disclosures import Disclosures
    from .grants import Grants
    from .hooks import EventBus, Hooks, Poster
    from .identities import Identities
    from .identity_provider import IdentityProvider
    from .jobs import Jobs
    from .journal import Journal
    from .ledger import Ledger
    from .mail_index import MailIndex
    from .mailboxes import Mailboxes
    from .message_store import MessageStore
    from .models import ModelStore
    from .notices import Bouncer, Notices
    from .passkeys import Passkeys
    from .proofs import Proofs
    from .queue import WorkQueue
    from .resolver import Resolver
    from .searches import Searches
    from .secrets import Secrets
    from .sessions import Sessions
    from .setup import MailProvider, RouteProbe
    from .users import Users
    from .votes import Votes
    from .waiting import Waiting


@dataclass(frozen=True, slots=True)
class Options:
    """Settings that behaviour depends on (all from the environment, see settings.py)."""

    hostname: str = "pratique.invalid"
    """Named in the headers we add."""
    port_25: bool = False
    """Whether a route may use port 25 (never from Lambda)."""
    own_edges: frozenset[tuple[str, int]] = frozenset()
    """(host, port) of our own SMTP edges: a route there is a loop."""
    raw_prefix: str = "raw/"
    """Where the receiving server puts raw messages in the store."""
    out_prefix: str = "out/"
    """Where messages that are submitted are put."""
    max_hops: int = 5
    """How often a message may come back with our trace before it is held as looping."""
    quorum: int = 3
    """Recipients of a domain who have to agree before their lessons teach the domain."""
    lessons_a_day: int = 200
    """Lessons that a recipient may give on one day."""
    uploads_a_day: int = 20_000
    """Lessons that the administrators of a domain may give on one day, together."""
    public_url: str = ""
    """Where people reach the pages that a digest's links lead to, without a slash at the end; empty: digests have no links."""
    digest_domain: str = ""
    """The domain of the addresses that a digest can be answered at; empty: there are none."""
    digest_from: str = ""
    """The address that digests come from, where the route names none; empty: quarantine@ the host name."""
    record_days: int = 90
    """How long the history of a copy is kept after its end."""
    notice_from: str = ""
    """Verified address that notices to senders come from; '' sends none by SES."""
    private_hooks: bool = False
    """Whether webhooks may be on this machine and in private networks."""
    block_lists: tuple[BlockList, ...] = ()
    """The lists that are asked about each message; none unless somebody chose them."""
    panel_url: str = ""
    """Where people open the panel, without a slash at the end; '' where there is none: then nobody signs in."""
    oidc_rules: tuple[ClaimRule, ...] = ()
    """What the claims of another issuer give, the first that fits."""
    oidc_trust_mail: bool = False
    """Whether the issuer's addresses count though it says nothing of whether they were verified."""
    oidc_title: str = ""
    """What people know the issuer by."""
    trusted_proxies: int = 0
    """How many addresses at the end of X-Forwarded-For are our own proxies': the one before is the client's."""
    session_idle_seconds: int = 12 * 3600
    """A session without a request for so long is over."""
    session_seconds: int = 7 * 86_400
    """A session is over after so long in any case."""


@dataclass(frozen=True, slots=True)
class Services:
    """Made once per process by bootstrap, or by a test from fakes."""

    store: MessageStore
    index: MailIndex
    directory: Directory
    models: ModelStore
    journal: Journal
    votes: Votes
    jobs: Jobs
    provider: MailProvider
    probe: RouteProbe
    dns: Resolver
    """Asks for any kind of record; `resolver` asks for addresses only, without a library."""
    hooks: Hooks
    poster: Poster
    bus: EventBus
    couriers: Couriers
    queue: WorkQueue
    clock: Clock
    accounts: Accounts
    secrets: Secrets
    audit: Audit
    mailboxes: Mailboxes
    catalogues: Catalogues
    app_passwords: AppPasswords
    correspondents: Correspondents
    aliases: Aliases
    resolver: Resolver
    actions: Actions
    ledger: Ledger
    digests: Digests
    sessions: Sessions
    users: Users
    challenges: Challenges
    identities: Identities
    notices: Notices
    bouncer: Bouncer
    waiting: Waiting
    grants: Grants
    disclosures: Disclosures
    passkeys: Passkeys
    searches: Searches
    proofs: Proofs
    identity_provider: IdentityProvider | None
    """The issuer that people may sign in at, if the operator named one."""
    options: Options
    memory: dict[tuple[str, ...], object] = field(default_factory=dict)
    """What a warm process remembers (models by scope): a cache, never the truth."""
