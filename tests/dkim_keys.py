"""A DKIM signer of a sender that does not exist, its key made for this run, and the DNS that publishes it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import cache

import dkim
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

DOMAIN, SELECTOR = b"spam.example", b"test"


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def signed(raw: bytes, also: Sequence[bytes] = ()) -> bytes:
    """The message with a DKIM-Signature on top, over From, To, Subject, Date, Message-ID, the fields in `also`, and the body."""
    pem = _key().private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    names = [b"from", b"to", b"subject", b"date", b"message-id", b"mime-version", b"content-type", *also]
    signature: bytes = dkim.sign(raw, SELECTOR, DOMAIN, pem, include_headers=names)
    return signature + raw


def verifies(raw: bytes) -> bool:
    """Whether the signature on top of those below still holds."""
    public = _key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)

    def published(name: bytes, timeout: int = 5) -> bytes | None:
        return record if name.rstrip(b".") == SELECTOR + b"._domainkey." + DOMAIN else None

    return bool(dkim.verify(raw, dnsfunc=published))
