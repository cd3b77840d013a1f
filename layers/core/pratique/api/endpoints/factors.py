"""A person's own name, password, authenticator app, recovery codes and security keys."""

from __future__ import annotations

from pratique.usecases import change_factors as use

from .. import factors, signing
from ..endpoint import Call
from .session import me


def change(call: Call) -> signing.Me:
    """One's own name and language."""
    body: factors.MeChange = call.body
    use.change_me(call.services, call.actor, name=body.name, language=body.language)
    return me(call)


def set_password(call: Call) -> None:
    """Set or replace the password."""
    body: factors.PasswordSet = call.body
    use.set_password(call.services, call.actor, body.password)


def drop_password(call: Call) -> None:
    """Have none."""
    use.set_password(call.services, call.actor, "")


def start_totp(call: Call) -> factors.TotpStart:
    """A secret for the authenticator app."""
    secret, uri = use.start_totp(call.services, call.actor)
    return factors.TotpStart(secret, uri)


def finish_totp(call: Call) -> factors.RecoveryCodes:
    """A code shows that the app has it."""
    body: factors.CodeRequest = call.body
    return factors.RecoveryCodes(use.finish_totp(call.services, call.actor, body.code)[1])


def drop_totp(call: Call) -> None:
    """Take the app away."""
    use.drop_totp(call.services, call.actor)


def recovery(call: Call) -> factors.RecoveryCodes:
    """New codes for old ones."""
    return factors.RecoveryCodes(use.new_recovery_codes(call.services, call.actor)[1])


def keys(call: Call) -> factors.KeyList:
    """One's own keys."""
    return factors.KeyList([factors.key_view(key) for key in use.list_keys(call.services, call.actor)])


def start_key(call: Call) -> signing.KeyQuestion:
    """What a browser needs to make a key."""
    challenge, options = use.start_key(call.services, call.actor)
    return signing.KeyQuestion(challenge, options)


def finish_key(call: Call) -> factors.NewKeyView:
    """Register it."""
    body: factors.KeyRegistration = call.body
    key, codes = use.finish_key(call.services, call.actor, body.challenge, body.label, body.credential)
    return factors.NewKeyView(factors.key_view(key), codes)


def drop_key(call: Call) -> None:
    """Take a key away."""
    use.drop_key(call.services, call.actor, call.path["id"])
