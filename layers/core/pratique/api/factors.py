"""What goes over the wire about a person's own name, password and second factors."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta

from pratique.domain.passkey import Passkey

from .asked import Asked
from .given import Given
from .people import Language, Name
from .views import moment


class MeChange(Asked, frozen=True):
    """What is left out stays as it is."""

    name: Name | None = None
    language: Language | None = None


class PasswordSet(Asked, frozen=True):
    """A new password: 12 characters or more."""

    password: Annotated[str, Meta(min_length=1, max_length=256)]


class CodeRequest(Asked, frozen=True):
    """A code of the authenticator app."""

    code: Annotated[str, Meta(min_length=1, max_length=32)]


class TotpStart(Given, frozen=True):
    """For the authenticator app: `uri` as a QR code, or `secret` typed in."""

    secret: str
    uri: str


class RecoveryCodes(Given, frozen=True):
    """Each is good once, in the place of a second factor. Shown this once; empty where codes were made before and still hold."""

    recovery_codes: list[str]


class KeyRegistration(Asked, frozen=True):
    """What the browser's `navigator.credentials.create()` gave, as `toJSON()` writes it."""

    challenge: Annotated[str, Meta(max_length=64)]
    label: Annotated[str, Meta(min_length=1, max_length=80, description="Which key it is; for people")]
    credential: dict[str, Any]


class KeyView(Given, frozen=True):
    """A registered security key or passkey."""

    id: str
    label: str
    created_at: datetime
    used_at: datetime | None


class KeyList(Given, frozen=True):
    """One's own keys."""

    passkeys: list[KeyView]


class NewKeyView(Given, frozen=True):
    """A key that was registered, and recovery codes where there were none."""

    passkey: KeyView
    recovery_codes: list[str]


def key_view(key: Passkey) -> KeyView:
    """A key without its public part."""
    return KeyView(
        id=key.id,
        label=key.label,
        created_at=moment(key.created_ms / 1000),
        used_at=moment(key.used_ms / 1000) if key.used_ms else None,
    )


EXAMPLE_KEY: dict[str, Any] = {
    "id": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "label": "blue key",
    "created_at": "2026-09-21T14:13:20Z",
    "used_at": None,
}
EXAMPLE_CODES = ["abcd-efgh-jkmn", "…"]
