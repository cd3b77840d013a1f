"""App passwords: made, checked, locked."""

from __future__ import annotations

import pytest
from pratique.domain.actor import Channel
from pratique.domain.app_password import (
    LENGTH,
    AppPassword,
    password_digest,
    password_opens,
    password_text,
    split_password,
)
from pratique.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from pratique.domain.scope import parse_scope
from pratique.usecases.change_passwords import MAX_PASSWORDS, create_password, list_passwords, revoke_password
from pratique.usecases.check_password import (
    LOGIN_FAILURES,
    NETWORK_FAILURES,
    Checked,
    check_password,
)
from pratique.usecases.count_attempts import network_of

from tests import fakes
from tests.builders import NOW, actor

BOB = parse_scope("bob@example.org")
WRONG = "00000-00000-00000-00000-00000"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash that takes no time: these tests are about counting."""
    opens = "pratique.usecases.check_password.password_opens"
    monkeypatch.setattr(opens, lambda password, _secret, _now: password is not None)


def check(
    world: fakes.World, text: str, login: str = "bob@example.org", address: str = "192.0.2.1"
) -> Checked:
    return check_password(world.services, login, text, address=address, channel=Channel.IMAP)


def a_password(
    world: fakes.World, login: str = "bob@example.org", **options: object
) -> tuple[AppPassword, str]:
    scope = parse_scope(login)
    values: dict[str, object] = {"label": "phone", "scope": scope}
    return create_password(world.services, actor(scope), **(values | options))  # type: ignore[arg-type]  # its own keywords


def test_the_text_is_random_readable_and_read_tolerantly() -> None:
    """Five groups; what people mistype for a digit is that digit, case and hyphens count for nothing."""
    assert password_text(bytes(16)) == WRONG
    assert password_text(b"\xff" * 16) == "-".join(["zzzzz"] * 5)
    assert split_password(" 7K2MQ-OOOOO-iiiii-lllll-9Z9Z9 ") == ("7k2mq", "000001111111111" + "9z9z9")
    assert {len(password_text(bytes([n] * 16)).replace("-", "")) for n in range(256)} == {LENGTH}


@pytest.mark.parametrize(
    "text", ["", "short", "7k2mq-00000-00000-00000-0000u", "\x00" * 25, "é" * 25, "7" * 26]
)
def test_what_cannot_be_one_is_none(text: str) -> None:
    assert split_password(text) is None


def test_a_digest_opens_for_its_secret_only() -> None:
    """With its own salt; a damaged one opens for nobody."""
    one, two = (password_digest("secret", salt * 16) for salt in (b"a", b"b"))
    assert one != two
    stored = AppPassword("id", BOB, "x", "7k2mq", one, True, 0, "x")
    assert password_opens(stored, "secret", NOW)
    assert not password_opens(stored, "Secret", NOW)
    assert not password_opens(None, "secret", NOW)
    for damaged in ("", "scrypt$14$8$1$zz$", "md5" + one[6:], one[:-8], "scrypt$99$8$1$AAAA$AAAA"):
        assert not password_opens(AppPassword("id", BOB, "x", "7k2mq", damaged, True, 0, "x"), "secret", NOW)


@pytest.mark.parametrize("login", ["global", "example.org", "bob@example.org"])
def test_each_level_logs_in(login: str) -> None:
    """As an actor of its scope, by its label, over IMAP; however the login is spelled."""
    world = fakes.world()
    made, text = a_password(world, login)
    for spelled in (login, login.upper(), f" {login} "):
        checked = check(world, text.upper(), spelled)
        assert checked.password_id == made.id
        assert checked.actor is not None
        assert (checked.actor.name, checked.actor.scope, checked.actor.channel, checked.actor.may_write) == (
            f"{login}/phone",
            parse_scope(login),
            Channel.IMAP,
            True,
        )


def test_a_password_opens_one_login_until_it_ends_or_is_revoked() -> None:
    world = fakes.world()
    _, text = a_password(world, may_write=False, days=2)
    made, other = a_password(world)
    checked = check(world, text)
    assert checked.actor is not None
    assert not checked.actor.may_write
    for login in ("example.org", "global", "eve@example.org", "no login at all", ""):
        assert check(world, text, login, "192.0.2.9") == Checked(None)
    world.clock.advance(days=2)
    assert check(world, text).actor is None
    assert check(world, other).actor is not None
    revoke_password(world.services, actor("example.org"), BOB, made.id)
    assert check(world, other).actor is None


def test_use_is_noted_once_a_day() -> None:
    world = fakes.world()
    _, text = a_password(world)
    first = world.clock.now_ms()
    for seconds, noted in ((0, first), (80_000, first), (7_000, first + 87_000_000)):
        world.clock.advance(seconds=seconds)
        check(world, text)
        (stored,) = world.app_passwords.passwords(BOB)
        assert stored.used_ms == noted


@pytest.mark.usefixtures("quick")
def test_a_guesser_is_locked_out_until_the_window_ends() -> None:
    """By its network, whatever login it tries; a neighbour's client still gets in."""
    world = fakes.world()
    _, text = a_password(world)
    for number in range(NETWORK_FAILURES):
        assert check(world, WRONG, f"user{number}@example.org", "2001:db8::1") == Checked(None)
    assert check(world, text, address="2001:db8::2") == Checked(None, locked=True)
    assert check(world, text, address="2001:db8:0:1::2").actor is not None
    world.clock.advance(seconds=900)
    assert check(world, text, address="2001:db8::2").actor is not None


