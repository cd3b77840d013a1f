"""App passwords: what mail clients log in with."""

from __future__ import annotations

from pratique.domain.scope import parse_scope
from pratique.usecases.change_passwords import create_password, list_passwords, revoke_password

from .. import asked, given_settings, views
from ..endpoint import Call


def list_(call: Call) -> given_settings.PasswordList:
    """The passwords of one login, without their texts."""
    found = list_passwords(call.services, call.actor, parse_scope(call.path["scope"]))
    return given_settings.PasswordList(passwords=[views.password(each) for each in found])


def create(call: Call) -> given_settings.NewPassword:
    """A new password. A repeat with the same Idempotency-Key gives the same one, with another body it is a Conflict."""
    body: asked.PasswordRequest = call.body
    password, text = create_password(
        call.services,
        call.actor,
        label=body.label,
        scope=parse_scope(call.path["scope"]),
        may_write=body.may_write,
        days=body.days,
        request=call.key,
    )
    return given_settings.NewPassword(password=views.password(password), text=text)


def revoke(call: Call) -> None:
    """End a password."""
    query: asked.PasswordQuery = call.query
    revoke_password(call.services, call.actor, parse_scope(call.path["scope"]), query.id)
