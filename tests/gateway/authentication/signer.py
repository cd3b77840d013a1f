"""Senders that sign: their keys are made for this run and published in a fake zone."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from typing import Any

import dkim
import nacl.signing
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from dkim.canonicalization import CanonicalizationPolicy
from dkim.crypto import parse_pem_private_key

from tests.fake_zone import FakeZone

FROM_ALICE = b"From: Alice <alice@example.org>\r\n"
REST = (
    b"To: bob@example.net\r\nSubject:  hello  there \r\nDate: Mon, 21 Sep 2026 14:13:20 +0000\r\n"
    b"Message-ID: <1@example.org>\r\n"
)
MAIL = FROM_ALICE + REST + b"\r\nOne line.\r\n\r\nTwo \t lines. \r\n\r\n\r\n"


@cache
def rsa_key(number: int = 0) -> rsa.RSAPrivateKey:
    """One of a few keys of 2,048 bits."""
    del number
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def ed25519_key() -> nacl.signing.SigningKey:
    """A key of RFC 8463's kind."""
    return nacl.signing.SigningKey.generate()


def rsa_record(key: rsa.RSAPrivateKey | None = None, *, tags: str = "") -> str:
    """What a signer publishes."""
    public = (key or rsa_key()).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; {tags}p=" + base64.b64encode(public).decode()


def ed25519_record() -> str:
    """The same for the other kind."""
    return "v=DKIM1; k=ed25519; p=" + base64.b64encode(bytes(ed25519_key().verify_key)).decode()


def sign(raw: bytes, *, domain: str = "example.org", selector: str = "s1", **options: Any) -> bytes:
    """The message with a DKIM-Signature by `domain` on top."""
    if options.get("signature_algorithm") == b"ed25519-sha256":
        secret = base64.b64encode(bytes(ed25519_key()))
    else:
        secret = rsa_key().private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    names = options.pop("include_headers", [b"from", b"to", b"subject", b"date", b"message-id"])
    made: bytes = dkim.sign(raw, selector.encode(), domain.encode(), secret, include_headers=names, **options)
    return made + raw


def zone(*domains: str) -> FakeZone:
    """The keys of `domains` (example.org where none are named), under the selectors s1 (RSA) and e1 (Ed25519)."""
    made = FakeZone()
    for domain in domains or ("example.org",):
        made.put(f"s1._domainkey.{domain}", "TXT", rsa_record())
        made.put(f"e1._domainkey.{domain}", "TXT", ed25519_record())
    return made


def seal(raw: bytes, *, domain: str = "other.example", selector: str = "s1") -> bytes:
    """The message with the first set of ARC fields (RFC 8617, 4) on top, by a forwarder. (dkimpy's own sealing wants one package more.)"""
    secret = rsa_key().private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    signer = dkim.ARC(raw)
    signer.hasher = hashlib.sha256
    form = CanonicalizationPolicy.from_c_value(b"relaxed/relaxed")
    key = parse_pem_private_key(secret)
    digest = base64.b64encode(hashlib.sha256(form.canonicalize_body(signer.body)).digest())
    names = [b"from", b"to", b"subject", b"date", b"message-id"]
    common = [
        (b"a", b"rsa-sha256"),
        (b"d", domain.encode()),
        (b"s", selector.encode()),
        (b"t", b"1790000000"),
    ]
    blank = (b"b", b"0" * 60)
    made = [(b"ARC-Authentication-Results", b" i=1; " + domain.encode() + b"; spf=pass\r\n")]
    fields = [
        (b"i", b"1"),
        *common,
        (b"c", b"relaxed/relaxed"),
        (b"h", b":".join(names)),
        (b"bh", digest),
        blank,
    ]
    value = signer.gen_header(fields, names, form, b"ARC-Message-Signature", key)
    made.append((b"ARC-Message-Signature", b" " + value))
    signer.headers = [*made, *signer.headers]
    order = [name.lower() for name, _ in made]
    value = signer.gen_header([(b"i", b"1"), (b"cv", b"none"), *common, blank], order, form, b"ARC-Seal", key)
    made.append((b"ARC-Seal", b" " + value))
    return b"".join(name + b":" + value for name, value in reversed(made)) + raw
