"""The backends of the contract suites: fakes, moto in this process, and the embedded emulator, all with the table that template.yaml describes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import botocore.session
import pytest
from pratique.bootstrap import build_services
from pratique.ports.queue import QueueName
from pratique.ports.services import Services
from pratique.settings import Settings, read_settings

from tests import fakes
from tests.emulator import REGION
from tests.infra.loading import MAIN, load, resources

SIGNING_KEY = "a signing key for the contract suites"
CREDENTIALS = {"username": "relay", "password": "s3cret, näturlich"}
SIGNING_SECRET = "pratique/signing"
ROUTE_SECRET = "pratique/route"

FAKE = pytest.param("fake", id="fake")
MOTO = pytest.param("moto", id="moto")
EMULATOR = pytest.param("emulator", id="emulator", marks=pytest.mark.emulator)
ALL = [FAKE, MOTO, EMULATOR]

stored = pytest.mark.parametrize("backend", [MOTO, EMULATOR], indirect=True)
"""For what only the adapters can show."""
concurrent = pytest.mark.parametrize("backend", [FAKE, EMULATOR], indirect=True)
"""For what happens between threads: moto's conditional writes do not hold there."""


@dataclass(frozen=True)
class Backend:
    """Services over one kind of storage. `client` gives a plain SDK client, for what no port would do."""

    name: str
    services: Services
    settings: Settings | None
    client: Callable[[str], Any]


@cache
def _template_table() -> dict[str, Any]:
    found: dict[str, Any] = resources(load(MAIN), "AWS::DynamoDB::Table")["MailTable"]
    return found


def table_definition(name: str) -> dict[str, Any]:
    """CreateTable's arguments, read out of template.yaml: the one definition that everything uses."""
    described = _template_table()
    used = ("BillingMode", "KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes")
    return {"TableName": name, **{key: described[key] for key in used}}


@dataclass(frozen=True)
class _Installation:
    """Settings, services and plain clients that tests of one kind share: making clients is most of what a small test would cost."""

    settings: Settings
    services: Services
    client: Callable[[str], Any]


@cache
def _installation(kind: str, shards: int) -> _Installation:
    """An installation at whatever endpoint the environment names (`kind` says which)."""
    session = botocore.session.get_session()

    @cache
    def client(service: str) -> Any:
        return session.create_client(service, region_name=REGION)

    name = f"contract-{shards}"
    settings = read_settings(
        {
            "AWS_REGION": REGION,
            "PRATIQUE_TABLE": name,
            "PRATIQUE_BUCKET": name,
            **make_queues(client, name),
            "PRATIQUE_SIGNING_SECRET": SIGNING_SECRET,
            "PRATIQUE_INDEX_SHARDS": str(shards),
        }
    )
    return _Installation(settings, build_services(settings), client)


def make_queues(client: Callable[[str], Any], name: str) -> dict[str, str]:
    """Setting -> URL of each queue."""
    return {
        f"PRATIQUE_{queue}_{kind}": client("sqs").create_queue(QueueName=f"{name}-{queue}-{kind}")["QueueUrl"]
        for queue in sorted({"DIGEST", *(each.name for each in QueueName)})
        for kind in ("QUEUE", "DEAD")
    }


def stored_backend(kind: str, shards: int) -> Backend:
    """The adapters over fresh storage; whatever there was at the endpoint is gone already."""
    made = _installation(kind, shards)
    name = made.settings.table
    made.client("dynamodb").create_table(**table_definition(name))
    made.client("s3").create_bucket(Bucket=name)
    make_queues(made.client, name)
    for secret, values in ((SIGNING_SECRET, {"signing_key": SIGNING_KEY}), (ROUTE_SECRET, CREDENTIALS)):
        made.client("secretsmanager").create_secret(Name=secret, SecretString=json.dumps(values))
    return Backend(kind, made.services, made.settings, made.client)


def fake_backend() -> Backend:
    """Everything in memory."""
    world = fakes.world()
    world.secrets.key = SIGNING_KEY.encode()
    world.secrets.named[ROUTE_SECRET] = (CREDENTIALS["username"], CREDENTIALS["password"])

    def no_client(service: str) -> Any:
        raise AssertionError(f"the fakes have no {service}")

    return Backend("fake", world.services, None, no_client)


def bury_text(backend: Backend, queue: QueueName, text: str) -> None:
    """Put any text into a queue's dead-letter queue, as another program might."""
    assert backend.settings is not None
    dead = getattr(backend.settings, f"{queue.value}_dead")
    backend.client("sqs").send_message(QueueUrl=dead, MessageBody=text)
