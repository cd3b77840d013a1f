"""Sign-in links: asked for, mailed, used once; sessions opened, listed, ended."""

from __future__ import annotations

import email
import json
import re
from dataclasses import replace
from email import policy

import pytest
from pratique.domain.actor import Actor, Channel
from pratique.domain.address import parse_address
from pratique.domain.digest import LANGUAGES
from pratique.domain.errors import (
    InvalidInput,
    LimitReached,
    NotFound,
    NotProved,
    PermanentFailure,
    TemporaryFailure,
)
from pratique.domain.policy import Policy
from pratique.domain.scope import GLOBAL, Scope, parse_scope
from pratique.domain.user import User
from pratique.ports.queue import QueueName
from pratique.ports.services import Options
from pratique.usecases.authorize_session import authorize_session
from pratique.usecases.end_session import (
    end_session,
    list_sessions,
    revoke_session,
    revoke_sessions,
    touch_session,
)
from pratique.usecases.make_link import make_link
from pratique.usecases.open_session import SignedIn, Visit, agent_name
from pratique.usecases.request_link import ALL_LINKS, LOGIN_LINKS, NETWORK_LINKS, request_link
from pratique.usecases.send_letters import send_letters
from pratique.usecases.sign_in import NETWORK_FAILURES, sign_in_by_link
from pratique.usecases.write_letter import LINK, PLACE

from tests import builders, fakes

