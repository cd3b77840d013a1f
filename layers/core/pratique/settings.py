"""The only reader of the environment. Nothing is read at import."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation is told by its environment (docs/configuration.md). Empty means: not used by this function."""

    table: str
    bucket: str
    raw_prefix: str
    deliver_queue: str
    deliver_dead: str
    learn_queue: str
    learn_dead: str
    signing_secret: str
    hostname: str
    region: str
    index_shards: int
    max_hops: int
    port_25: bool
    own_edges: tuple[tuple[str, int], ...]
    ses_region: str
    notify_queue: str = ""
    notify_dead: str = ""
    notice_from: str = ""
    """Verified address that notices to senders of refused mail come from; empty: none by SES."""
    quorum: int = 3
    lessons_a_day: int = 200
    uploads_a_day: int = 20_000
    record_days: int = 90
    ingest_function: str = ""
    """Name or ARN of the function that an SMTP edge hands mail to."""
    submit_function: str = ""
    """Name or ARN of the function that a gateway hands mail to that its logins send."""
    sender_checks: bool = True
    """Whether an SMTP edge checks SPF, DKIM and DMARC itself."""
    any_domain: bool = False
    """Whether an SMTP edge takes mail for domains that are not known here: where only servers of one's own reach it, or on a laptop."""
    block_lists: str = ""
    """DNS block lists to ask, as domain/blocklist.py reads them; empty: none."""
    hooks_queue: str = ""
    hooks_dead: str = ""
    event_bus: str = ""
    """The EventBridge bus that changes are put on; empty: none."""
    private_hooks: bool = False
    """Whether webhooks may be on this machine and in private networks (a laptop)."""
    jobs_queue: str = ""
    jobs_dead: str = ""
    digest_queue: str = ""
    digest_dead: str = ""
    public_url: str = ""
    """Where people reach the pages behind a digest's links."""
    digest_domain: str = ""
    """The domain of the addresses that a digest can be answered at."""
    digest_from: str = ""
    """The address that digests come from where the route names none."""
    resolvers: tuple[tuple[str, int], ...] = ()
    """(address, port) of the resolvers an SMTP edge asks; empty: the machine's own."""
    letters_queue: str = ""
    letters_dead: str = ""
    panel_url: str = ""
    """Where people open the panel: https://host, or http:// on a loopback address; empty: nobody signs in."""
    oidc_issuer: str = ""
    """The issuer that people may sign in at, as its discovery document names it; empty: none."""
    oidc_client: str = ""
    oidc_secret: str = ""
    """The name of the secret with the client's password; empty: a client without one."""
    oidc_rules: str = ""
    """As domain/claims.py reads them."""
    oidc_trust_mail: bool = False
    oidc_title: str = ""
    trusted_proxies: int = 0
    """How many addresses at the end of X-Forwarded-For are our own proxies'."""
    session_idle_minutes: int = 720
    session_hours: int = 168


