"""Signing in at another issuer, over HTTP, with tokens that are really signed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from pratique.adapters.oidc import HttpIdentityProvider
from pratique.domain.address import parse_address
from pratique.domain.claims import read_claim_rules
from pratique.domain.errors import (
    CodeNeeded,
    InvalidInput,
    LimitReached,
    NotFound,
    NotProved,
    PermanentFailure,
    SignInAgain,
    TemporaryFailure,
)
from pratique.domain.policy import Policy
from pratique.domain.scope import GLOBAL, parse_scope
from pratique.domain.user import User
from pratique.ports.services import Options
from pratique.usecases.authorize_session import authorize_session
from pratique.usecases.change_factors import (
    drop_totp,
    finish_totp,
    new_recovery_codes,
    set_password,
    start_key,
    start_totp,
)
from pratique.usecases.make_link import make_link
from pratique.usecases.open_session import SignedIn, Visit
from pratique.usecases.prove_session import prove_session
from pratique.usecases.second_factor import Second
from pratique.usecases.sign_in import NETWORK_FAILURES, sign_in_by_link
from pratique.usecases.sign_in_elsewhere import NETWORK_STARTS, sign_in_elsewhere, start_elsewhere

from tests import builders, fakes
from tests.issuer import CLIENT, SECRET, Issuer, issuing

BOB, EXAMPLE = parse_scope("bob@example.org"), parse_scope("example.org")
HERE = Visit("192.0.2.7", "Firefox")
RULES = (
    "groups=operators:global,groups=desk:example.org:read,department=mail:example.org,hd=example.org:mailbox"
)

pytestmark = pytest.mark.enable_socket


@pytest.fixture(scope="module")
def running() -> Iterator[Issuer]:
    with issuing() as issuer:
        yield issuer


@pytest.fixture
def issuer(running: Issuer) -> Issuer:
    fresh = Issuer.__new__(Issuer)
    del fresh
    running.claims = {"sub": "1", "email": "bob@example.org", "email_verified": True}
    running.spoil, running.trouble, running.algorithm, running.kid = {}, 0, "RS256", "k1"
    running.secret, running.shown_key = SECRET, running.key
    running.now_s = builders.NOW
    running.asked.clear()
    return running


def world_at(issuer: Issuer, *, trust_mail: bool = False, rules: str = RULES) -> fakes.World:
    """A world whose issuer this is, in which bob gets mail."""
    options = Options(panel_url=fakes.PANEL, oidc_rules=read_claim_rules(rules), oidc_trust_mail=trust_mail)
    made = fakes.world(options)
    provider = HttpIdentityProvider(issuer.url, CLIENT, lambda: issuer.secret)
    made.services = replace(made.services, identity_provider=provider)
    made.directory.put_route(builders.route("*"))
    made.directory.put_policy(BOB, Policy())
    return made


@pytest.fixture
def world(issuer: Issuer) -> fakes.World:
    return world_at(issuer)


def there_and_back(world: fakes.World, issuer: Issuer, **claims: Any) -> SignedIn:
    """Sign in."""
    issuer.claims |= claims
    url, browser = start_elsewhere(world.services, address=HERE.address)
    code, state = issuer.person(url)
    return sign_in_elsewhere(world.services, code, state, browser, HERE)


def test_whoever_gets_mail_here_signs_in_at_the_issuer(world: fakes.World, issuer: Issuer) -> None:
    """By the address that the issuer vouches for; discovery and keys are asked for once."""
    done = there_and_back(world, issuer)
    assert (done.user.login, done.user.scope, done.session.method, done.session.second) == (
        BOB,
        BOB,
        "oidc",
        "",
    )
    there_and_back(world, issuer, amr=["pwd", "mfa"])
    assert issuer.asked.count("/keys") == issuer.asked.count("/.well-known/openid-configuration") == 1
    assert {s.second for s in world.sessions.of_login(BOB)} == {"", "issuer"}


def test_a_client_without_a_secret(issuer: Issuer) -> None:
    """PKCE alone protects the code then; with another secret the issuer does not know us."""
    issuer.secret = ""
    assert there_and_back(world_at(issuer), issuer).user.login == BOB
    world = world_at(issuer)
    issuer.secret = ""
    provider = HttpIdentityProvider(issuer.url, CLIENT, lambda: "wrong")
    world.services = replace(world.services, identity_provider=provider)
    issuer.secret = SECRET
    with pytest.raises(PermanentFailure):
        there_and_back(world, issuer)


@pytest.mark.parametrize(
    ("claims", "scope", "may_write"),
    [
        ({"groups": ["staff", "operators"]}, "global", True),
        ({"groups": ["desk"]}, "example.org", False),
        ({"groups": "desk"}, "example.org", False),
        ({"department": "mail"}, "example.org", True),
        ({"hd": "example.org"}, "bob@example.org", True),
        ({"groups": ["desk", "operators"]}, "global", True),
        ({"groups": ["nobody"], "department": ["x"]}, "bob@example.org", True),
        ({"groups": {"operators": True}}, "bob@example.org", True),
    ],
)
def test_claims_give_rights_by_the_operators_rules(
    world: fakes.World, issuer: Issuer, claims: dict[str, Any], scope: str, may_write: bool
) -> None:
    """The first that fits; without one it is the own mailbox."""
    user = there_and_back(world, issuer, **claims).user
    assert (str(user.scope), user.may_write) == (scope, may_write)


def test_rights_follow_the_claims_at_each_sign_in(world: fakes.World, issuer: Issuer) -> None:
    """Who left the group is an administrator no more, in open sessions too."""
    first = there_and_back(world, issuer, groups=["operators"])
    entry = authorize_session(world.services, first.text)
    assert entry is not None
    assert entry.actor.scope == GLOBAL
    assert there_and_back(world, issuer, groups=[]).user.scope == BOB
    entry = authorize_session(world.services, first.text)
    assert entry is not None
    assert entry.actor.scope == BOB


def test_what_the_issuer_gives_is_had_through_the_issuer_only(world: fakes.World, issuer: Issuer) -> None:
    """Or who left the company would keep it by a link to an old mailbox; and not for a week."""
    there_and_back(world, issuer, groups=["operators"])
    (session,) = world.sessions.of_login(BOB)
    assert session.ends_at == builders.NOW + 12 * 3600
    with pytest.raises(NotProved):
        sign_in_by_link(world.services, make_link(world.services, BOB).rpartition("/")[2], HERE)


def test_an_account_that_an_administrator_made_keeps_its_rights(world: fakes.World, issuer: Issuer) -> None:
    """And a disabled one stays shut."""
    world.users.add(User(BOB, EXAMPLE, parse_address("bob@example.org"), created_by="token:operator"))
    user = there_and_back(world, issuer, groups=["operators"]).user
    assert user.scope == EXAMPLE
    world.users.change(replace(user, disabled=True))
    with pytest.raises(NotProved):
        there_and_back(world, issuer)


def test_who_is_nobody_here_stays_that(world: fakes.World, issuer: Issuer) -> None:
    """The issuer may know many people: no rule and no mail, no account."""
    with pytest.raises(NotProved):
        there_and_back(world, issuer, email="eve@elsewhere.example")
    assert world.users.rows == {}


@pytest.mark.parametrize(
    "claims",
    [
        {"email": None},
        {"email": "no address"},
        {"email": ["bob@example.org"]},
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "false"},
    ],
)
def test_only_an_address_that_the_issuer_vouches_for_counts(
    world: fakes.World, issuer: Issuer, claims: dict[str, Any]
) -> None:
    """Anybody can write any address into a profile."""
    with pytest.raises(NotProved):
        there_and_back(world, issuer, **claims)


def test_an_issuer_that_says_nothing_of_it_can_be_trusted(issuer: Issuer) -> None:
    """Where the operator says so; a plain `no` stays a no."""
    world = world_at(issuer, trust_mail=True)
    assert there_and_back(world, issuer, email_verified=None).user.login == BOB
    with pytest.raises(NotProved):
        there_and_back(world, issuer, email_verified=False)


@pytest.mark.parametrize(
    "spoil",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another client"},
        {"aud": None},
        {"iss": "https://evil.example"},
        {"exp": builders.NOW - 61},
        {"exp": None},
        {"exp": "soon"},
        {"iat": builders.NOW + 61},
        {"iat": None},
        {"nbf": builders.NOW + 61},
        {"sub": None},
        {"azp": "another client"},
    ],
    ids=str,
)
def test_a_token_that_is_not_right_opens_nothing(
    world: fakes.World, issuer: Issuer, spoil: dict[str, Any]
) -> None:
    """Of another question, for another client, of another issuer, of another time."""
    issuer.spoil = spoil
    with pytest.raises(NotProved):
        there_and_back(world, issuer)


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_token_without_the_issuers_own_signature_opens_nothing(
    world: fakes.World, issuer: Issuer, algorithm: str
) -> None:
    """No signature, or one with a shared secret."""
    issuer.algorithm = algorithm
    with pytest.raises(NotProved):
        there_and_back(world, issuer)


def test_a_token_signed_by_another_key_opens_nothing(world: fakes.World, issuer: Issuer) -> None:
    """Under the same name or an unknown one."""
    issuer.shown_key = rsa.generate_private_key(65_537, 2_048)
    with pytest.raises(NotProved):
        there_and_back(world, issuer)
    issuer.kid = "k2"
    with pytest.raises(NotProved):
        there_and_back(world, issuer)


def test_code_and_state_are_of_this_browser_and_good_once(world: fakes.World, issuer: Issuer) -> None:
    """Somebody else's code, or one that was begun elsewhere (login CSRF), opens nothing here."""
    url, browser = start_elsewhere(world.services, address=HERE.address)
    code, state = issuer.person(url)
    other_url, other = start_elsewhere(world.services, address=HERE.address)
    other_code, other_state = issuer.person(other_url)
    for wrong in ((code, state, other), (code, state, ""), (code, "", browser), (code, other_state, browser)):
        with pytest.raises(NotProved):
            sign_in_elsewhere(world.services, *wrong, HERE)
    assert sign_in_elsewhere(world.services, code, state, browser, HERE).user.login == BOB
    with pytest.raises(NotProved):
        sign_in_elsewhere(world.services, code, state, browser, HERE)
    with pytest.raises(NotProved):
        sign_in_elsewhere(world.services, "made up", other_state, other, HERE)
    assert other_code in issuer.codes


