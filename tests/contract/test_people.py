"""Grants, Disclosures, Passkeys and Searches; and that what is found by its name is what its port says."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest
from pratique.adapters.aws.accounts import DynamoAccounts
from pratique.adapters.aws.aliases import DynamoAliases
from pratique.adapters.aws.catalogues import DynamoCatalogues
from pratique.adapters.aws.challenges import DynamoChallenges
from pratique.adapters.aws.disclosures import DynamoDisclosures
from pratique.adapters.aws.grants import DynamoGrants
from pratique.adapters.aws.identities import DynamoIdentities
from pratique.adapters.aws.journal import DynamoJournal
from pratique.adapters.aws.mailboxes import DynamoMailboxes
from pratique.adapters.aws.passkeys import DynamoPasskeys
from pratique.adapters.aws.searches import DynamoSearches
from pratique.adapters.aws.sessions import DynamoSessions
from pratique.adapters.aws.table import Table
from pratique.adapters.aws.users import DynamoUsers
from pratique.domain.disclosure import Disclosed, Disclosure
from pratique.domain.errors import Conflict, InvalidInput
from pratique.domain.grant import Grant
from pratique.domain.passkey import Passkey
from pratique.domain.saved_search import SavedSearch
from pratique.domain.scope import GLOBAL, parse_scope
from pratique.ports.accounts import Accounts
from pratique.ports.aliases import Aliases
from pratique.ports.catalogues import Catalogues
from pratique.ports.challenges import Challenges
from pratique.ports.disclosures import Disclosures
from pratique.ports.grants import Grants
from pratique.ports.identities import Identities
from pratique.ports.journal import Journal
from pratique.ports.mailboxes import Mailboxes
from pratique.ports.passkeys import Passkeys
from pratique.ports.searches import Searches
from pratique.ports.sessions import Sessions
from pratique.ports.users import Users

from tests.builders import NOW, NOW_MS
from tests.contract.backends import Backend, concurrent
from tests.contract.test_concurrent import together

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

ANN, BOB, INFO = (parse_scope(f"{name}@example.org") for name in ("grüße", "bob", "info"))


def test_the_adapters_are_what_the_ports_say() -> None:
    """The type checker reads this: bootstrap finds these by name."""

    def no_table() -> Table:
        raise AssertionError("nothing is asked of it here")

    def no_bucket() -> S3Client:
        raise AssertionError("nor of this")

    made: tuple[
        Accounts, Sessions, Users, Challenges, Grants, Disclosures, Passkeys, Identities, Aliases, Searches
    ] = (
        DynamoAccounts(no_table),
        DynamoSessions(no_table),
        DynamoUsers(no_table),
        DynamoChallenges(no_table),
        DynamoGrants(no_table),
        DynamoDisclosures(no_table),
        DynamoPasskeys(no_table),
        DynamoIdentities(no_table),
        DynamoAliases(no_table),
        DynamoSearches(no_table),
    )
    more: tuple[Journal, Mailboxes, Catalogues] = (
        DynamoJournal(no_table),
        DynamoMailboxes(no_table, no_bucket, bucket="", shards=1),
        DynamoCatalogues(no_table, no_bucket, bucket=""),
    )
    assert len(made + more) == 13


def grant(login: object = ANN, scope: object = INFO, **changes: object) -> Grant:
    values: dict[str, object] = {"login": login, "scope": scope, "may_write": True, "created_ms": NOW_MS}
    return Grant(**(values | {"created_by": "tester"} | changes))  # type: ignore[arg-type]  # its own fields


def test_grants_come_back_from_both_sides(backend: Backend) -> None:
    """By person and by mailbox; a later one replaces an earlier one."""
    grants = backend.services.grants
    assert grants.get(ANN, INFO) is None
    for each in (grant(may_write=False), grant(), grant(BOB, expires_at=NOW + 60), grant(scope=BOB)):
        grants.put(each)
    assert grants.get(ANN, INFO) == grant()
    assert grants.get(INFO, ANN) is None
    assert grants.of_login(ANN) == [grant(scope=BOB), grant()]
    assert grants.of_scope(INFO) == [grant(BOB, expires_at=NOW + 60), grant()]
    assert grants.of_scope(ANN) == []


def test_a_grant_that_was_taken_back_is_dead_at_once(backend: Backend) -> None:
    """From both sides; again there is none."""
    grants = backend.services.grants
    grants.put(grant())
    grants.put(grant(BOB))
    assert grants.delete(ANN, INFO)
    assert not grants.delete(ANN, INFO)
    assert grants.get(ANN, INFO) is None
    assert (grants.of_login(ANN), grants.of_scope(INFO)) == ([], [grant(BOB)])


def disclosure(number: int) -> Disclosure:
    return Disclosure(NOW_MS + number, "ann as bob", "panel", Disclosed.OPENED, f"copy {number}", "grüße")


def test_disclosures_are_told_newest_first(backend: Backend) -> None:
    """Of one owner, in pages."""
    told = backend.services.disclosures
    for number in (3, 1, 2):
        told.record(BOB, disclosure(number))
    told.record(ANN, disclosure(9))
    page = told.of_owner(BOB, limit=2)
    assert page.disclosures == (disclosure(3), disclosure(2))
    rest = told.of_owner(BOB, limit=2, cursor=page.cursor)
    assert (rest.disclosures, rest.cursor) == ((disclosure(1),), None)
    assert told.of_owner(INFO, limit=2).disclosures == ()
    with pytest.raises(InvalidInput):
        told.of_owner(BOB, limit=2, cursor="!")


def test_a_leave_holds_for_its_time(backend: Backend) -> None:
    """For one actor and one copy."""
    told = backend.services.disclosures
    assert not told.allowed("ann", "copy", now=NOW)
    assert told.allow("ann", "copy", now=NOW, until=NOW + 60)
    assert not told.allow("ann", "copy", now=NOW, until=NOW + 90)
    assert told.allowed("ann", "copy", now=NOW + 59)
    assert not told.allowed("ann", "copy", now=NOW + 60)
    assert not told.allowed("ann", "other", now=NOW)
    assert not told.allowed("bob", "copy", now=NOW)
    assert told.allow("ann", "copy", now=NOW + 60, until=NOW + 120)
    assert told.allowed("ann", "copy", now=NOW + 119)


def passkey(number: int, login: object = ANN, **changes: object) -> Passkey:
    values: dict[str, object] = {"id": f"{number:064x}", "login": login, "label": "grün", "credential": "AAA"}
    return Passkey(**(values | {"counter": 0, "created_ms": NOW_MS} | changes))  # type: ignore[arg-type]  # its own fields


def test_passkeys_come_back_as_they_were(backend: Backend) -> None:
    """By id and by login; an id is taken once."""
    keys = backend.services.passkeys
    for each in (passkey(2), passkey(1, counter=7, used_ms=NOW_MS), passkey(3, BOB)):
        keys.add(each)
    with pytest.raises(Conflict):
        keys.add(passkey(1, BOB))
    assert keys.get(passkey(1).id) == passkey(1, counter=7, used_ms=NOW_MS)
    assert keys.of_login(ANN) == [passkey(1, counter=7, used_ms=NOW_MS), passkey(2)]
    assert keys.get(passkey(9).id) is None
    assert keys.of_login(INFO) == []


def test_the_use_of_a_key_is_noted_on_the_counter_that_was_read(backend: Backend) -> None:
    """Of two uses at once, one."""
    keys = backend.services.passkeys
    keys.add(passkey(1))
    assert keys.note_use(passkey(1), counter=5, at_ms=NOW_MS + 1)
    assert not keys.note_use(passkey(1), counter=6, at_ms=NOW_MS + 2)
    assert keys.get(passkey(1).id) == passkey(1, counter=5, used_ms=NOW_MS + 1)
    assert not keys.note_use(replace(passkey(1), login=BOB, counter=5), counter=6, at_ms=NOW_MS)
    assert not keys.note_use(passkey(2), counter=6, at_ms=NOW_MS)
    assert keys.get(passkey(2).id) is None


@concurrent
def test_of_many_uses_one_is_noted(backend: Backend) -> None:
    """A signature that was copied on its way is used once."""
    keys = backend.services.passkeys
    keys.add(passkey(1))
    done = together([partial(keys.note_use, passkey(1), counter=1, at_ms=NOW_MS)] * 6)
    assert (done.count(True), done.count(False)) == (1, 5)


def test_a_key_is_deleted_by_its_owner(backend: Backend) -> None:
    """Nobody else's; again there is none."""
    keys = backend.services.passkeys
    keys.add(passkey(1))
    assert not keys.delete(BOB, passkey(1).id)
    assert keys.get(passkey(1).id) == passkey(1)
    assert keys.delete(ANN, passkey(1).id)
    assert not keys.delete(ANN, passkey(1).id)
    assert (keys.get(passkey(1).id), keys.of_login(ANN)) == (None, [])