def _whole(env: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = env.get(name, "")
    if not text:
        return default
    if not text.isdecimal() or not low <= int(text) <= high:
        raise ValueError(f"{name} must be a whole number from {low} to {high}, not {text!r}")
    return int(text)


def _edges(text: str) -> tuple[tuple[str, int], ...]:
    pairs = []
    for part in filter(None, (p.strip() for p in text.split(","))):
        host, _, port = part.rpartition(":")
        if not host or not port.isdecimal():
            raise ValueError(f"PRATIQUE_OWN_EDGES is a list of host:port, not {part!r}")
        pairs.append((host.lower(), int(port)))
    return tuple(pairs)


def _resolvers(text: str) -> tuple[tuple[str, int], ...]:
    found: list[tuple[str, int]] = []
    if not text:
        return ()
    import ipaddress  # noqa: PLC0415 - no function sets this

    for part in filter(None, (p.strip() for p in text.split(","))):
        address, _, port = part.partition("#")
        try:
            ipaddress.ip_address(address)
        except ValueError:
            raise ValueError(f"PRATIQUE_RESOLVERS is a list of IP addresses, not {part!r}") from None
        if port and not port.isdecimal():
            raise ValueError(f"PRATIQUE_RESOLVERS is a list of address#port, not {part!r}")
        found.append((address, int(port or 53)))
    return tuple(found)


_LOOPBACK = ("http://127.0.0.1", "http://localhost", "http://[::1]")


def read_panel_url(text: str) -> str:
    """An origin. Plain http only on this machine itself: a session's cookie must not cross a network in clear."""
    url = text.rstrip("/").lower()
    host = url.partition("://")[2]
    if url.startswith("http://"):
        known = any(url == name or url.startswith(f"{name}:") for name in _LOOPBACK)
    else:
        known = not url or (url.startswith("https://") and bool(host))
    if not known or any(char in host for char in "/?#@ "):
        raise ValueError(
            "PRATIQUE_PANEL_URL is https://host, or http:// on a loopback address, without a path"
        )
    return url


def _queue_urls(env: Mapping[str, str]) -> dict[str, Any]:
    """The fields that name queues and dead-letter queues: '' where a function has nothing to do with one."""
    return {
        "deliver_queue": env.get("PRATIQUE_DELIVER_QUEUE", ""),
        "deliver_dead": env.get("PRATIQUE_DELIVER_DEAD", ""),
        "learn_queue": env.get("PRATIQUE_LEARN_QUEUE", ""),
        "learn_dead": env.get("PRATIQUE_LEARN_DEAD", ""),
        "hooks_queue": env.get("PRATIQUE_HOOKS_QUEUE", ""),
        "hooks_dead": env.get("PRATIQUE_HOOKS_DEAD", ""),
        "jobs_queue": env.get("PRATIQUE_JOBS_QUEUE", ""),
        "jobs_dead": env.get("PRATIQUE_JOBS_DEAD", ""),
        "notify_queue": env.get("PRATIQUE_NOTIFY_QUEUE", ""),
        "notify_dead": env.get("PRATIQUE_NOTIFY_DEAD", ""),
        "digest_queue": env.get("PRATIQUE_DIGEST_QUEUE", ""),
        "digest_dead": env.get("PRATIQUE_DIGEST_DEAD", ""),
        "letters_queue": env.get("PRATIQUE_LETTERS_QUEUE", ""),
        "letters_dead": env.get("PRATIQUE_LETTERS_DEAD", ""),
    }


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings (from os.environ by default). Raises ValueError naming the variable that cannot be."""
    env = os.environ if environ is None else environ
    region = env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION") or "us-east-1"
    found = Settings(
        table=env.get("PRATIQUE_TABLE", ""),
        bucket=env.get("PRATIQUE_BUCKET", ""),
        raw_prefix=env.get("PRATIQUE_RAW_PREFIX", "raw/"),
        **_queue_urls(env),
        signing_secret=env.get("PRATIQUE_SIGNING_SECRET", ""),
        hostname=env.get("PRATIQUE_HOSTNAME", "pratique.invalid"),
        region=region,
        index_shards=_whole(env, "PRATIQUE_INDEX_SHARDS", 1, 1, 64),
        max_hops=_whole(env, "PRATIQUE_MAX_HOPS", 5, 1, 50),
        port_25=env.get("PRATIQUE_PORT_25", "") == "yes",
        own_edges=_edges(env.get("PRATIQUE_OWN_EDGES", "")),
        ses_region=env.get("PRATIQUE_SES_REGION", "") or region,
        quorum=_whole(env, "PRATIQUE_QUORUM", 3, 2, 100),
        lessons_a_day=_whole(env, "PRATIQUE_LESSONS_A_DAY", 200, 1, 1_000_000),
        uploads_a_day=_whole(env, "PRATIQUE_UPLOADS_A_DAY", 20_000, 1, 10_000_000),
        record_days=_whole(env, "PRATIQUE_RECORD_DAYS", 90, 1, 3650),
        ingest_function=env.get("PRATIQUE_INGEST_FUNCTION", ""),
        submit_function=env.get("PRATIQUE_SUBMIT_FUNCTION", ""),
        sender_checks=env.get("PRATIQUE_SENDER_CHECKS", "") != "no",
        any_domain=env.get("PRATIQUE_ANY_DOMAIN", "") == "yes",
        block_lists=env.get("PRATIQUE_BLOCK_LISTS", ""),
        event_bus=env.get("PRATIQUE_EVENT_BUS", ""),
        private_hooks=env.get("PRATIQUE_PRIVATE_HOOKS", "") == "yes",
        public_url=env.get("PRATIQUE_PUBLIC_URL", "").rstrip("/")
        or read_panel_url(env.get("PRATIQUE_PANEL_URL", "")),
        digest_domain=env.get("PRATIQUE_DIGEST_DOMAIN", "").lower().rstrip("."),
        digest_from=env.get("PRATIQUE_DIGEST_FROM", ""),
        resolvers=_resolvers(env.get("PRATIQUE_RESOLVERS", "")),
    )
    return _with_signing_in(_with_own_mail(found, env), env)


def _with_own_mail(found: Settings, env: Mapping[str, str]) -> Settings:
    """What mail of our own needs: notices to senders, digests, letters to people with an account."""
    return replace(
        found,
        notice_from=env.get("PRATIQUE_NOTICE_FROM", ""),
    )


def _with_signing_in(found: Settings, env: Mapping[str, str]) -> Settings:
    """What people need who sign in."""
    return replace(
        found,
        oidc_issuer=env.get("PRATIQUE_OIDC_ISSUER", ""),
        oidc_client=env.get("PRATIQUE_OIDC_CLIENT", ""),
        oidc_secret=env.get("PRATIQUE_OIDC_SECRET", ""),
        oidc_rules=env.get("PRATIQUE_OIDC_RULES", ""),
        oidc_trust_mail=env.get("PRATIQUE_OIDC_TRUST_MAIL", "") == "yes",
        oidc_title=env.get("PRATIQUE_OIDC_TITLE", ""),
        trusted_proxies=_whole(env, "PRATIQUE_TRUSTED_PROXIES", 0, 0, 5),
        panel_url=read_panel_url(env.get("PRATIQUE_PANEL_URL", "")),
        session_idle_minutes=_whole(env, "PRATIQUE_SESSION_IDLE_MINUTES", 720, 5, 43_200),
        session_hours=_whole(env, "PRATIQUE_SESSION_HOURS", 168, 1, 2_160),
    )