def test_it_must_not_take_too_long(world: fakes.World, issuer: Issuer) -> None:
    """Ten minutes."""
    url, browser = start_elsewhere(world.services, address=HERE.address)
    code, state = issuer.person(url)
    world.clock.advance(seconds=601)
    with pytest.raises(NotProved):
        sign_in_elsewhere(world.services, code, state, browser, HERE)


def test_rows_and_url_tell_nothing_that_opens(world: fakes.World, issuer: Issuer) -> None:
    """The browser's secret and the verifier are in neither."""
    url, browser = start_elsewhere(world.services, address=HERE.address)
    asked = parse_qs(urlsplit(url).query)
    kept = repr(world.challenges.rows)
    assert browser not in url + kept
    assert asked["state"][0] not in kept
    assert asked["redirect_uri"] == [f"{fakes.PANEL}/"]


@pytest.mark.parametrize(("trouble", "error"), [(500, TemporaryFailure), (404, TemporaryFailure)])
def test_an_issuer_in_trouble(
    world: fakes.World, issuer: Issuer, trouble: int, error: type[Exception]
) -> None:
    """Somebody may try again later."""
    issuer.trouble = trouble
    with pytest.raises(error):
        start_elsewhere(world.services, address=HERE.address)


def test_an_issuer_that_is_not_there(issuer: Issuer) -> None:
    """Or is another one, or one in clear over the network."""
    for url, error in (
        ("http://127.0.0.1:9", TemporaryFailure),
        ("http://issuer.example", PermanentFailure),
        ("ftp://127.0.0.1", PermanentFailure),
        (f"{issuer.url}/", PermanentFailure),
    ):
        world = world_at(issuer)
        provider = HttpIdentityProvider(url, CLIENT, lambda: SECRET)
        world.services = replace(world.services, identity_provider=provider)
        with pytest.raises(error):
            start_elsewhere(world.services, address=HERE.address)


