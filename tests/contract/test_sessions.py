"""Sessions, Users and Challenges."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial

import pytest
from pratique.domain.address import parse_address
from pratique.domain.challenge import Challenge, ChallengeKind
from pratique.domain.errors import ConcurrentChange, Conflict, InvalidInput
from pratique.domain.ids import ulid
from pratique.domain.scope import GLOBAL, Scope, domain_scope, parse_scope, recipient_scope
from pratique.domain.session import Session
from pratique.domain.user import User
from pratique.ports.challenges import Challenges
from pratique.ports.sessions import Sessions
from pratique.ports.users import Users

from tests.builders import NOW, NOW_MS
from tests.contract.backends import Backend, concurrent, stored
from tests.contract.test_concurrent import together

SCOPES = [GLOBAL, domain_scope("global"), domain_scope("example.org"), recipient_scope("grüße@example.org")]


def session(number: int, login: Scope = SCOPES[3], **changes: object) -> Session:
    values: dict[str, object] = {
        "id": ulid(NOW_MS + number, bytes(10)),
        "digest": f"{number:064d}",
        "login": login,
        "method": "link",
        "second": "totp",
        "created_ms": NOW_MS,
        "seen_ms": NOW_MS,
        "ends_at": NOW + 3600,
        "network": "192.0.2.1",
        "agent": "Firefox on Linux",
    }
    return Session(**(values | changes))  # type: ignore[arg-type]  # its own fields


def user(login: Scope, scope: Scope | None = None, **changes: object) -> User:
    values: dict[str, object] = {
        "login": login,
        "scope": scope or login,
        "mail": parse_address("grüße@example.net"),
        "name": "Grüße",
        "language": "de",
        "password": "$argon2id$x",
        "recovery": ("a" * 64, "b" * 64),
        "created_ms": NOW_MS,
        "created_by": "tester",
    }
    return User(**(values | changes))  # type: ignore[arg-type]  # its own fields


@pytest.fixture
def sessions(backend: Backend) -> Sessions:
    return backend.services.sessions


@pytest.fixture
def users(backend: Backend) -> Users:
    return backend.services.users


@pytest.fixture
def challenges(backend: Backend) -> Challenges:
    return backend.services.challenges


@pytest.mark.parametrize("login", SCOPES, ids=str)
def test_a_session_comes_back_as_it_was(sessions: Sessions, login: Scope) -> None:
    """Every field, by id and by login."""
    mine = [session(1, login), session(2, login, acting=SCOPES[2], acting_until=NOW + 9, reason="grüße")]
    for each in reversed(mine):
        assert sessions.get(each.id) is None
        sessions.add(each)
        assert sessions.get(each.id) == each
    assert sessions.of_login(login) == mine
    assert [sessions.of_login(other) for other in SCOPES if other != login] == [[], [], []]


def test_a_session_id_is_taken_once(sessions: Sessions) -> None:
    """The first one stays."""
    sessions.add(session(1))
    with pytest.raises(Conflict):
        sessions.add(session(1, SCOPES[0]))
    assert sessions.get(session(1).id) == session(1)
    assert sessions.of_login(SCOPES[0]) == []


def test_a_session_is_touched_and_never_back_in_time(sessions: Sessions) -> None:
    """Nor brought back when it is gone."""
    sessions.add(session(1))
    sessions.touch(session(1).id, seen_ms=NOW_MS + 5)
    sessions.touch(session(1).id, seen_ms=NOW_MS + 2)
    assert sessions.get(session(1).id) == session(1, seen_ms=NOW_MS + 5)
    sessions.delete(session(1).id)
    sessions.touch(session(1).id, seen_ms=NOW_MS + 9)
    assert sessions.get(session(1).id) is None


def test_a_session_acts_as_somebody_and_as_itself_again(sessions: Sessions) -> None:
    """And a session that is gone acts as nobody."""
    sessions.add(session(1))
    assert sessions.act(session(1).id, SCOPES[2], until=NOW + 60, reason="asked on the phone")
    acting = session(1, acting=SCOPES[2], acting_until=NOW + 60, reason="asked on the phone")
    assert sessions.get(session(1).id) == acting
    assert sessions.act(session(1).id, None, until=0, reason="")
    assert sessions.get(session(1).id) == session(1)
    assert not sessions.act(session(2).id, SCOPES[2], until=NOW + 60, reason="x")
    assert sessions.get(session(2).id) is None


def test_a_deleted_session_is_gone_at_once(sessions: Sessions) -> None:
    """From both sides; again there is none."""
    sessions.add(session(1))
    sessions.add(session(2))
    assert sessions.delete(session(1).id)
    assert not sessions.delete(session(1).id)
    assert sessions.get(session(1).id) is None
    assert sessions.of_login(session(1).login) == [session(2)]


@pytest.mark.parametrize("login", SCOPES, ids=str)
def test_a_user_comes_back_as_it_was(users: Users, login: Scope) -> None:
    """Every field."""
    whole = user(
        login,
        SCOPES[2],
        may_write=False,
        disabled=True,
        second_factor=True,
        totp="sealed",
        totp_step=59_666_666,
        passkeys=2,
        used_ms=NOW_MS,
        version=3,
    )
    assert users.get(login) is None
    users.add(whole)
    assert users.get(login) == whole


def test_a_login_is_taken_once(users: Users) -> None:
    """And free again when it was deleted."""
    users.add(user(SCOPES[3]))
    with pytest.raises(Conflict):
        users.add(user(SCOPES[3], GLOBAL))
    assert users.get(SCOPES[3]) == user(SCOPES[3])
    assert users.delete(SCOPES[3])
    assert not users.delete(SCOPES[3])
    assert users.get(SCOPES[3]) is None
    users.add(user(SCOPES[3], GLOBAL))


def test_a_change_is_of_the_version_that_was_read(users: Users) -> None:
    """Of two the second loses, and so does one of a user that is gone."""
    users.add(user(SCOPES[3]))
    changed = users.change(user(SCOPES[3], name="first"))
    assert changed == user(SCOPES[3], name="first", version=1)
    with pytest.raises(ConcurrentChange):
        users.change(user(SCOPES[3], name="second"))
    assert users.get(SCOPES[3]) == changed
    users.delete(SCOPES[3])
    with pytest.raises(ConcurrentChange):
        users.change(changed)


def test_users_are_listed_where_their_scope_lies(users: Users) -> None:
    """By login, in pages; whoever's scope moved is listed in its new place only."""
    logins = [parse_scope(f"u{n}@example.org") for n in range(5)]
    for login in logins:
        users.add(user(login))
    users.add(user(parse_scope("ops@example.net"), GLOBAL))
    users.add(user(SCOPES[2]))
    page = users.list_users(SCOPES[2], limit=4)
    rest = users.list_users(SCOPES[2], limit=4, cursor=page.cursor)
    assert [u.login for u in page.users + rest.users] == [SCOPES[2], *logins]
    assert rest.cursor is None
    assert [str(u.login) for u in users.list_users(GLOBAL, limit=9).users] == ["ops@example.net"]
    users.change(replace(user(logins[0]), scope=GLOBAL))
    assert [u.login for u in users.list_users(SCOPES[2], limit=9).users] == [SCOPES[2], *logins[1:]]
    assert logins[0] in {u.login for u in users.list_users(GLOBAL, limit=9).users}
    with pytest.raises(InvalidInput):
        users.list_users(GLOBAL, limit=9, cursor="!")


