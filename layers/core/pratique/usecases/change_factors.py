"""A person's own password, authenticator app, recovery codes and security keys."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pratique.domain.actor import Actor
from pratique.domain.challenge import Challenge, ChallengeKind
from pratique.domain.errors import Conflict, InvalidInput, NotFound, NotProved, SignInAgain
from pratique.domain.ids import ulid
from pratique.domain.passkey import Passkey, passkey_id
from pratique.domain.user import User, check_language, check_name
from pratique.ports.services import Services
from pratique.usecases.record_change import record_change
from pratique.usecases.second_factor import recovery_digest, take_challenge

FRESH_MS = 30 * 60 * 1000
"""What a person signs in with is changed only so soon after signing in: a browser that was left open is no proof."""
LEAST_PASSWORD, MOST_PASSWORD = 12, 256
LEAST_DIFFERENT = 5
"""Different characters of a password."""
RECOVERY_CODES = 10
CHALLENGE_SECONDS = 300
MAX_KEYS = 20
MAX_LABEL = 80


def myself(services: Services, actor: Actor, *, fresh: bool = True) -> User:
    """The account that is signed in, as itself. Raises NotFound (a token; logged in as somebody else), SignInAgain."""
    session = services.sessions.get(actor.session) if actor.session and not actor.reason else None
    user = services.users.get(actor.login) if session is not None and actor.login is not None else None
    if session is None or user is None:
        raise NotFound("this is for people who signed in, about themselves")
    if fresh and services.clock.now_ms() - session.created_ms > FRESH_MS:
        raise SignInAgain("sign in again first: what you sign in with is changed only soon after that")
    if fresh and user.has_second_factor and not session.second:
        # Who came by an issuer that asked for one factor must not make a second one to have shown both.
        raise SignInAgain("show your second factor first: what you sign in with is changed only after that")
    return user


def change_me(services: Services, actor: Actor, *, name: str | None, language: str | None) -> User:
    """One's own name and language. Raises NotFound, InvalidInput, ConcurrentChange."""
    user = myself(services, actor, fresh=False)
    changed = replace(
        user,
        name=user.name if name is None else check_name(name),
        language=user.language if language is None else check_language(language),
    )
    return services.users.change(changed)


def set_password(services: Services, actor: Actor, password: str) -> User:
    """Set or replace the password ('' takes it away); all other sessions end. Raises NotFound, SignInAgain, InvalidInput,
    ConcurrentChange.
    """
    user = myself(services, actor)
    if password:
        _check_password(password, user)
    hashed = services.proofs.hash_password(password) if password else ""
    changed = services.users.change(replace(user, password=hashed))
    for each in services.sessions.of_login(user.login):
        if each.id != actor.session:
            services.sessions.delete(each.id)
    record_change(services, actor, user.scope, "me.password", str(user.login))
    return changed


def start_totp(services: Services, actor: Actor) -> tuple[str, str]:
    """(a new secret, its otpauth:// URI). It counts when a code of it comes back (`finish_totp`). Raises NotFound, SignInAgain, Conflict."""
    user = myself(services, actor)
    if user.totp:
        raise Conflict("there is an authenticator app already: take it away first")
    secret = services.proofs.totp_secret()
    sealed = services.proofs.seal(services.secrets.signing_key(), secret, user.login.key)
    _put_challenge(services, f"totp.{actor.session}", sealed, again=True)
    return secret, services.proofs.totp_uri(secret, str(user.login), "Pratique")


def finish_totp(services: Services, actor: Actor, code: str) -> tuple[User, list[str]]:
    """(the account, recovery codes where there were none). Raises NotFound, SignInAgain, NotProved, ConcurrentChange."""
    user = myself(services, actor)
    started = services.challenges.get(ChallengeKind.REGISTER, f"totp.{actor.session}")
    now_s = services.clock.now_ms() / 1000
    if started is None or started.expires_at <= now_s:
        raise NotProved("this took too long: start again")
    key = services.secrets.signing_key()
    secret = services.proofs.unseal(key, started.data["state"], user.login.key)
    step = services.proofs.totp_step(secret, "".join(code.split()), now_s)
    if step is None:
        raise NotProved("the code is not right")
    if not services.challenges.take(started):
        raise NotProved("this was done already")
    fresh = replace(user, totp=started.data["state"], totp_step=step)
    return _with_factor(services, actor, fresh, "totp")


def drop_totp(services: Services, actor: Actor) -> User:
    """Take the authenticator app away. Raises NotFound, SignInAgain, Conflict, ConcurrentChange."""
    user = myself(services, actor)
    if not user.totp:
        raise NotFound("there is no authenticator app")
    return _without_factor(services, actor, replace(user, totp="", totp_step=0), "totp")


def new_recovery_codes(services: Services, actor: Actor) -> tuple[User, list[str]]:
    """Replace the codes. Raises NotFound, SignInAgain, Conflict, ConcurrentChange."""
    user = myself(services, actor)
    if not user.has_second_factor:
        raise Conflict("there is no second factor to recover from")
    codes, digests = _codes(services)
    changed = services.users.change(replace(user, recovery=digests))
    record_change(services, actor, user.scope, "me.recovery", str(user.login))
    return changed, codes


