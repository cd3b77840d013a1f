"""Passwords, authenticator apps, recovery codes, security keys."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pyotp
import pytest
from pratique.domain.actor import Actor, Channel
from pratique.domain.errors import (
    CodeNeeded,
    Conflict,
    InvalidInput,
    LimitReached,
    NotFound,
    NotProved,
    PermanentFailure,
    SignInAgain,
)
from pratique.domain.policy import Policy
from pratique.domain.scope import GLOBAL, parse_scope
from pratique.usecases import change_factors as factors
from pratique.usecases.authorize_session import authorize_session
from pratique.usecases.check_password import check_password
from pratique.usecases.make_link import make_link
from pratique.usecases.open_session import SignedIn, Visit
from pratique.usecases.second_factor import CODE_FAILURES, NETWORK_QUESTIONS, Second, start_key_use
from pratique.usecases.sign_in import (
    LOGIN_FAILURES,
    NETWORK_FAILURES,
    sign_in_by_key,
    sign_in_by_link,
    sign_in_by_password,
)

from tests import builders, fakes
from tests.authenticator import SoftKey

BOB, CAROL = parse_scope("bob@example.org"), parse_scope("carol@example.org")
HERE = Visit("192.0.2.7", "Firefox on Linux")
GOOD = "correct horse battery staple"


@pytest.fixture
def world() -> fakes.World:
    made = fakes.world()
    made.directory.put_route(builders.route("*"))
    for each in (BOB, CAROL):
        made.directory.put_policy(each, Policy())
    return made


def by_link(world: fakes.World, login: Any = BOB, second: Second | None = None) -> SignedIn:
    return sign_in_by_link(world.services, make_link(world.services, login).rpartition("/")[2], HERE, second)


def by_password(world: fakes.World, password: str = GOOD, code: str = "", login: Any = BOB) -> SignedIn:
    return sign_in_by_password(world.services, login, password, HERE, Second(code))


def with_password(world: fakes.World) -> Actor:
    """Bob, signed in, with a password."""
    actor = by_link(world).actor
    factors.set_password(world.services, actor, GOOD)
    return actor


def with_totp(world: fakes.World, actor: Actor) -> tuple[pyotp.TOTP, list[str]]:
    """An authenticator app, and the recovery codes."""
    secret, uri = factors.start_totp(world.services, actor)
    assert pyotp.parse_uri(uri).secret == secret
    app = pyotp.TOTP(secret)
    _, codes = factors.finish_totp(world.services, actor, now(world, app))
    world.clock.advance(seconds=30)
    return app, codes


def now(world: fakes.World, app: pyotp.TOTP, steps: int = 0) -> str:
    """The code that the app shows (or showed, or will show)."""
    return app.generate_otp(world.clock.now_ms() // 30_000 + steps)


def with_key(world: fakes.World, actor: Actor, **options: Any) -> tuple[SoftKey, list[str]]:
    """A registered security key, and the recovery codes."""
    key = SoftKey(fakes.PANEL, **options)
    challenge, asked = factors.start_key(world.services, actor)
    _, codes = factors.finish_key(world.services, actor, challenge, "blue", key.make(asked))
    return key, codes


def shown(world: fakes.World, key: SoftKey) -> tuple[str, dict[str, Any]]:
    """The answer of a key to a fresh challenge."""
    challenge, options = start_key_use(world.services, address=HERE.address)
    return challenge, key.use(options)


def test_a_password_opens_a_session(world: fakes.World) -> None:
    """Set by whoever signed in by a link; stored as a slow hash."""
    with_password(world)
    done = by_password(world)
    assert (done.session.method, done.session.second) == ("password", "")
    stored = world.users.rows[BOB].password
    assert stored.startswith("$argon2id$")
    assert GOOD not in repr(world.users.rows)


def test_whatever_is_wrong_looks_the_same(world: fakes.World) -> None:
    """A wrong password, an account without one, a disabled one, nobody's."""
    with_password(world)
    by_link(world, CAROL)
    said = set()
    for login, password in (
        (BOB, GOOD + "x"),
        (CAROL, GOOD),
        (parse_scope("eve@example.org"), GOOD),
        (GLOBAL, ""),
    ):
        with pytest.raises(NotProved) as refused:
            by_password(world, password, login=login)
        said.add(str(refused.value))
    world.users.change(replace(world.users.rows[BOB], disabled=True))
    with pytest.raises(NotProved) as refused:
        by_password(world)
    assert said == {str(refused.value)}