def test_a_place_is_new_once(users: Users) -> None:
    """For each login, until it is forgotten."""
    assert users.note_place(SCOPES[3], "here", at_ms=NOW_MS, ends_at=NOW + 60)
    assert not users.note_place(SCOPES[3], "here", at_ms=NOW_MS + 9, ends_at=NOW + 60)
    assert users.note_place(SCOPES[3], "there", at_ms=NOW_MS, ends_at=NOW + 60)
    assert users.note_place(SCOPES[2], "here", at_ms=NOW_MS, ends_at=NOW + 60)
    assert users.note_place(SCOPES[3], "here", at_ms=NOW_MS + 61_000, ends_at=NOW + 600)


def link(number: int, kind: ChallengeKind = ChallengeKind.LINK, digest: str = "d" * 64) -> Challenge:
    return Challenge(kind, f"id{number}", digest, NOW + 60, {"login": "grüße@example.org", "more": "x"})


def test_a_challenge_is_taken_once(challenges: Challenges) -> None:
    """As it was put, of its own kind, and by who has the same digest."""
    challenges.put(link(1))
    with pytest.raises(Conflict):
        challenges.put(link(1, digest="e" * 64))
    assert challenges.get(ChallengeKind.LINK, "id1") == link(1)
    assert challenges.get(ChallengeKind.OIDC, "id1") is None
    assert not challenges.take(link(1, digest="e" * 64))
    assert not challenges.take(link(1, ChallengeKind.OIDC))
    assert challenges.take(link(1))
    assert not challenges.take(link(1))
    assert challenges.get(ChallengeKind.LINK, "id1") is None


@concurrent
def test_of_many_one_takes_it(challenges: Challenges) -> None:
    """Two clicks on one link open one session."""
    challenges.put(link(1))
    taken = together([partial(challenges.take, link(1))] * 8)
    assert (taken.count(True), taken.count(False)) == (1, 7)


@stored
def test_rows_end_by_themselves_and_hold_no_secret(backend: Backend) -> None:
    """Sessions, their pointers, links and places have an end; users have none."""
    assert backend.settings is not None
    services = backend.services
    services.sessions.add(session(1))
    services.challenges.put(link(1))
    services.users.add(user(SCOPES[3]))
    services.users.note_place(SCOPES[3], "here", at_ms=NOW_MS, ends_at=NOW + 60)
    rows = backend.client("dynamodb").scan(TableName=backend.settings.table)["Items"]
    ends = {(row["pk"]["S"][:3], row["sk"]["S"]): row.get("expires_at", {}).get("N", "") for row in rows}
    assert ends == {
        ("SN#", "SESSION"): str(NOW + 3600),
        ("SU#", session(1).id): str(NOW + 3600),
        ("CH#", "CHALLENGE"): str(NOW + 60),
        ("U#g", "USER"): "",
        ("UD#", SCOPES[3].key): "",
        ("U#g", "PLACE#here"): str(NOW + 60),
    }
    assert "secret" not in json.dumps(rows)