BOB, EXAMPLE = parse_scope("bob@example.org"), parse_scope("example.org")
HERE = Visit("192.0.2.7", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")


@pytest.fixture
def world() -> fakes.World:
    """A world in which bob gets mail."""
    made = fakes.world()
    made.directory.put_route(builders.route("*"))
    made.directory.put_policy(BOB, Policy())
    return made


def made(world: fakes.World, login: str, scope: Scope | None = None, **changes: object) -> User:
    """An account."""
    where = parse_scope(login)
    user = User(login=where, scope=scope or where, mail=parse_address("ann@example.org"), **changes)  # type: ignore[arg-type]
    world.users.add(user)
    return user


def letters(world: fakes.World) -> list[Exception | None]:
    """Carry out what is queued."""
    return list(send_letters(world.services, world.queue.drain(QueueName.LETTERS)))


def token_in(data: bytes) -> str:
    """The token of the link in a letter."""
    text = email.message_from_bytes(data, policy=policy.default).get_content()
    found = re.search(rf"{fakes.PANEL}/#/sign-in/(\S+)", text)
    assert found, text
    return found.group(1)


def signed_in(world: fakes.World, login: Scope = BOB, visit: Visit = HERE) -> SignedIn:
    """A session of this login, by a link."""
    return sign_in_by_link(world.services, make_link(world.services, login).rpartition("/")[2], visit)


def entered(world: fakes.World, done: SignedIn, asked: str | None = None) -> Actor | None:
    found = authorize_session(world.services, done.text, asked)
    return None if found is None else found.actor


def test_a_link_comes_by_mail_and_opens_a_session(world: fakes.World) -> None:
    """From nobody, marked as automatic; the account is made with the first use."""
    request_link(world.services, BOB, address=HERE.address)
    assert letters(world) == [None]
    (parcel,) = world.courier.parcels
    assert (parcel.mail_from, str(parcel.recipient)) == ("", "bob@example.org")
    assert world.courier.closed == 1
    message = email.message_from_bytes(parcel.data)
    assert message["Auto-Submitted"] == "auto-generated"
    assert b"\n" not in parcel.data.replace(b"\r\n", b"")
    done = sign_in_by_link(world.services, token_in(parcel.data), HERE)
    assert entered(world, done) == Actor(
        "bob@example.org", BOB, Channel.PANEL, login=BOB, session=done.session.id
    )
    assert world.users.rows[BOB].used_ms == builders.NOW_MS
    assert (done.session.network, done.session.agent) == ("192.0.2.7", "Firefox on Linux")
    (entry,) = world.audit.log
    assert (entry.actor, entry.action, entry.subject) == (
        "bob@example.org",
        "session.open",
        "bob@example.org link",
    )


def test_nothing_that_is_kept_opens_anything(world: fakes.World) -> None:
    """Rows hold hashes, the queue a login."""
    request_link(world.services, BOB, address=HERE.address)
    (item,) = world.queue.waiting[QueueName.LETTERS]
    assert set(item) == {"letter", "login", "at"}
    token = make_link(world.services, BOB).rpartition("/")[2]
    assert token.partition(".")[2] not in repr(world.challenges.rows)
    done = sign_in_by_link(world.services, token, HERE)
    assert done.text.partition(".")[2] not in repr(world.sessions.rows)
    assert done.csrf not in repr(world.sessions.rows)


def test_a_link_works_once_and_soon(world: fakes.World) -> None:
    """Used, late and made-up links say the same words."""
    used = make_link(world.services, BOB).rpartition("/")[2]
    sign_in_by_link(world.services, used, HERE)
    late = make_link(world.services, BOB).rpartition("/")[2]
    world.clock.advance(seconds=901)
    said = set()
    for token in (used, late, f"{late[:27]}{'A' * 43}", "", "x", late + "x"):
        with pytest.raises(NotProved) as refused:
            sign_in_by_link(world.services, token, HERE)
        said.add(str(refused.value))
    assert len(said) == 1


def test_a_wrong_guess_does_not_use_a_link_up(world: fakes.World) -> None:
    """Who knows its id, but not its secret, takes nothing from anybody."""
    token = make_link(world.services, BOB).rpartition("/")[2]
    with pytest.raises(NotProved):
        sign_in_by_link(world.services, token[:27] + "A" * 43, HERE)
    assert sign_in_by_link(world.services, token, HERE).user.login == BOB


def test_a_link_is_bound_to_the_installations_key(world: fakes.World) -> None:
    """A row alone, from a backup of elsewhere, is worth nothing."""
    token = make_link(world.services, BOB).rpartition("/")[2]
    world.secrets.key = b"another key of another installation"
    with pytest.raises(NotProved):
        sign_in_by_link(world.services, token, HERE)


@pytest.mark.parametrize(
    "login", ["nobody@example.org", "bob@elsewhere.example", "example.org", "global", "off@example.org"]
)
def test_who_has_no_account_gets_no_letter(world: fakes.World, login: str) -> None:
    """What is asked for looks the same: one item is queued; the worker finds nobody. A disabled account is nobody's."""
    world.directory.put_policy(parse_scope("off@example.org"), Policy())
    made(world, "off@example.org", disabled=True)
    request_link(world.services, parse_scope(login), address=HERE.address)
    assert len(world.queue.waiting[QueueName.LETTERS]) == 1
    assert letters(world) == [None]
    assert world.courier.parcels == []


def test_an_address_that_had_mail_needs_no_account(world: fakes.World) -> None:
    """Held or delivered; but nobody signs in where there is no route."""
    copy = builders.a_copy(1, "carol@example.org")
    world.index.add_facts(builders.facts(1, ("carol@example.org",)), expires_at=copy.expires_at)
    world.index.add_copy(copy)
    carol = parse_scope("carol@example.org")
    request_link(world.services, carol, address=HERE.address)
    letters(world)
    assert [str(p.recipient) for p in world.courier.parcels] == ["carol@example.org"]
    world.directory.delete_route("*")
    request_link(world.services, carol, address=HERE.address)
    letters(world)
    assert len(world.courier.parcels) == 1


def test_an_administrators_letter_goes_to_the_address_of_the_account(world: fakes.World) -> None:
    """In the language of the account; a login may be a domain."""
    made(world, "example.org", language="de")
    request_link(world.services, EXAMPLE, address=HERE.address)
    letters(world)
    (parcel,) = world.courier.parcels
    assert str(parcel.recipient) == "ann@example.org"
    message = email.message_from_bytes(parcel.data, policy=policy.default)
    assert "Anmelden" in str(message["Subject"])
    assert "Quarantäne von example.org" in message.get_content()


@pytest.mark.parametrize(
    ("limit", "login", "address"),
    [
        (LOGIN_LINKS, "bob@example.org", "192.0.2.{}"),
        (NETWORK_LINKS, "u{}@example.org", "192.0.2.7"),
        (ALL_LINKS, "u{}@example.org", "2001:db8:{:x}::1"),
    ],
)
def test_links_are_limited(world: fakes.World, limit: int, login: str, address: str) -> None:
    """By login, by network, together; in the next window there are some again."""
    for number in range(limit + 3):
        request_link(world.services, parse_scope(login.format(number)), address=address.format(number))
    assert len(world.queue.waiting[QueueName.LETTERS]) == limit
    world.clock.advance(seconds=900)
    request_link(world.services, parse_scope(login.format(0)), address=address.format(0))
    assert len(world.queue.waiting[QueueName.LETTERS]) == limit + 1


def test_without_a_panel_there_is_nothing_to_sign_in_to() -> None:
    """It says so, to whomever."""
    with pytest.raises(InvalidInput):
        request_link(fakes.world(Options()).services, BOB, address=HERE.address)


def test_a_letter_that_comes_late_is_not_sent(world: fakes.World) -> None:
    """Whoever waited has asked again."""
    request_link(world.services, BOB, address=HERE.address)
    world.clock.advance(seconds=901)
    assert letters(world) == [None]
    assert world.courier.parcels == []


def test_a_letter_is_tried_again_where_that_helps(world: fakes.World) -> None:
    """The next hop's `later` brings it back, its `no` does not; what is no letter comes back, and ends as a dead one."""
    for error, back in ((TemporaryFailure("451"), True), (PermanentFailure("550"), False)):
        world.courier.fail(error)
        request_link(world.services, BOB, address=HERE.address)
        (result,) = letters(world)
        assert (result is not None) is back
    results = send_letters(world.services, [{}, {"letter": "link", "login": "", "at": "1"}, {"letter": "x"}])
    assert all(isinstance(each, InvalidInput) for each in results[::2])
    assert len(results) == 3


def test_guesses_from_one_network_are_stopped(world: fakes.World) -> None:
    """Also a good link then; from elsewhere it works."""
    token = make_link(world.services, BOB).rpartition("/")[2]
    for _ in range(NETWORK_FAILURES):
        with pytest.raises(NotProved):
            sign_in_by_link(world.services, "x", HERE)
    with pytest.raises(LimitReached):
        sign_in_by_link(world.services, token, HERE)
    assert sign_in_by_link(world.services, token, Visit("198.51.100.1")).user.login == BOB


def test_a_session_ends_by_idleness_and_in_any_case(world: fakes.World) -> None:
    """Use keeps it alive up to the absolute end."""
    done = signed_in(world)
    for _ in range(13):
        world.clock.advance(seconds=12 * 3600 - 1)
        actor = entered(world, done)
        assert actor is not None
        touch_session(world.services, actor)
    world.clock.advance(seconds=12 * 3600)
    assert entered(world, done) is None
    idle = signed_in(world)
    world.clock.advance(seconds=12 * 3600)
    assert entered(world, idle) is None


def test_a_session_asks_to_be_noted_only_now_and_then(world: fakes.World) -> None:
    """A request seldom costs a write."""
    done = signed_in(world)
    found = authorize_session(world.services, done.text)
    assert found is not None
    assert not found.stale
    world.clock.advance(seconds=301)
    found = authorize_session(world.services, done.text)
    assert found is not None
    assert found.stale


@pytest.mark.parametrize(
    "text", ["", "x", "01K5N6R4M0Q8T7V2Y5Z9ABCDEF.", "01K5N6R4M0Q8T7V2Y5Z9ABCDEF." + "A" * 43]
)
def test_what_is_no_session_is_nobody(world: fakes.World, text: str) -> None:
    """Malformed and unknown."""
    assert authorize_session(world.services, text) is None


def test_a_session_with_another_secret_is_nobody(world: fakes.World) -> None:
    """The id is no secret."""
    done = signed_in(world)
    assert authorize_session(world.services, done.text[:27] + "A" * 43) is None


def test_a_disabled_or_deleted_account_is_out_at_once(world: fakes.World) -> None:
    """Its sessions are there, and open nothing."""
    done = signed_in(world)
    user = world.users.change(replace(world.users.rows[BOB], disabled=True))
    assert entered(world, done) is None
    world.users.change(replace(user, disabled=False))
    assert entered(world, done) is not None
    world.users.delete(BOB)
    assert entered(world, done) is None


@pytest.mark.parametrize(
    ("own", "asked", "found"),
    [
        ("global", "bob@example.org", True),
        ("global", "example.org", True),
        ("example.org", "bob@example.org", True),
        ("example.org", "global", False),
        ("example.org", "example.net", False),
        ("bob@example.org", "carol@example.org", False),
        ("bob@example.org", "example.org", False),
        ("bob@example.org", "", False),
        ("bob@example.org", "@", False),
    ],
)
def test_a_request_chooses_a_scope_inside_the_own_one(
    world: fakes.World, own: str, asked: str, found: bool
) -> None:
    """And never another."""
    made(world, "ann@example.org", parse_scope(own))
    done = signed_in(world, parse_scope("ann@example.org"))
    actor = entered(world, done, asked)
    assert (actor is not None) is found
    if actor is not None:
        assert actor.scope == parse_scope(asked)


def test_a_reader_reads_only(world: fakes.World) -> None:
    """The account's role is the session's."""
    made(world, "ann@example.org", GLOBAL, may_write=False)
    actor = entered(world, signed_in(world, parse_scope("ann@example.org")))
    assert actor is not None
    assert not actor.may_write


def test_sessions_are_listed_and_ended(world: fakes.World) -> None:
    """One's own: this one, another one, all others."""
    first, second, third = signed_in(world), signed_in(world), signed_in(world)
    actor = entered(world, first)
    assert actor is not None
    listed = {s.id for s in list_sessions(world.services, actor)}
    assert listed == {each.session.id for each in (first, second, third)}
    revoke_session(world.services, actor, second.session.id)
    assert entered(world, second) is None
    assert revoke_sessions(world.services, actor) == 1
    assert entered(world, third) is None
    assert entered(world, first) is not None
    end_session(world.services, actor)
    assert entered(world, first) is None
    with pytest.raises(NotFound):
        end_session(world.services, actor)


def test_an_ended_session_is_not_listed(world: fakes.World) -> None:
    """Whatever TTL has not deleted yet."""
    signed_in(world)
    world.clock.advance(days=6.8)
    actor = entered(world, signed_in(world))
    assert actor is not None
    assert [s.id for s in list_sessions(world.services, actor)] == [actor.session]


@pytest.mark.parametrize(
    ("who", "allowed"),
    [("global", True), ("example.org", True), ("example.net", False), ("carol@example.org", False)],
)
def test_whose_sessions_an_actor_may_end(world: fakes.World, who: str, allowed: bool) -> None:
    """Those of accounts that it administers; everything else is not there."""
    done = signed_in(world)
    actor = Actor("tester", parse_scope(who), Channel.API)
    if allowed:
        assert len(list_sessions(world.services, actor, BOB)) == 1
        revoke_session(world.services, actor, done.session.id)
        assert entered(world, done) is None
        return
    for call in (
        lambda: list_sessions(world.services, actor, BOB),
        lambda: revoke_session(world.services, actor, done.session.id),
        lambda: revoke_sessions(world.services, actor, BOB),
    ):
        with pytest.raises(NotFound):
            call()
    assert entered(world, done) is not None


def test_a_domains_administrator_does_not_see_the_operators_sessions(world: fakes.World) -> None:
    """Though the address lies in the domain: the account does not."""
    made(world, "ann@example.org", GLOBAL)
    signed_in(world, parse_scope("ann@example.org"))
    with pytest.raises(NotFound):
        list_sessions(world.services, Actor("tester", EXAMPLE, Channel.API), parse_scope("ann@example.org"))


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("", "a browser"),
        (HERE.agent, "Firefox on Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140 Safari/537.36 Edg/140",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
            "Safari on iPhone",
        ),
        ("<script>alert(1)</script>", "a browser"),
    ],
)
def test_a_browser_is_named_in_words_of_ours(agent: str, name: str) -> None:
    """Never in its own."""
    assert agent_name(agent) == name