@pytest.mark.usefixtures("quick")
def test_a_login_that_many_guess_at_is_locked() -> None:
    """From ever other networks."""
    world = fakes.world()
    _, text = a_password(world)
    for number in range(LOGIN_FAILURES):
        assert not check(world, WRONG, address=f"192.0.{number // 9}.{number}").locked
    assert check(world, text, address="198.51.100.1").locked


def test_networks() -> None:
    """An IPv6 subscriber has a /64 of addresses; what is no address is one place."""
    assert network_of("192.0.2.7") == network_of("::ffff:192.0.2.7") == "192.0.2.7"
    assert network_of("2001:db8::ffff:1") == network_of("2001:db8::2") == "2001:db8::"
    assert network_of("fe80::1%eth0") == "fe80::"
    assert network_of("") == network_of("nonsense") == "?"


def test_who_may_make_list_and_revoke() -> None:
    """Within one's own scope, and not with a token that may only read."""
    world = fakes.world()
    made, _ = a_password(world)
    for scope in ("carol@example.org", "example.net"):
        with pytest.raises(NotFound):
            create_password(world.services, actor(scope), label="x", scope=BOB)
        with pytest.raises(NotFound):
            list_passwords(world.services, actor(scope), BOB)
        with pytest.raises(NotFound):
            revoke_password(world.services, actor(scope), BOB, made.id)
    with pytest.raises(Forbidden):
        create_password(world.services, actor(BOB, may_write=False), label="x", scope=BOB)
    with pytest.raises(Forbidden):
        list_passwords(world.services, actor(BOB, may_write=False), BOB)
    assert list_passwords(world.services, actor("example.org"), BOB) == [made]


def test_changes_are_in_the_audit_and_no_secret_is_anywhere() -> None:
    world = fakes.world()
    made, text = a_password(world)
    revoke_password(world.services, actor(BOB), BOB, made.id)
    assert [(e.action, e.subject, e.scope) for e in world.audit.log] == [
        ("password.create", made.id, BOB),
        ("password.revoke", made.id, BOB),
    ]
    _, hidden = split_password(text) or ("", "")
    assert hidden not in repr(made)
    assert hidden not in repr(world.audit.log)


@pytest.mark.parametrize(
    "options",
    [{"label": ""}, {"label": " "}, {"label": "x" * 81}, {"label": "a\nb"}, {"days": 0}, {"days": 3651}],
)
def test_what_cannot_be_made(options: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        a_password(fakes.world(), **options)  # type: ignore[arg-type]  # no login among them


def test_a_login_has_a_bounded_number_of_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """A login reads them all."""
    from pratique.usecases import change_passwords

    monkeypatch.setattr(change_passwords, "password_digest", lambda _secret, _salt: "quick")
    world = fakes.world()
    for _ in range(MAX_PASSWORDS):
        world.clock.advance(seconds=1)
        a_password(world)
    with pytest.raises(Conflict):
        a_password(world)
