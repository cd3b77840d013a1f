"""Proofs by argon2-cffi, cryptography, pyotp and fido2, each loaded by the call that needs it: most requests need none."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pratique.domain.errors import NotProved, PermanentFailure
from pratique.ports.proofs import NewKey, Shown

if TYPE_CHECKING:
    from argon2 import PasswordHasher
    from fido2.server import Fido2Server

MEMORY_KIB, TIME, LANES = 19_456, 2, 1
"""Argon2id as OWASP's Password Storage Cheat Sheet has it: 19 MiB, two passes."""
STEP_SECONDS = 30
_NOBODY = b"a password that nobody has"
_LOOPBACK = ("127.0.0.1", "::1")


class LibraryProofs:
    """See Proofs. `memory_kib` is for tests, where cost is only time."""

    def __init__(self, *, memory_kib: int = MEMORY_KIB) -> None:
        self._memory = memory_kib
        self._nobody = ""

    def hash_password(self, password: str) -> str:
        """See Proofs."""
        return self._hasher().hash(password)

    def password_opens(self, stored: str, password: str) -> bool:
        """See Proofs."""
        from argon2.exceptions import InvalidHashError, VerificationError  # noqa: PLC0415 - see the module

        if not self._nobody:  # whoever comes first waits for it, so that the wait tells nothing
            self._nobody = self._hasher().hash(_NOBODY)
        try:
            same = self._hasher().verify(stored or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return same and bool(stored)

    def password_is_stale(self, stored: str) -> bool:
        """See Proofs."""
        return self._hasher().check_needs_rehash(stored)

    def seal(self, key: bytes, text: str, about: str) -> str:
        """See Proofs. AES-256-GCM with a random nonce."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - see the module

        nonce = secrets.token_bytes(12)
        return _text(nonce + AESGCM(_sealing_key(key)).encrypt(nonce, text.encode(), about.encode()))

    def unseal(self, key: bytes, sealed: str, about: str) -> str:
        """See Proofs."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - see the module
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - see the module

        try:
            data = _octets(sealed)
            return AESGCM(_sealing_key(key)).decrypt(data[:12], data[12:], about.encode()).decode()
        except (InvalidTag, ValueError):
            raise PermanentFailure("a sealed secret does not open with this installation's key") from None

    def totp_secret(self) -> str:
        """See Proofs."""
        import pyotp  # noqa: PLC0415 - see the module

        return pyotp.random_base32()

    def totp_uri(self, secret: str, login: str, issuer: str) -> str:
        """See Proofs."""
        import pyotp  # noqa: PLC0415 - see the module

        return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer)

    def totp_step(self, secret: str, code: str, now_s: float) -> int | None:
        """See Proofs. All three steps are computed, whichever matches."""
        import pyotp  # noqa: PLC0415 - see the module

        now = int(now_s) // STEP_SECONDS
        otp = pyotp.TOTP(secret)
        found = [
            step
            for step in (now - 1, now, now + 1)
            if hmac.compare_digest(otp.generate_otp(step).encode(), code.encode())
        ]
        return found[-1] if found else None

    def key_options(
        self, origin: str, login: str, name: str, known: Sequence[str]
    ) -> tuple[dict[str, Any], str]:
        """See Proofs. The key keeps the account itself (discoverable), so that it can be used without a login being typed."""
        from fido2.webauthn import (  # noqa: PLC0415 - see the module
            AttestedCredentialData,
            PublicKeyCredentialUserEntity,
            ResidentKeyRequirement,
            UserVerificationRequirement,
        )

        handle = hashlib.sha256(b"pratique user\n" + login.encode()).digest()
        options, state = _server(origin).register_begin(
            PublicKeyCredentialUserEntity(id=handle, name=login, display_name=name or login),
            [AttestedCredentialData(_octets(each)) for each in known],
            resident_key_requirement=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        )
        return _json(options), json.dumps(state)

    def key_made(self, origin: str, state: str, answer: Mapping[str, Any]) -> NewKey:
        """See Proofs. No attestation is asked for: any make of key will do."""
        from fido2.webauthn import RegistrationResponse  # noqa: PLC0415 - see the module

        try:
            made = _server(origin).register_complete(
                json.loads(state), RegistrationResponse.from_dict(dict(answer))
            )
        except Exception as error:
            raise NotProved("the key's answer is not right") from error
        found = made.credential_data
        if found is None:
            raise NotProved("the key's answer is not right")
        return NewKey(found.credential_id, _text(bytes(found)), made.counter)

    def ask_options(self, origin: str) -> tuple[dict[str, Any], str]:
        """See Proofs. No key is named, so nothing is told of who has one."""
        from fido2.webauthn import UserVerificationRequirement  # noqa: PLC0415 - see the module

        options, state = _server(origin).authenticate_begin(
            user_verification=UserVerificationRequirement.PREFERRED
        )
        return _json(options), json.dumps(state)

    def credential_id(self, answer: Mapping[str, Any]) -> bytes:
        """See Proofs."""
        try:
            return _octets(str(answer["rawId"] if "rawId" in answer else answer["id"]))
        except (KeyError, ValueError):
            raise NotProved("the key's answer is not right") from None

    def key_shown(self, origin: str, state: str, credential: str, answer: Mapping[str, Any]) -> Shown:
        """See Proofs."""
        from fido2.webauthn import AttestedCredentialData, AuthenticationResponse  # noqa: PLC0415 - see the module

        try:
            response = AuthenticationResponse.from_dict(dict(answer))
            _server(origin).authenticate_complete(
                json.loads(state), [AttestedCredentialData(_octets(credential))], response
            )
            data = response.response.authenticator_data
            return Shown(data.counter, data.is_user_verified())
        except Exception as error:
            raise NotProved("the key's answer is not right") from error

    def _hasher(self) -> PasswordHasher:
        from argon2 import PasswordHasher  # noqa: PLC0415 - see the module

        return PasswordHasher(time_cost=TIME, memory_cost=self._memory, parallelism=LANES)


def _server(origin: str) -> Fido2Server:
    """A relying party of exactly this origin (WebAuthn 13.4.9). A relying party is a name, never an IP address (WebAuthn 5.1.3, step 7): on a
    laptop, whose panel is at 127.0.0.1, it is `localhost`.
    """
    from fido2.server import Fido2Server  # noqa: PLC0415 - see the module
    from fido2.webauthn import PublicKeyCredentialRpEntity  # noqa: PLC0415 - see the module

    parts = urlsplit(origin)
    host, exact = parts.hostname or "", origin
    if host in _LOOPBACK:
        host = "localhost"
        exact = f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")
    return Fido2Server(
        PublicKeyCredentialRpEntity(id=host, name="Pratique"), verify_origin=lambda given: given == exact
    )


def _sealing_key(key: bytes) -> bytes:
    """Another key than the one that signs."""
    return hmac.new(key, b"pratique seal", hashlib.sha256).digest()


def _json(options: Any) -> dict[str, Any]:
    """As the browser's parseCreationOptionsFromJSON and parseRequestOptionsFromJSON take it."""
    found: dict[str, Any] = json.loads(json.dumps(dict(options)["publicKey"], default=dict))
    return found


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _octets(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
