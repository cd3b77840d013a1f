"""Clients: one session, one client a service, each only when it is used."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from pratique import bootstrap
from pratique.adapters.aws.session import CONNECT_SECONDS, READ_SECONDS, SEND_READ_SECONDS, Clients
from pratique.domain.errors import PermanentFailure
from pratique.ports.queue import QueueName
from pratique.settings import Settings, read_settings

from tests.builders import NOW, a_copy

SETTINGS = {"AWS_REGION": "eu-central-1", "PRATIQUE_TABLE": "mail", "PRATIQUE_BUCKET": "mail"}


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of an installation that nobody can reach."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    return read_settings(SETTINGS)


def test_all_clients_come_from_the_tables_session_once(settings: Settings) -> None:
    """Asked for by many threads at once."""
    clients = Clients(settings)
    made: list[str] = []

    def note(**event: Any) -> None:
        made.append(event["event_name"].rpartition(".")[2])

    clients.table().session.register("creating-client-class", note)
    makers = [clients.s3, clients.sqs, clients.secretsmanager, clients.sesv2] * 4
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda make: make(), makers))
    assert sorted(made) == ["s3", "secrets-manager", "sesv2", "sqs"]
    assert len({id(each) for each in found}) == 4
    assert clients.table() is clients.table()


def test_no_wait_is_longer_than_a_function_can_bear(settings: Settings) -> None:
    """Two seconds to connect and five to answer, wherever a client comes from; the region is the settings'. Sending takes longer, and
    is not repeated by the SDK: the first answer may only have been lost.
    """
    clients = Clients(replace(settings, ses_region="eu-west-1"))
    made: list[Any] = [clients.sqs(), clients.secretsmanager()]
    for client in made:
        config = client.meta.config
        assert (config.connect_timeout, config.read_timeout) == (CONNECT_SECONDS, READ_SECONDS)
    sending: Any = clients.sesv2().meta.config
    assert (sending.read_timeout, sending.retries["total_max_attempts"]) == (SEND_READ_SECONDS, 1)
    assert clients.sqs().meta.region_name == "eu-central-1"
    assert clients.sesv2().meta.region_name == "eu-west-1"


def test_services_of_an_installation_that_lacks_something(settings: Settings) -> None:
    """A function that was not given a table, a queue or a secret says so when it needs it, and not before."""
    services = bootstrap.build_services(replace(settings, table="", signing_secret=""))
    with pytest.raises(PermanentFailure, match="PRATIQUE_TABLE"):
        services.index.get_copy(a_copy().id, now=NOW)
    with pytest.raises(PermanentFailure, match="deliver"):
        services.queue.send(QueueName.DELIVER, [{"id": "1"}])
    with pytest.raises(PermanentFailure, match="PRATIQUE_SIGNING_SECRET"):
        services.secrets.signing_key()


def test_clients_without_a_table(settings: Settings) -> None:
    """A process that has no table (an edge) has a session all the same."""
    assert Clients(replace(settings, table="")).sqs().meta.region_name == "eu-central-1"


def test_options_come_from_the_settings(settings: Settings) -> None:
    """Each of them."""
    changed = replace(
        settings,
        hostname="mx.example.org",
        port_25=True,
        own_edges=(("mx.example.org", 25),),
        raw_prefix="in/",
        max_hops=3,
    )
    options = bootstrap.build_services(changed).options
    assert (options.hostname, options.port_25, options.raw_prefix) == ("mx.example.org", True, "in/")
    assert (options.own_edges, options.max_hops) == (frozenset({("mx.example.org", 25)}), 3)


def test_services_are_made_once(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the environment of the process."""
    monkeypatch.setenv("PRATIQUE_HOSTNAME", "once.example.org")
    bootstrap.services.cache_clear()
    try:
        assert bootstrap.services() is bootstrap.services()
        assert bootstrap.services().options.hostname == "once.example.org"
    finally:
        bootstrap.services.cache_clear()
