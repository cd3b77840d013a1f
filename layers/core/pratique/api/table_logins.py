"""The part of the table about who gets in: tokens for programs, app passwords for mail clients."""

from __future__ import annotations

from pratique.domain.errors import Conflict

from . import asked, given_settings
from . import examples as example
from .endpoint import Endpoint
from .endpoints import passwords, tokens

LOGINS: tuple[Endpoint, ...] = (
    Endpoint(
        "GET",
        "/v1/tokens",
        "listTokens",
        "List tokens",
        tokens.list_,
        answer=given_settings.TokenList,
        query=asked.ScopeQuery,
        example_answer={"tokens": [example.TOKEN]},
    ),
    Endpoint(
        "POST",
        "/v1/tokens",
        "createToken",
        "Make a token",
        tokens.create,
        answer=given_settings.NewToken,
        body=asked.TokenRequest,
        status=201,
        errors=(Conflict,),
        description=(
            "The text is shown this once. Send an `Idempotency-Key`: a repeat with the same key and the same request gives the same token "
            "and text again, with another request a conflict. Without a key every call makes another token."
        ),
        example_body={"name": "desk", "scope": "example.org", "days": 90},
        example_answer={"token": example.TOKEN, "text": "prq_01K6…_…"},
    ),
    Endpoint("DELETE", "/v1/tokens/{id}", "revokeToken", "Revoke a token", tokens.revoke, status=204),
    Endpoint(
        "GET",
        "/v1/passwords/{scope}",
        "listPasswords",
        "List the app passwords of a login",
        passwords.list_,
        answer=given_settings.PasswordList,
        description="A login is `global`, a domain or an address. App passwords are for mail clients (IMAP).",
        example_answer={"passwords": [example.PASSWORD]},
    ),
    Endpoint(
        "POST",
        "/v1/passwords/{scope}",
        "createPassword",
        "Make an app password",
        passwords.create,
        answer=given_settings.NewPassword,
        body=asked.PasswordRequest,
        status=201,
        errors=(Conflict,),
        description=(
            "The text is shown this once. With an `Idempotency-Key` a repeat of the same request gives the same password and text again. "
            "A login has at most 50."
        ),
        example_body={"label": "Thunderbird", "days": 365},
        example_answer={"password": example.PASSWORD, "text": "7k2mq-…-…-…-…"},
    ),
    Endpoint(
        "DELETE",
        "/v1/passwords/{scope}",
        "revokePassword",
        "Revoke an app password",
        passwords.revoke,
        query=asked.PasswordQuery,
        status=204,
        description="A gateway may remember it for two minutes; connections that are open end what they do within five.",
    ),
)