def test_starts_are_limited(world: fakes.World, issuer: Issuer) -> None:
    """Each is a row."""
    for _ in range(NETWORK_STARTS):
        start_elsewhere(world.services, address=HERE.address)
    with pytest.raises(LimitReached):
        start_elsewhere(world.services, address=HERE.address)


def test_without_an_issuer_there_is_none() -> None:
    """It says so."""
    with pytest.raises(InvalidInput):
        start_elsewhere(fakes.world().services, address=HERE.address)


@pytest.mark.parametrize("text", ["x", "a=b", "a=b:", "=b:global", "a=:global", "a=b:global:write", "a=b:!"])
def test_a_rule_that_is_none_stops_the_start(text: str) -> None:
    """Not the first sign-in."""
    with pytest.raises(InvalidInput):
        read_claim_rules(text)
    assert len(read_claim_rules("cognito:groups=admins:global, a=b:example.org:read")) == 2


def with_app(world: fakes.World) -> pyotp.TOTP:
    """Bob signs in by a link, and sets up an authenticator app."""
    token = make_link(world.services, BOB).rpartition("/")[2]
    actor = sign_in_by_link(world.services, token, HERE).actor
    app = pyotp.TOTP(start_totp(world.services, actor)[0])
    finish_totp(world.services, actor, app.generate_otp(world.clock.now_ms() // 30_000))
    world.clock.advance(seconds=30)
    return app


def test_one_factor_at_the_issuer_makes_no_second_one_here(world: fakes.World, issuer: Issuer) -> None:
    """Whoever has the issuer's password alone sets up no key, no app and no password beside those that the account has."""
    with_app(world)
    actor = there_and_back(world, issuer).actor
    for change in (
        lambda: start_key(world.services, actor),
        lambda: drop_totp(world.services, actor),
        lambda: new_recovery_codes(world.services, actor),
        lambda: set_password(world.services, actor, "correct horse battery staple"),
    ):
        with pytest.raises(SignInAgain):
            change()
    twice = there_and_back(world, issuer, amr=["pwd", "otp"]).actor
    assert start_key(world.services, twice)


def test_the_second_factor_can_be_shown_after_the_issuer(world: fakes.World, issuer: Issuer) -> None:
    """An account that must have one goes on then. A code is good once, guesses are counted, a token or a stranger cannot."""
    app = with_app(world)
    world.users.change(replace(world.users.rows[BOB], second_factor=True))
    done = there_and_back(world, issuer)
    entry = authorize_session(world.services, done.text)
    assert entry is not None
    assert entry.unfinished
    with pytest.raises(CodeNeeded):
        prove_session(world.services, done.actor, Second(), address=HERE.address)
    with pytest.raises(NotProved):
        prove_session(world.services, done.actor, Second("000000"), address=HERE.address)
    code = app.generate_otp(world.clock.now_ms() // 30_000)
    prove_session(world.services, done.actor, Second(code), address=HERE.address)
    entry = authorize_session(world.services, done.text)
    assert entry is not None
    assert not entry.unfinished
    with pytest.raises(NotProved):
        prove_session(world.services, done.actor, Second(code), address=HERE.address)
    with pytest.raises(NotFound):
        prove_session(world.services, builders.actor("bob@example.org"), Second(code), address=HERE.address)
    for _ in range(NETWORK_FAILURES):
        with pytest.raises((NotProved, LimitReached)):
            prove_session(world.services, done.actor, Second("000000"), address=HERE.address)
    with pytest.raises(LimitReached):
        prove_session(world.services, done.actor, Second("000000"), address=HERE.address)