def test_logs_name_nobody(world: fakes.World, caplog: pytest.LogCaptureFixture) -> None:
    """No address, no token."""
    request_link(world.services, BOB, address=HERE.address)
    letters(world)
    token = token_in(world.courier.parcels[0].data)
    done = sign_in_by_link(world.services, token, HERE)
    logged = json.dumps([record.__dict__ for record in caplog.records], default=str)
    assert "bob@" not in logged
    assert token.partition(".")[2] not in logged
    assert done.text not in logged


def test_a_new_place_is_told_by_mail(world: fakes.World) -> None:
    """Not the first sign-in of all, nor again from there, nor from the same neighbourhood; another network or browser is new."""
    signed_in(world)
    signed_in(world)
    signed_in(world, visit=Visit("192.0.2.99", HERE.agent))
    assert world.queue.waiting[QueueName.LETTERS] == []
    signed_in(world, visit=Visit("198.51.100.1", HERE.agent))
    signed_in(world, visit=Visit("192.0.2.7", "Chrome on Windows"))
    assert letters(world) == [None, None]
    first, second = (email.message_from_bytes(p.data, policy=policy.default) for p in world.courier.parcels)
    assert "from 198.51.100.1 with Firefox on Linux" in " ".join(first.get_content().split())
    assert "Chrome on Windows" in second.get_content()
    assert fakes.PANEL in first.get_content()
    world.clock.advance(days=181)
    signed_in(world)
    assert len(world.queue.waiting[QueueName.LETTERS]) == 1


@pytest.mark.parametrize("language", ["", "en", "de", "es", "fr", "ja", "pt-BR"])
def test_letters_are_written_in_the_persons_language(world: fakes.World, language: str) -> None:
    """Every text has every language of the digests, with the same places to fill; another language is English."""
    assert set(LINK) == set(PLACE) == set(LANGUAGES)
    made(world, "ann@example.org", language=language)
    request_link(world.services, parse_scope("ann@example.org"), address=HERE.address)
    letters(world)
    message = email.message_from_bytes(world.courier.parcels[0].data, policy=policy.default)
    assert message["Content-Language"] == (language if language in LINK else "en")
    assert "{" not in message.get_content()
    assert f"{fakes.PANEL}/#/sign-in/" in message.get_content()
    assert str(message["Subject"]) == LINK[language if language in LINK else "en"][0]
