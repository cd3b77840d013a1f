"""The second factor at sign-in: a code of an authenticator app, a recovery code, or a security key."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pratique.domain.challenge import Challenge, ChallengeKind
from pratique.domain.errors import CodeNeeded, ConcurrentChange, InvalidInput, LimitReached, NotProved
from pratique.domain.ids import ulid
from pratique.domain.passkey import Passkey, passkey_id
from pratique.domain.user import User
from pratique.ports.proofs import Shown
from pratique.ports.services import Services
from pratique.usecases.count_attempts import count_attempt, network_of, too_many

CODE_FAILURES = 10
"""Wrong codes of one account in a window of 15 minutes. Few, for a code has six digits; only who has shown the first proof gets so far, so
nobody else can keep a person out by it.
"""
QUESTION_SECONDS = 300
NETWORK_QUESTIONS, ALL_QUESTIONS = 60, 5_000
"""Challenges for keys in a window of 15 minutes: from one network, together."""


@dataclass(frozen=True, slots=True)
class Second:
    """What a person gives beside the first proof: a code, or a key's answer to a challenge."""

    code: str = ""
    challenge: str = ""
    answer: Mapping[str, Any] | None = None


def prove_second(services: Services, user: User, given: Second) -> tuple[User, str]:
    """(the account as it is now, the name of the factor: totp, recovery, passkey, or '' where none is set up).

    A code is good once: its use is a conditional write of the account. Raises CodeNeeded (nothing was given), NotProved, LimitReached.
    """
    if not user.has_second_factor:
        return user, ""
    if given.answer is not None:
        key, _ = use_key(services, given.challenge, given.answer)
        if key.login != user.login:
            raise NotProved("the key is another account's")
        return user, "passkey"
    code = "".join(given.code.split()).replace("-", "").lower()
    if not code:
        raise CodeNeeded(
            "a code of your authenticator app, a recovery code or your security key is needed too"
        )
    tries = {f"code#{user.login.key}": CODE_FAILURES}
    if too_many(services, tries):
        raise LimitReached("too many codes were wrong: try again in a quarter of an hour")
    try:
        changed, name = (_by_totp if code.isdecimal() else _by_recovery)(services, user, code)
    except NotProved:
        count_attempt(services, tries)
        raise
    try:
        return services.users.change(changed), name
    except ConcurrentChange:
        raise NotProved("this code was used, or another change came first: try the next one") from None


def start_key_use(services: Services, *, address: str) -> tuple[str, dict[str, Any]]:
    """(id of the challenge, what the browser is given), for whoever asks. Raises LimitReached, InvalidInput."""
    if not services.options.panel_url:
        raise InvalidInput("this installation has no panel to sign in to")
    limits = {"keys": ALL_QUESTIONS, f"keys-net#{network_of(address)}": NETWORK_QUESTIONS}
    if too_many(services, limits):
        raise LimitReached("too many attempts: try again in a quarter of an hour")
    count_attempt(services, limits)
    options, state = services.proofs.ask_options(services.options.panel_url)
    now_ms = services.clock.now_ms()
    challenge = ulid(now_ms, secrets.token_bytes(10))
    services.challenges.put(
        Challenge(ChallengeKind.PASSKEY, challenge, "-", now_ms // 1000 + QUESTION_SECONDS, {"state": state})
    )
    return challenge, options


def use_key(services: Services, challenge_id: str, answer: Mapping[str, Any]) -> tuple[Passkey, Shown]:
    """The key that answered a challenge, which is used up by it. Raises NotProved."""
    challenge = take_challenge(services, ChallengeKind.PASSKEY, challenge_id)
    proofs = services.proofs
    key = services.passkeys.get(passkey_id(proofs.credential_id(answer)))
    if key is None:
        raise NotProved("this key is not known here")
    shown = proofs.key_shown(services.options.panel_url, challenge.data["state"], key.credential, answer)
    if (shown.counter or key.counter) and shown.counter <= key.counter:
        raise NotProved("the key's counter went back: it may have been copied")
    now_ms = services.clock.now_ms()
    if not services.passkeys.note_use(key, counter=shown.counter, at_ms=now_ms):
        raise NotProved("the key was used elsewhere at the same time")
    return key, shown


def take_challenge(services: Services, kind: ChallengeKind, challenge_id: str) -> Challenge:
    """Use a challenge up. Raises NotProved."""
    found = services.challenges.get(kind, challenge_id) if challenge_id else None
    now = services.clock.now_ms() // 1000
    if found is None or found.expires_at <= now or not services.challenges.take(found):
        raise NotProved("this took too long, or was done already: start again")
    return found


def recovery_digest(key: bytes, code: str) -> str:
    """The hash of a recovery code that is kept: of no use without the installation's key."""
    return hmac.new(key, b"pratique recovery\n" + code.encode(), hashlib.sha256).hexdigest()


def _by_totp(services: Services, user: User, code: str) -> tuple[User, str]:
    if not user.totp:
        raise NotProved("the code is not right")
    secret = services.proofs.unseal(services.secrets.signing_key(), user.totp, user.login.key)
    step = services.proofs.totp_step(secret, code, services.clock.now_ms() / 1000)
    if step is None or step <= user.totp_step:
        raise NotProved("the code is not right")
    return replace(user, totp_step=step), "totp"


def _by_recovery(services: Services, user: User, code: str) -> tuple[User, str]:
    digest = recovery_digest(services.secrets.signing_key(), code)
    left = tuple(each for each in user.recovery if not hmac.compare_digest(each, digest))
    if len(left) == len(user.recovery):
        raise NotProved("the code is not right")
    return replace(user, recovery=left), "recovery"
