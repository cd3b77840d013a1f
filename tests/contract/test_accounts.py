"""Accounts, Audit and Secrets."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from pratique.adapters.aws.secrets import SecretsManagerSecrets
from pratique.domain.errors import Conflict, PermanentFailure
from pratique.domain.ids import ulid
from pratique.domain.scope import GLOBAL, Scope, domain_scope, recipient_scope
from pratique.domain.token import Token, secret_digest
from pratique.ports.accounts import Accounts

from tests.builders import NOW, NOW_MS
from tests.contract.backends import CREDENTIALS, ROUTE_SECRET, SIGNING_KEY, Backend, stored

SCOPES = [GLOBAL, domain_scope("global"), domain_scope("example.org"), recipient_scope("grüße@example.org")]


@pytest.fixture
def accounts(backend: Backend) -> Accounts:
    return backend.services.accounts


def token(number: int, scope: Scope = GLOBAL, *, expires_at: int | None = None) -> Token:
    name = ulid(NOW_MS + number, bytes(10))
    return Token(
        name, f"token {number}", scope, secret_digest(f"{number}"), True, NOW_MS, "tester", expires_at
    )


@pytest.mark.parametrize("scope", SCOPES, ids=str)
def test_a_token_comes_back_as_it_was(accounts: Accounts, scope: Scope) -> None:
    """Every field; the domain called `global` does not become the global scope."""
    for each in (token(1, scope), replace(token(2, scope, expires_at=NOW + 5), may_write=False, name="")):
        assert accounts.get_token(each.id) is None
        accounts.add_token(each)
        assert accounts.get_token(each.id) == each


def test_an_id_is_taken_once(accounts: Accounts) -> None:
    """By whatever scope; the first token stays as it is, and the second is nowhere."""
    accounts.add_token(token(1))
    for other in (token(1, SCOPES[2]), replace(token(1), name="another")):
        with pytest.raises(Conflict):
            accounts.add_token(other)
    assert accounts.get_token(token(1).id) == token(1)
    assert accounts.list_tokens(SCOPES[2]) == []


def test_list_tokens(accounts: Accounts) -> None:
    """Of exactly one scope, in the order of their ids."""
    for number in range(8):
        accounts.add_token(token(number, SCOPES[number % 4]))
    for number, scope in enumerate(SCOPES):
        assert accounts.list_tokens(scope) == [token(number, scope), token(number + 4, scope)]


def test_a_deleted_token_is_dead_at_once(accounts: Accounts) -> None:
    """And deleting it again says that there was none."""
    accounts.add_token(token(1))
    accounts.add_token(token(2))
    assert accounts.delete_token(token(1).id)
    assert not accounts.delete_token(token(1).id)
    assert accounts.get_token(token(1).id) is None
    assert accounts.list_tokens(GLOBAL) == [token(2)]


def test_the_id_of_a_deleted_token_is_spent(accounts: Accounts) -> None:
    """A repeated request to make it does not bring it back; deleting one that never was spends nothing."""
    assert not accounts.delete_token(token(1).id)
    accounts.add_token(token(1, expires_at=NOW + 5))
    accounts.delete_token(token(1).id)
    with pytest.raises(Conflict):
        accounts.add_token(token(1, expires_at=NOW + 5))
    assert accounts.get_token(token(1).id) is None
    assert accounts.list_tokens(GLOBAL) == []


def test_secrets(backend: Backend) -> None:
    """The key in octets, a route's credentials, and no such secret."""
    secrets = backend.services.secrets
    assert secrets.signing_key() == SIGNING_KEY.encode()
    assert secrets.credentials(ROUTE_SECRET) == (CREDENTIALS["username"], CREDENTIALS["password"])
    with pytest.raises(PermanentFailure):
        secrets.credentials("no/such/secret")


def test_the_only_key_is_the_newest(backend: Backend) -> None:
    assert backend.services.secrets.signing_keys() == (SIGNING_KEY.encode(),)


@stored
def test_older_keys_are_honoured_while_they_stand_in_the_secret(backend: Backend) -> None:
    """The newest first, three older ones at most, and none that is too short."""
    names = [f"{number} key that was in use before, long enough" for number in range(5)]
    old = [name.replace(" ", "-") for name in names]
    text = json.dumps({"signing_key": SIGNING_KEY, "older_signing_keys": f"{old[0]} {old[1]} short {old[2]}"})
    backend.client("secretsmanager").create_secret(Name="rotated", SecretString=text)
    secrets = SecretsManagerSecrets(lambda: backend.client("secretsmanager"), signing_secret="rotated")
    assert secrets.signing_key() == SIGNING_KEY.encode()
    assert secrets.signing_keys() == (SIGNING_KEY.encode(), old[0].encode(), old[1].encode())


@stored
def test_secrets_are_read_once(backend: Backend) -> None:
    """A warm process asks no more."""
    secrets = SecretsManagerSecrets(
        lambda: backend.client("secretsmanager"), signing_secret="pratique/signing"
    )
    before = secrets.signing_key()
    backend.client("secretsmanager").put_secret_value(SecretId="pratique/signing", SecretString="{}")
    assert secrets.signing_key() == before


@stored
@pytest.mark.parametrize(
    "text", ["no json", "[]", "{}", '{"signing_key": 7}', '{"signing_key": "too short"}']
)
def test_a_useless_key_is_refused_and_not_repeated(backend: Backend, text: str) -> None:
    """The error says what is wrong, not what was there."""
    backend.client("secretsmanager").create_secret(Name="bad", SecretString=text)
    secrets = SecretsManagerSecrets(lambda: backend.client("secretsmanager"), signing_secret="bad")
    with pytest.raises(PermanentFailure) as raised:
        secrets.signing_key()
    assert "too short" not in str(raised.value)
    with pytest.raises(PermanentFailure):
        secrets.credentials("bad")


@stored
def test_no_setting_no_key(backend: Backend) -> None:
    """A function that was given no secret has none."""
    with pytest.raises(PermanentFailure):
        SecretsManagerSecrets(lambda: backend.client("secretsmanager"), signing_secret="").signing_key()


@stored
def test_a_token_row_ends_by_itself(backend: Backend) -> None:
    """30 days after the token did; one without an end stays. No row holds a secret."""
    assert backend.settings is not None
    backend.services.accounts.add_token(token(1, expires_at=NOW))
    backend.services.accounts.add_token(token(2))
    rows = backend.client("dynamodb").scan(TableName=backend.settings.table)["Items"]
    ends = sorted((row["pk"]["S"], row.get("expires_at", {}).get("N", "")) for row in rows)
    kept = str(NOW + 30 * 86_400)
    assert ends == [
        (f"T#{token(1).id}", kept),
        (f"T#{token(2).id}", ""),
        ("TS#*", ""),
        ("TS#*", kept),
    ]
    assert "prq_" not in json.dumps(rows)
