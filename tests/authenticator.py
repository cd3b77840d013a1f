"""A security key in software (WebAuthn 6): it makes P-256 keys, and signs what a browser gives it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import struct
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40
"""Flags of authenticator data (6.1)."""


def text(data: bytes) -> str:
    """Base64url without padding, as WebAuthn's JSON has it."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@dataclass
class SoftKey:
    """One key with one account. `origin` is the page's; `verifies` says whether it asks for a PIN or finger."""

    origin: str
    verifies: bool = True
    counter: int = 0
    id: bytes = field(default_factory=lambda: os.urandom(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    user: str = ""

    def make(self, options: dict[str, Any]) -> dict[str, Any]:
        """navigator.credentials.create(): no attestation."""
        self.user = options["user"]["id"]
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + struct.pack(">H", len(self.id)) + self.id + cbor.encode(public)
        data = self._data(options["rp"]["id"], ATTESTED) + attested
        return self._answer(
            {
                "clientDataJSON": text(self._client("webauthn.create", options["challenge"])),
                "attestationObject": text(cbor.encode({"fmt": "none", "authData": data, "attStmt": {}})),
            }
        )

    def use(self, options: dict[str, Any]) -> dict[str, Any]:
        """navigator.credentials.get()."""
        self.counter += 1
        data = self._data(options["rpId"], 0)
        client = self._client("webauthn.get", options["challenge"])
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "clientDataJSON": text(client),
                "authenticatorData": text(data),
                "signature": text(signed),
                "userHandle": self.user,
            }
        )

    def _data(self, rp: str, flags: int) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return hashlib.sha256(rp.encode()).digest() + struct.pack(">BI", flags, self.counter)

    def _client(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _answer(self, response: dict[str, str]) -> dict[str, Any]:
        return {
            "id": text(self.id),
            "rawId": text(self.id),
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {},
        }