def start_key(services: Services, actor: Actor) -> tuple[str, dict[str, Any]]:
    """(id of the challenge, what the browser is given). Raises NotFound, SignInAgain, Conflict."""
    user = myself(services, actor)
    known = services.passkeys.of_login(user.login)
    if len(known) >= MAX_KEYS:
        raise Conflict(f"an account has at most {MAX_KEYS} keys")
    options, state = services.proofs.key_options(
        services.options.panel_url, str(user.login), user.name, [each.credential for each in known]
    )
    challenge = ulid(services.clock.now_ms(), secrets.token_bytes(10))
    _put_challenge(services, challenge, state, login=user.login.key)
    return challenge, options


def finish_key(
    services: Services, actor: Actor, challenge_id: str, label: str, answer: Mapping[str, Any]
) -> tuple[Passkey, list[str]]:
    """(the key, recovery codes where there were none). Raises NotFound, SignInAgain, NotProved, InvalidInput, Conflict, ConcurrentChange."""
    user = myself(services, actor)
    name = label.strip()
    if not 1 <= len(name) <= MAX_LABEL or not name.isprintable():
        raise InvalidInput(f"a key's label is 1 to {MAX_LABEL} printable characters")
    challenge = take_challenge(services, ChallengeKind.REGISTER, challenge_id)
    if challenge.data.get("login") != user.login.key:
        raise NotProved("this was another account's")
    made = services.proofs.key_made(services.options.panel_url, challenge.data["state"], answer)
    now_ms = services.clock.now_ms()
    key = Passkey(passkey_id(made.credential_id), user.login, name, made.credential, made.counter, now_ms)
    services.passkeys.add(key)
    count = len(services.passkeys.of_login(user.login))
    _, codes = _with_factor(services, actor, replace(user, passkeys=count), "passkey")
    return key, codes


def list_keys(services: Services, actor: Actor) -> list[Passkey]:
    """One's own. Raises NotFound."""
    return services.passkeys.of_login(myself(services, actor, fresh=False).login)


def drop_key(services: Services, actor: Actor, key_id: str) -> None:
    """Take a key away. Raises NotFound, SignInAgain, Conflict, ConcurrentChange."""
    user = myself(services, actor)
    left = [each for each in services.passkeys.of_login(user.login) if each.id != key_id]
    fresh = replace(user, passkeys=len(left))
    if not _may_be_without(fresh):
        raise Conflict("this account must have a second factor: set up another one first")
    if not services.passkeys.delete(user.login, key_id):
        raise NotFound("no such key")
    _without_factor(services, actor, fresh, "passkey")


def _with_factor(services: Services, actor: Actor, fresh: User, name: str) -> tuple[User, list[str]]:
    """Store a new second factor; the session that set it up has shown it."""
    codes: list[str] = []
    if not fresh.recovery:
        codes, digests = _codes(services)
        fresh = replace(fresh, recovery=digests)
    changed = services.users.change(fresh)
    services.sessions.prove(actor.session, name)
    record_change(services, actor, changed.scope, f"me.{name}", str(changed.login))
    return changed, codes


def _without_factor(services: Services, actor: Actor, fresh: User, name: str) -> User:
    if not _may_be_without(fresh):
        raise Conflict("this account must have a second factor: set up another one first")
    if not fresh.has_second_factor:
        fresh = replace(fresh, recovery=())
    changed = services.users.change(fresh)
    record_change(services, actor, changed.scope, f"me.{name}_off", str(changed.login))
    return changed


def _may_be_without(fresh: User) -> bool:
    return fresh.has_second_factor or not fresh.second_factor


def _codes(services: Services) -> tuple[list[str], tuple[str, ...]]:
    """Ten codes of 50 random bits, as people read them, and what is kept of them. Each has a letter: a code of digits is an app's."""
    key = services.secrets.signing_key()
    alphabet = "abcdefghjkmnpqrstvwxyz"
    bare = ["".join(secrets.choice(alphabet) for _ in range(12)) for _ in range(RECOVERY_CODES)]
    shown = ["-".join(code[at : at + 4] for at in range(0, 12, 4)) for code in bare]
    return shown, tuple(recovery_digest(key, code) for code in bare)


def _put_challenge(
    services: Services, challenge_id: str, state: str, *, login: str = "", again: bool = False
) -> None:
    ends_at = services.clock.now_ms() // 1000 + CHALLENGE_SECONDS
    challenge = Challenge(
        ChallengeKind.REGISTER, challenge_id, "-", ends_at, {"state": state, "login": login}
    )
    if again:
        known = services.challenges.get(ChallengeKind.REGISTER, challenge_id)
        if known is not None:
            services.challenges.take(known)
    services.challenges.put(challenge)


def _check_password(password: str, user: User) -> None:
    """Long, and neither one character over and over nor the login: what is asked of a password beyond that makes it worse (NIST SP 800-63B,
    5.1.1.2). Raises InvalidInput.
    """
    if not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD:
        raise InvalidInput(f"a password has {LEAST_PASSWORD} to {MOST_PASSWORD} characters")
    low = password.lower()
    if len(set(low)) < LEAST_DIFFERENT or _word(user) in low or "password" in low:
        raise InvalidInput("this password is easy to guess: take some words that do not belong together")


def _word(user: User) -> str:
    """What of a login nobody may build a password on; short ones are part of many words."""
    word = user.login.name.partition("@")[0]
    return word if len(word) > 3 else "password"  # noqa: PLR2004 - as above
