"""AppPasswords: of a login, revoked, and wrong ones counted."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from pratique.domain.app_password import AppPassword
from pratique.domain.errors import Conflict
from pratique.domain.ids import ulid
from pratique.domain.scope import GLOBAL, Scope, domain_scope, recipient_scope
from pratique.ports.app_passwords import AppPasswords

from tests.builders import NOW, NOW_MS
from tests.contract.backends import Backend, concurrent, stored
from tests.contract.test_concurrent import together

SCOPES = [GLOBAL, domain_scope("global"), domain_scope("example.org"), recipient_scope("grüße@example.org")]


@pytest.fixture
def passwords(backend: Backend) -> AppPasswords:
    return backend.services.app_passwords


def password(number: int, scope: Scope = GLOBAL, **changes: object) -> AppPassword:
    values: dict[str, object] = {
        "id": ulid(NOW_MS + number, bytes(10)),
        "scope": scope,
        "label": f"ünique {number}",
        "selector": "7k2mq",
        "digest": f"scrypt$14$8$1$salt${number}",
        "may_write": True,
        "created_ms": NOW_MS,
        "created_by": "tester",
    }
    return AppPassword(**(values | changes))  # type: ignore[arg-type]  # its own fields


@pytest.mark.parametrize("scope", SCOPES, ids=str)
def test_passwords_come_back_as_they_were(passwords: AppPasswords, scope: Scope) -> None:
    """Every field, in the order of their ids, of this login alone."""
    mine = [password(1, scope), password(2, scope, may_write=False, expires_at=NOW + 5, used_ms=NOW_MS)]
    for each in reversed(mine):
        passwords.add_password(each)
    assert passwords.passwords(scope) == mine
    assert [passwords.passwords(other) for other in SCOPES if other != scope] == [[], [], []]


def test_an_id_is_taken_once(passwords: AppPasswords) -> None:
    """The same password again is no other one."""
    passwords.add_password(password(1))
    passwords.add_password(password(1))
    with pytest.raises(Conflict):
        passwords.add_password(password(1, digest="another"))
    assert passwords.passwords(GLOBAL) == [password(1)]


def test_a_deleted_password_is_dead_and_its_id_spent(passwords: AppPasswords) -> None:
    """At once; deleting it again, or one that never was, says so."""
    passwords.add_password(password(1))
    passwords.add_password(password(2))
    assert passwords.delete_password(GLOBAL, password(1).id)
    assert not passwords.delete_password(GLOBAL, password(1).id)
    assert not passwords.delete_password(SCOPES[2], password(2).id)
    assert passwords.passwords(GLOBAL) == [password(2)]
    with pytest.raises(Conflict):
        passwords.add_password(password(1))


def test_use_is_noted_forwards_only(passwords: AppPasswords) -> None:
    """And not of a password that is gone."""
    passwords.add_password(password(1))
    passwords.note_use(password(1), at_ms=NOW_MS + 5)
    passwords.note_use(password(1), at_ms=NOW_MS + 4)
    passwords.note_use(password(9), at_ms=NOW_MS)
    assert passwords.passwords(GLOBAL) == [replace(password(1), used_ms=NOW_MS + 5)]


def test_failures_are_counted_by_source_and_window(passwords: AppPasswords) -> None:
    """What was never wrong is left out."""
    assert passwords.note_failure("net#192.0.2.1", window=7, ends_at=NOW) == 1
    assert passwords.note_failure("net#192.0.2.1", window=7, ends_at=NOW) == 2
    assert passwords.note_failure("login#*", window=8, ends_at=NOW) == 1
    assert passwords.failures(["net#192.0.2.1", "login#*"], window=7) == {"net#192.0.2.1": 2}
    assert passwords.failures([], window=7) == {}


@concurrent
def test_no_failure_is_lost(passwords: AppPasswords) -> None:
    """Two gateways, one guesser."""
    together([partial(passwords.note_failure, "login#*", window=1, ends_at=NOW)] * 6)
    assert passwords.failures(["login#*"], window=1) == {"login#*": 6}


@stored
def test_rows_end_by_themselves(backend: Backend) -> None:
    """A password 30 days after its end, a count with its window."""
    assert backend.settings is not None
    backend.services.app_passwords.add_password(password(1, expires_at=NOW))
    backend.services.app_passwords.add_password(password(2))
    backend.services.app_passwords.note_failure("net#?", window=1, ends_at=NOW + 9)
    rows = backend.client("dynamodb").scan(TableName=backend.settings.table)["Items"]
    ends = {row["sk"]["S"]: row.get("expires_at", {}).get("N", "") for row in rows}
    assert ends == {password(1).id: str(NOW + 30 * 86_400), password(2).id: "", "1": str(NOW + 9)}