def saved(number: int, **changes: object) -> SavedSearch:
    values: dict[str, object] = {
        "id": f"s-{number}",
        "name": f"grüne Rechnung {number}",
        "query": '{"q":"ü"}',
    }
    return SavedSearch(**(values | {"created_ms": NOW_MS, "changed_ms": NOW_MS} | changes))  # type: ignore[arg-type]  # its own fields


def test_saved_searches_are_their_owners(backend: Backend) -> None:
    """Each owner has its own, by id; the last writer of an id wins."""
    searches = backend.services.searches
    for owner, number in ((ANN, 2), (ANN, 1), (BOB, 1), (GLOBAL, 3)):
        searches.put(owner, saved(number))
    assert searches.of_owner(ANN) == [saved(1), saved(2)]
    searches.put(ANN, saved(1, name="other", query="{}", changed_ms=NOW_MS + 5))
    assert searches.of_owner(ANN) == [saved(1, name="other", query="{}", changed_ms=NOW_MS + 5), saved(2)]
    assert searches.of_owner(BOB) == [saved(1)]
    assert searches.of_owner(GLOBAL) == [saved(3)]
    assert searches.of_owner(INFO) == []


def test_a_saved_search_is_forgotten_once(backend: Backend) -> None:
    """And only its owner's."""
    searches = backend.services.searches
    searches.put(ANN, saved(1))
    assert not searches.delete(BOB, saved(1).id)
    assert searches.delete(ANN, saved(1).id)
    assert not searches.delete(ANN, saved(1).id)
    assert searches.of_owner(ANN) == []
