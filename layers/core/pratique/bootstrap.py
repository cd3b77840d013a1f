"""Puts the parts together: settings and adapters in, Services out. The only module that knows adapters.

Importing this loads the table's libraries, which every function needs (Lambda gives a function's import phase more CPU than its
calls); clients, and what only some functions need, are made when they are first used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from pratique import outside
from pratique.adapters.aws.directory import DynamoDirectory
from pratique.adapters.aws.index import DynamoIndex
from pratique.adapters.aws.models import S3ModelStore
from pratique.adapters.aws.queue import QueueUrls, SqsWorkQueue
from pratique.adapters.aws.secrets import SecretsManagerSecrets
from pratique.adapters.aws.session import Clients
from pratique.adapters.aws.store import S3MessageStore
from pratique.adapters.clock import SystemClock
from pratique.adapters.couriers import build_couriers
from pratique.ports.ingest import Ingest
from pratique.ports.queue import QueueName
from pratique.ports.services import Options, Services
from pratique.settings import Settings, read_settings

if TYPE_CHECKING:
    from pratique.adapters.aws.table import Table
    from pratique.domain.blocklist import BlockList
    from pratique.domain.claims import ClaimRule
    from pratique.domain.hook import Change
    from pratique.ports.accounts import Accounts
    from pratique.ports.actions import Actions
    from pratique.ports.aliases import Aliases
    from pratique.ports.app_passwords import AppPasswords
    from pratique.ports.audit import Audit
    from pratique.ports.catalogues import Catalogues
    from pratique.ports.challenges import Challenges
    from pratique.ports.correspondents import Correspondents
    from pratique.ports.dead_events import DeadEvents
    from pratique.ports.digests import Digests
    from pratique.ports.disclosures import Disclosures
    from pratique.ports.grants import Grants
    from pratique.ports.hooks import EventBus, Hooks, Poster
    from pratique.ports.identities import Identities
    from pratique.ports.identity_provider import IdentityProvider
    from pratique.ports.jobs import Jobs
    from pratique.ports.journal import Journal
    from pratique.ports.ledger import Ledger
    from pratique.ports.mailboxes import Mailboxes
    from pratique.ports.notices import Bouncer, Notices
    from pratique.ports.passkeys import Passkeys
    from pratique.ports.proofs import Proofs
    from pratique.ports.resolver import Resolver
    from pratique.ports.searches import Searches
    from pratique.ports.secrets import Secrets
    from pratique.ports.sessions import Sessions
    from pratique.ports.setup import MailProvider, RouteProbe
    from pratique.ports.users import Users
    from pratique.ports.votes import Votes
    from pratique.ports.waiting import Waiting


class _Later:
    """A port that is loaded when it is first called: of these, most functions call none."""

    def __init__(self, make: Callable[[], object]) -> None:
        self._make: Callable[[], object] = cache(make)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._make(), name)


def _people(name: str, table: Callable[[], Table]) -> Any:
    """One of the ports that need the table alone; tests/contract/test_people.py holds each against its Protocol."""
    from importlib import import_module  # noqa: PLC0415 - see _Later

    return getattr(import_module(f"pratique.adapters.aws.{name}"), f"Dynamo{name.capitalize()}")(table)


def _identity_provider(chosen: Settings, secrets: Secrets) -> IdentityProvider | None:
    if not chosen.oidc_issuer:
        return None

    def make() -> IdentityProvider:
        from pratique.adapters.oidc import HttpIdentityProvider  # noqa: PLC0415 - see _Later

        name = chosen.oidc_secret
        return HttpIdentityProvider(
            chosen.oidc_issuer, chosen.oidc_client, lambda: secrets.credentials(name)[1] if name else ""
        )

    return cast("IdentityProvider", _Later(make))


def _claim_rules(text: str) -> tuple[ClaimRule, ...]:
    if not text:
        return ()
    from pratique.domain.claims import read_claim_rules  # noqa: PLC0415 - most installations have none

    return read_claim_rules(text)


def _audit(table: Callable[[], Table], key: Callable[[], bytes]) -> Audit:
    from pratique.adapters.aws.audit import DynamoAudit  # noqa: PLC0415 - see _Later

    return DynamoAudit(table, key)


def _app_passwords(table: Callable[[], Table]) -> AppPasswords:
    from pratique.adapters.aws.app_passwords import DynamoAppPasswords  # noqa: PLC0415 - see _Later

    return DynamoAppPasswords(table)


def _with_objects(name: str, clients: Clients, bucket: str, **more: int) -> Any:
    """One of the ports that keep objects beside their rows."""
    from importlib import import_module  # noqa: PLC0415 - see _Later

    made = getattr(import_module(f"pratique.adapters.aws.{name}"), f"Dynamo{name.capitalize()}")
    return made(clients.table, clients.s3, bucket=bucket, **more)


def _correspondents(table: Callable[[], Table]) -> Correspondents:
    from pratique.adapters.aws.correspondents import DynamoCorrespondents  # noqa: PLC0415 - see _Later

    return DynamoCorrespondents(table)


def _digests(table: Callable[[], Table]) -> Digests:
    from pratique.adapters.aws.digests import DynamoDigests  # noqa: PLC0415 - see _Later

    return DynamoDigests(table)


def _notices(table: Callable[[], Table]) -> Notices:
    from pratique.adapters.aws.notices import DynamoNotices  # noqa: PLC0415 - see _Later

    return DynamoNotices(table)


def _bouncer(clients: Clients) -> Bouncer:
    from pratique.adapters.aws.bounces import SesBouncer  # noqa: PLC0415 - see _Later

    return SesBouncer(clients.ses)


def _block_lists(text: str) -> tuple[BlockList, ...]:
    if not text:
        return ()
    from pratique.domain.blocklist import read_block_lists  # noqa: PLC0415 - most installations ask none

    return read_block_lists(text)


def _options(chosen: Settings) -> Options:
    return Options(
        hostname=chosen.hostname,
        port_25=chosen.port_25,
        own_edges=frozenset(chosen.own_edges),
        raw_prefix=chosen.raw_prefix,
        max_hops=chosen.max_hops,
        private_hooks=chosen.private_hooks,
        block_lists=_block_lists(chosen.block_lists),
        record_days=chosen.record_days,
        notice_from=chosen.notice_from,
        quorum=chosen.quorum,
        lessons_a_day=chosen.lessons_a_day,
        uploads_a_day=chosen.uploads_a_day,
        public_url=chosen.public_url,
        digest_domain=chosen.digest_domain,
        digest_from=chosen.digest_from,
        panel_url=chosen.panel_url,
        oidc_rules=_claim_rules(chosen.oidc_rules),
        oidc_trust_mail=chosen.oidc_trust_mail,
        oidc_title=chosen.oidc_title,
        trusted_proxies=chosen.trusted_proxies,
        session_idle_seconds=chosen.session_idle_minutes * 60,
        session_seconds=chosen.session_hours * 3600,
    )


def _queues(chosen: Settings) -> dict[QueueName, QueueUrls]:
    return {
        QueueName.DELIVER: QueueUrls(chosen.deliver_queue, chosen.deliver_dead),
        QueueName.LEARN: QueueUrls(chosen.learn_queue, chosen.learn_dead),
        QueueName.JOBS: QueueUrls(chosen.jobs_queue, chosen.jobs_dead),
        QueueName.DIGEST: QueueUrls(chosen.digest_queue, chosen.digest_dead),
        QueueName.HOOKS: QueueUrls(chosen.hooks_queue, chosen.hooks_dead),
        QueueName.LETTERS: QueueUrls(chosen.letters_queue, chosen.letters_dead),
        QueueName.NOTIFY: QueueUrls(chosen.notify_queue, chosen.notify_dead),
    }


def _waiting(table: Callable[[], Table], shards: int) -> Waiting:
    from pratique.adapters.aws.waiting import DynamoWaiting  # noqa: PLC0415 - see _Later

    return DynamoWaiting(table, shards=shards)


def build_services(settings: Settings | None = None) -> Services:
    """The services of an installation, from the environment unless `settings` are given. Makes no client and no call.

    Raises ValueError for an environment that cannot be (see read_settings).
    """
    chosen = read_settings() if settings is None else settings
    clients = Clients(chosen)
    secrets = SecretsManagerSecrets(clients.secretsmanager, signing_secret=chosen.signing_secret)
    return Services(
        store=S3MessageStore(clients.s3, bucket=chosen.bucket),
        index=DynamoIndex(clients.table, shards=chosen.index_shards),
        directory=DynamoDirectory(clients.table),
        models=S3ModelStore(clients.s3, bucket=chosen.bucket),
        journal=cast("Journal", _Later(lambda: _people("journal", clients.table))),
        jobs=cast("Jobs", _Later(lambda: _people("jobs", clients.table))),
        votes=cast("Votes", _Later(lambda: _people("votes", clients.table))),
        provider=cast("MailProvider", _Later(lambda: outside.provider(clients))),
        probe=cast("RouteProbe", _Later(lambda: outside.probe(chosen))),
        dns=cast("Resolver", _Later(lambda: outside.dns(chosen))),
        hooks=cast("Hooks", _Later(lambda: _people("hooks", clients.table))),
        poster=cast("Poster", _Later(lambda: outside.poster(chosen))),
        bus=cast("EventBus", _Later(lambda: outside.bus(clients))),
        couriers=build_couriers(chosen, secrets, clients.sesv2),
        queue=SqsWorkQueue(clients.sqs, urls=_queues(chosen)),
        clock=SystemClock(),
        accounts=cast("Accounts", _Later(lambda: _people("accounts", clients.table))),
        secrets=secrets,
        audit=cast("Audit", _Later(lambda: _audit(clients.table, secrets.signing_key))),
        actions=cast("Actions", _Later(lambda: _people("actions", clients.table))),
        ledger=cast("Ledger", _Later(lambda: _people("ledger", clients.table))),
        mailboxes=cast(
            "Mailboxes",
            _Later(lambda: _with_objects("mailboxes", clients, chosen.bucket, shards=chosen.index_shards)),
        ),
        catalogues=cast("Catalogues", _Later(lambda: _with_objects("catalogues", clients, chosen.bucket))),
        app_passwords=cast("AppPasswords", _Later(lambda: _app_passwords(clients.table))),
        correspondents=cast("Correspondents", _Later(lambda: _correspondents(clients.table))),
        aliases=cast("Aliases", _Later(lambda: _people("aliases", clients.table))),
        resolver=cast("Resolver", _Later(outside.addresses)),
        sessions=cast("Sessions", _Later(lambda: _people("sessions", clients.table))),
        users=cast("Users", _Later(lambda: _people("users", clients.table))),
        challenges=cast("Challenges", _Later(lambda: _people("challenges", clients.table))),
        waiting=cast("Waiting", _Later(lambda: _waiting(clients.table, chosen.index_shards))),
        grants=cast("Grants", _Later(lambda: _people("grants", clients.table))),
        disclosures=cast("Disclosures", _Later(lambda: _people("disclosures", clients.table))),
        searches=cast("Searches", _Later(lambda: _people("searches", clients.table))),
        passkeys=cast("Passkeys", _Later(lambda: _people("passkeys", clients.table))),
        proofs=cast("Proofs", _Later(outside.proofs)),
        identity_provider=_identity_provider(chosen, secrets),
        digests=cast("Digests", _Later(lambda: _digests(clients.table))),
        identities=cast("Identities", _Later(lambda: _people("identities", clients.table))),
        notices=cast("Notices", _Later(lambda: _notices(clients.table))),
        bouncer=cast("Bouncer", _Later(lambda: _bouncer(clients))),
        options=_options(chosen),
    )


def build_ingest(settings: Settings | None = None) -> Ingest:
    """What an SMTP edge hands mail to. Makes no client and no call."""
    from pratique.adapters.aws.invoke import LambdaIngest  # noqa: PLC0415 - only an edge needs it

    chosen = read_settings() if settings is None else settings
    return LambdaIngest(Clients(chosen).awslambda, function=chosen.ingest_function)


def build_submit(settings: Settings | None = None) -> Ingest:
    """What a gateway hands mail to that its logins send: an Ingest with the event of usecases/submission_event.py. Makes no client and no call."""
    from pratique.adapters.aws.invoke import LambdaIngest  # noqa: PLC0415 - only a gateway needs it

    chosen = read_settings() if settings is None else settings
    return LambdaIngest(Clients(chosen).awslambda, function=chosen.submit_function)


def build_resolver(settings: Settings | None = None) -> Resolver:
    """The DNS for a process that lives long: it remembers. Asks nothing."""
    from pratique.adapters.dns import DnsResolver  # noqa: PLC0415 - only an edge needs it
    from pratique.adapters.dns_memory import RememberingResolver  # noqa: PLC0415 - as above

    chosen = read_settings() if settings is None else settings
    return RememberingResolver(DnsResolver(chosen.resolvers), SystemClock())


def build_dead_events(url: str, settings: Settings | None = None) -> DeadEvents:
    """Events that ingest gave up on, in the queue of this URL. Makes no client and no call."""
    from pratique.adapters.aws.dead_events import SqsDeadEvents  # noqa: PLC0415 - only an operator's command needs it

    return SqsDeadEvents(Clients(read_settings() if settings is None else settings).sqs, url=url)


@cache
def services() -> Services:
    """The process's services, made at the first call and kept while the process is warm."""
    return build_services()


def changes(records: Iterable[Mapping[str, Any]]) -> list[Change]:
    """The changes of copies in records of the table's stream."""
    return outside.changes(records)