def test_nobody_is_checked_as_slowly_as_anybody(world: fakes.World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One hash, whatever comes in: the time tells nothing; in a process that has checked none before, two for everybody."""
    with_password(world)
    hashed: list[str] = []
    whole = world.proofs._hasher

    class Counting:
        def verify(self, stored: str, password: str) -> bool:
            hashed.append(stored)
            return whole().verify(stored, password)

        def hash(self, password: Any) -> str:
            hashed.append("made")
            return whole().hash(password)

    monkeypatch.setattr(world.proofs, "_hasher", Counting)
    for login in (BOB, parse_scope("eve@example.org")):
        world.proofs._nobody = ""
        hashed.clear()
        with pytest.raises(NotProved):
            by_password(world, "wrong", login=login)
        assert (len(hashed), hashed[0]) == (2, "made")
    for login in (BOB, parse_scope("eve@example.org"), GLOBAL):
        hashed.clear()
        with pytest.raises(NotProved):
            by_password(world, "wrong", login=login)
        assert len(hashed) == 1
        assert hashed[0].split("$")[:4] == world.users.rows[BOB].password.split("$")[:4]


@pytest.mark.parametrize(
    "password", ["short", "x" * 20, "x" * 300, "abababababab", "I am bob@example.org", "My Password 123"]
)
def test_a_password_that_is_easy_to_guess_is_refused(world: fakes.World, password: str) -> None:
    """Short, endless, of few characters, about oneself, the word itself."""
    world.directory.put_policy(parse_scope("robert@example.org"), Policy())
    actor = by_link(world).actor
    if "bob@" in password:
        actor = by_link(world, parse_scope("robert@example.org")).actor
        password = "i am robert here"
    with pytest.raises(InvalidInput):
        factors.set_password(world.services, actor, password)


def test_a_new_password_ends_all_other_sessions(world: fakes.World) -> None:
    """Whoever had the old one is out; none at all is possible too."""
    other = by_link(world)
    actor = with_password(world)
    assert authorize_session(world.services, other.text) is None
    assert world.sessions.get(actor.session) is not None
    factors.set_password(world.services, actor, "")
    with pytest.raises(NotProved):
        by_password(world)


def test_an_old_hash_is_made_anew(world: fakes.World) -> None:
    """When its cost was raised since."""
    with_password(world)
    old = world.users.rows[BOB].password
    world.proofs._memory = 16
    by_password(world)
    assert "m=16" in world.users.rows[BOB].password
    assert old != world.users.rows[BOB].password
    by_password(world)


def test_what_one_signs_in_with_is_changed_soon_after_signing_in(world: fakes.World) -> None:
    """A browser that was left open is no proof; nor is a token, nor who logged in as somebody."""
    actor = by_link(world).actor
    world.clock.advance(seconds=1801)
    changes: list[Callable[[Actor], object]] = [
        lambda who: factors.set_password(world.services, who, GOOD),
        lambda who: factors.start_totp(world.services, who),
        lambda who: factors.finish_totp(world.services, who, "123456"),
        lambda who: factors.drop_totp(world.services, who),
        lambda who: factors.new_recovery_codes(world.services, who),
        lambda who: factors.start_key(world.services, who),
        lambda who: factors.finish_key(world.services, who, "x", "x", {}),
        lambda who: factors.drop_key(world.services, who, "x"),
    ]
    for change in changes:
        with pytest.raises(SignInAgain):
            change(actor)
        for nobody in (Actor("token:x", BOB, Channel.API), replace(actor, reason="as somebody else")):
            with pytest.raises(NotFound):
                change(nobody)
    assert factors.change_me(world.services, actor, name=" Bob ", language="de").name == "Bob"
    with pytest.raises(InvalidInput):
        factors.change_me(world.services, actor, name=None, language="../de")


def test_a_second_factor_is_asked_for_after_a_right_password_only(world: fakes.World) -> None:
    """Who guesses learns nothing of it; the code opens."""
    app, _ = with_totp(world, with_password(world))
    with pytest.raises(NotProved) as wrong:
        by_password(world, "not the password")
    assert not isinstance(wrong.value, CodeNeeded)
    with pytest.raises(CodeNeeded):
        by_password(world)
    done = by_password(world, code=now(world, app))
    assert (done.session.method, done.session.second) == ("password", "totp")


def test_a_code_is_good_once(world: fakes.World) -> None:
    """Nor is an older one; a clock that is a step off does not matter."""
    app, _ = with_totp(world, with_password(world))
    world.clock.advance(seconds=60)
    used = now(world, app)
    by_password(world, code=f"{used[:3]} {used[3:]}")
    for code in (used, now(world, app, -1), now(world, app, 2), "000000", "12345", "x" * 40):
        with pytest.raises(NotProved):
            by_password(world, code=code)
    by_password(world, code=now(world, app, 1))


def test_of_two_with_one_code_one_gets_in(world: fakes.World) -> None:
    """Its use is a conditional write."""
    app, _ = with_totp(world, with_password(world))
    user = world.users.rows[BOB]
    from pratique.usecases.second_factor import prove_second

    code = now(world, app)
    prove_second(world.services, user, Second(code))
    with pytest.raises(NotProved):
        prove_second(world.services, user, Second(code))


def test_a_link_alone_is_not_enough_with_a_second_factor(world: fakes.World) -> None:
    """And a wrong or missing code does not use it up."""
    app, _ = with_totp(world, by_link(world).actor)
    token = make_link(world.services, BOB).rpartition("/")[2]
    with pytest.raises(CodeNeeded):
        sign_in_by_link(world.services, token, HERE)
    with pytest.raises(NotProved):
        sign_in_by_link(world.services, token, HERE, Second("000000"))
    assert sign_in_by_link(world.services, token, HERE, Second(now(world, app))).session.second == "totp"
    with pytest.raises(NotProved):
        sign_in_by_link(world.services, token, HERE, Second(now(world, app, 1)))


def test_the_secret_of_an_app_is_sealed(world: fakes.World) -> None:
    """With the installation's key, for one account."""
    actor = by_link(world).actor
    app, _ = with_totp(world, actor)
    kept = repr(world.users.rows) + repr(world.challenges.rows) + repr(world.audit.log)
    assert app.secret not in kept
    sealed = world.users.rows[BOB].totp
    assert world.proofs.unseal(world.secrets.key, sealed, BOB.key) == app.secret
    for key, about in ((world.secrets.key, CAROL.key), (b"x" * 32, BOB.key)):
        with pytest.raises(PermanentFailure):
            world.proofs.unseal(key, sealed, about)
    with pytest.raises(PermanentFailure):
        world.proofs.unseal(world.secrets.key, "nonsense", BOB.key)


def test_an_app_that_was_not_shown_to_work_does_not_count(world: fakes.World) -> None:
    """Nor one that was started too long ago, or in another session."""
    actor, other = by_link(world).actor, by_link(world).actor
    secret, _ = factors.start_totp(world.services, actor)
    by_link(world)
    for who, code in ((actor, "000000"), (other, now(world, pyotp.TOTP(secret)))):
        with pytest.raises(NotProved):
            factors.finish_totp(world.services, who, code)
    again, _ = factors.start_totp(world.services, actor)
    assert again != secret
    world.clock.advance(seconds=301)
    with pytest.raises(NotProved):
        factors.finish_totp(world.services, actor, now(world, pyotp.TOTP(again)))
    assert not world.users.rows[BOB].has_second_factor


def test_recovery_codes_are_good_once_each(world: fakes.World) -> None:
    """In the place of a second factor; new ones replace them; without a factor there are none."""
    actor = with_password(world)
    with pytest.raises(Conflict):
        factors.new_recovery_codes(world.services, actor)
    _, codes = with_totp(world, actor)
    assert len(set(codes)) == 10
    assert not any(code.replace("-", "") in repr(world.users.rows) for code in codes)
    done = by_password(world, code=codes[0].upper().replace("-", " "))
    assert done.session.second == "recovery"
    with pytest.raises(NotProved):
        by_password(world, code=codes[0])
    _, fresh = factors.new_recovery_codes(world.services, actor)
    with pytest.raises(NotProved):
        by_password(world, code=codes[1])
    by_password(world, code=fresh[9])
    factors.drop_totp(world.services, actor)
    assert world.users.rows[BOB].recovery == ()
    by_password(world)


def test_a_key_is_a_second_factor(world: fakes.World) -> None:
    """Beside a password or a link; its answer is good once, its counter goes up."""
    key, codes = with_key(world, with_password(world))
    assert len(codes) == 10
    with pytest.raises(CodeNeeded):
        by_password(world)
    challenge, answer = shown(world, key)
    second = Second(challenge=challenge, answer=answer)
    done = sign_in_by_password(world.services, BOB, GOOD, HERE, second)
    assert done.session.second == "passkey"
    with pytest.raises(NotProved):
        sign_in_by_password(world.services, BOB, GOOD, HERE, second)
    (stored,) = world.passkeys.of_login(BOB)
    assert (stored.counter, stored.used_ms) == (1, world.clock.now_ms())


def test_a_key_that_checks_its_owner_is_enough(world: fakes.World) -> None:
    """No login, no password; one that only wants to be touched is not."""
    key, _ = with_key(world, by_link(world).actor)
    done = sign_in_by_key(world.services, *shown(world, key), HERE)
    assert (done.user.login, done.session.method, done.session.second) == (BOB, "passkey", "passkey")
    key.verifies = False
    with pytest.raises(NotProved):
        sign_in_by_key(world.services, *shown(world, key), HERE)
    key.verifies = True
    world.users.change(replace(world.users.rows[BOB], disabled=True))
    with pytest.raises(NotProved):
        sign_in_by_key(world.services, *shown(world, key), HERE)


def test_a_copied_key_is_seen(world: fakes.World) -> None:
    """Its counter goes back."""
    key, _ = with_key(world, by_link(world).actor)
    sign_in_by_key(world.services, *shown(world, key), HERE)
    key.counter -= 1
    with pytest.raises(NotProved):
        sign_in_by_key(world.services, *shown(world, key), HERE)


def test_a_key_without_a_counter_works(world: fakes.World) -> None:
    """Passkeys that are synchronised have none."""
    key, _ = with_key(world, by_link(world).actor)
    for _ in range(2):
        key.counter = -1
        sign_in_by_key(world.services, *shown(world, key), HERE)
    assert world.passkeys.of_login(BOB)[0].counter == 0


def test_a_key_of_another_page_or_account_opens_nothing(world: fakes.World) -> None:
    """Another origin (phishing), another account's, one that nobody registered, another signature, another challenge."""
    key, _ = with_key(world, with_password(world))
    other, _ = with_key(world, by_link(world, CAROL).actor)
    phished = replace(key, origin="https://panel.example.org.evil.example")
    stranger = SoftKey(fakes.PANEL)
    forged = replace(key, key=stranger.key)
    for each in (other, phished, stranger, forged):
        challenge, answer = shown(world, each)
        with pytest.raises(NotProved):
            sign_in_by_password(world.services, BOB, GOOD, HERE, Second(challenge=challenge, answer=answer))
    _, answer = shown(world, key)
    challenge, _ = shown(world, key)
    for id_, given in ((challenge, answer), ("", answer), ("x", answer)):
        with pytest.raises(NotProved):
            sign_in_by_key(world.services, id_, given, HERE)


@pytest.mark.parametrize("panel", ["http://127.0.0.1:8080", "http://[::1]:8080", "http://localhost:8080"])
def test_on_a_laptop_keys_are_for_the_name_localhost(world: fakes.World, panel: str) -> None:
    """No browser makes a key for an IP address (WebAuthn 5.1.3, step 7): the panel there is opened by its name."""
    services = replace(world.services, options=replace(world.services.options, panel_url=panel))
    actor, key = by_link(world).actor, SoftKey("http://localhost:8080")
    challenge, options = factors.start_key(services, actor)
    assert options["rp"]["id"] == "localhost"
    factors.finish_key(services, actor, challenge, "blue", key.make(options))
    for origin, works in (("http://localhost:8080", True), ("http://localhost:8081", False), ("x", False)):
        challenge, options = start_key_use(services, address=HERE.address)
        answer = replace(key, origin=origin, counter=key.counter + 1).use(options)
        key.counter += 2
        if works:
            assert sign_in_by_key(services, challenge, answer, HERE).session.method == "passkey"
        else:
            with pytest.raises(NotProved):
                sign_in_by_key(services, challenge, answer, HERE)


@pytest.mark.parametrize(
    "answer", [{}, {"id": 5}, {"id": "ä"}, {"rawId": "AAAA"}, {"id": "AAAA", "response": {}}]
)
def test_what_is_no_answer_of_a_key_opens_nothing(world: fakes.World, answer: dict[str, Any]) -> None:
    """Nor crashes anything."""
    actor = by_link(world).actor
    key, _ = with_key(world, actor)
    for odd in (answer, {**answer, "rawId": base64.urlsafe_b64encode(key.id).decode().rstrip("=")}):
        challenge, _ = start_key_use(world.services, address="198.51.100.1")
        with pytest.raises(NotProved):
            sign_in_by_key(world.services, challenge, odd, Visit("198.51.100.1"))
    challenge, _ = factors.start_key(world.services, actor)
    with pytest.raises(NotProved):
        factors.finish_key(world.services, actor, challenge, "x", answer)


def test_a_key_is_registered_once_by_whoever_started(world: fakes.World) -> None:
    """Its challenge is one account's, and good once and soon."""
    bob, carol = by_link(world).actor, by_link(world, CAROL).actor
    key = SoftKey(fakes.PANEL)
    challenge, options = factors.start_key(world.services, bob)
    made = key.make(options)
    with pytest.raises(InvalidInput):
        factors.finish_key(world.services, bob, challenge, "\n", made)
    with pytest.raises(NotProved):
        factors.finish_key(world.services, carol, challenge, "x", made)
    challenge, options = factors.start_key(world.services, bob)
    made = key.make(options)
    factors.finish_key(world.services, bob, challenge, "x", made)
    with pytest.raises(NotProved):
        factors.finish_key(world.services, bob, challenge, "x", made)
    challenge, options = factors.start_key(world.services, bob)
    assert [each["id"] for each in options["excludeCredentials"]] == [made["id"]]
    with pytest.raises(Conflict):
        factors.finish_key(world.services, bob, challenge, "x", key.make(options))
    challenge, options = factors.start_key(world.services, bob)
    world.clock.advance(seconds=301)
    with pytest.raises(NotProved):
        factors.finish_key(world.services, bob, challenge, "x", SoftKey(fakes.PANEL).make(options))
    assert [k.label for k in factors.list_keys(world.services, bob)] == ["x"]


def test_keys_are_taken_away(world: fakes.World) -> None:
    """The last one not where the account must have a second factor."""
    actor = by_link(world).actor
    key, _ = with_key(world, actor)
    (stored,) = factors.list_keys(world.services, actor)
    world.users.change(replace(world.users.rows[BOB], second_factor=True))
    with pytest.raises(Conflict):
        factors.drop_key(world.services, actor, stored.id)
    with_totp(world, actor)
    factors.drop_key(world.services, actor, stored.id)
    with pytest.raises(NotFound):
        factors.drop_key(world.services, actor, stored.id)
    with pytest.raises(Conflict):
        factors.drop_totp(world.services, actor)
    with pytest.raises(NotProved):
        sign_in_by_key(world.services, *shown(world, key), HERE)
    assert world.users.rows[BOB].passkeys == 0


def test_who_must_have_a_second_factor_sets_it_up_first(world: fakes.World) -> None:
    """The session is unfinished until then."""
    by_link(world)
    world.users.change(replace(world.users.rows[BOB], second_factor=True))
    done = by_link(world)
    found = authorize_session(world.services, done.text)
    assert found is not None
    assert found.unfinished
    with_totp(world, done.actor)
    found = authorize_session(world.services, done.text)
    assert found is not None
    assert not found.unfinished


def test_codes_cannot_be_guessed_one_after_the_other(world: fakes.World) -> None:
    """From many networks, with the password known: ten in a quarter of an hour; recovery codes count as well, keys are not locked."""
    actor = with_password(world)
    app, codes = with_totp(world, actor)
    key, _ = with_key(world, actor)
    for number in range(CODE_FAILURES):
        elsewhere = Visit(f"198.51.{number}.1")
        with pytest.raises(NotProved):
            sign_in_by_password(
                world.services, BOB, GOOD, elsewhere, Second("abcd" if number % 2 else "000000")
            )
    for code in (now(world, app), codes[0]):
        with pytest.raises(LimitReached):
            sign_in_by_password(world.services, BOB, GOOD, Visit("203.0.113.1"), Second(code))
    challenge, answer = shown(world, key)
    second = Second(challenge=challenge, answer=answer)
    assert sign_in_by_password(world.services, BOB, GOOD, HERE, second).session.second == "passkey"
    world.clock.advance(seconds=900)
    by_password(world, code=now(world, app))


def test_wrong_passwords_and_codes_lock(world: fakes.World) -> None:
    """A network after 20, a login after 100; mail clients' logins count into the same, and are locked by them."""
    app, _ = with_totp(world, with_password(world))
    for number in range(NETWORK_FAILURES):
        with pytest.raises(NotProved):
            by_password(world, "wrong" if number % 3 else GOOD, code="000000")
    with pytest.raises(LimitReached):
        by_password(world, code=now(world, app))
    assert check_password(
        world.services, "bob@example.org", "x", address=HERE.address, channel=Channel.IMAP
    ).locked
    for number in range(LOGIN_FAILURES):
        elsewhere = Visit(f"198.51.{number}.1")
        with pytest.raises((NotProved, LimitReached)):
            sign_in_by_password(world.services, BOB, "wrong", elsewhere)
    with pytest.raises(LimitReached):
        sign_in_by_password(world.services, BOB, GOOD, Visit("203.0.113.1"))
    world.clock.advance(seconds=900)
    by_password(world, code=now(world, app))


def test_asking_for_a_code_counts_as_no_failure(world: fakes.World) -> None:
    """People type the password first."""
    with_totp(world, with_password(world))
    for _ in range(NETWORK_FAILURES + 5):
        with pytest.raises(CodeNeeded):
            by_password(world)


def test_challenges_for_keys_are_limited(world: fakes.World) -> None:
    """By network: each is a row."""
    for _ in range(NETWORK_QUESTIONS):
        start_key_use(world.services, address=HERE.address)
    with pytest.raises(LimitReached):
        start_key_use(world.services, address=HERE.address)
    start_key_use(world.services, address="198.51.100.1")


def test_a_challenge_for_a_key_names_nobody(world: fakes.World) -> None:
    """Whoever asks learns of no account and no key."""
    with_key(world, by_link(world).actor)
    _, options = start_key_use(world.services, address=HERE.address)
    assert set(options) <= {"challenge", "rpId", "userVerification", "timeout", "allowCredentials", "hints"}
    assert not options.get("allowCredentials")
    assert options["rpId"] == "panel.example.org"
    json.dumps(options)
