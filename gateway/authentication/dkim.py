"""DKIM signatures (RFC 6376, 8301, 8463) by dkimpy, with bounds and the rules that dkimpy leaves to its caller.

dkimpy 1.1.8 verifies rsa-sha1, takes h= without From, and does not look at a key's h=, s= and t=. What is signed beyond an l= is anybody's:
a signature that does not cover the whole body is no pass here (RFC 6376, 8.2).
"""

from __future__ import annotations

import base64
import binascii
import enum
import re
from dataclasses import dataclass

import dkim
from dkim.util import InvalidTagValueList, parse_tag_value
from pratique.domain.address import normalise_domain
from pratique.domain.errors import InvalidInput, TemporaryFailure
from pratique.ports.resolver import RecordKind

from .dkim_keys import Key, read_key
from .lookups import Lookups
from .octets import Octets, body_digest

MOST_TRIED = 5
"""Signatures of one message; the rest are not looked at."""
MAX_SIGNATURE = 8_192
MAX_SIGNED_FIELDS = 200
_ALGORITHMS = {b"rsa-sha256": b"rsa", b"ed25519-sha256": b"ed25519"}
_CANONICAL = {b"simple": False, b"relaxed": True}
_SELECTOR = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,200}[A-Za-z0-9_])?")


class DkimResult(enum.StrEnum):
    """RFC 8601, 2.7.1; NEUTRAL: not to be judged either way (a key for testing)."""

    PASS = "pass"  # noqa: S105 - a result, no password
    FAIL = "fail"
    NEUTRAL = "neutral"
    TEMPERROR = "temperror"


@dataclass(frozen=True, slots=True)
class Signature:
    """What became of one: the domain that signed (d=), the result, and why in a few words."""

    domain: str
    result: DkimResult
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Claim:
    """A signature that is worth asking for its key."""

    place: int
    domain: str
    tags: dict[bytes, bytes]


class _Refused(Exception):
    """This signature counts for nothing; the text says why."""


def check_dkim(message: Octets, ask: Lookups, *, prefer: str = "") -> list[Signature]:
    """Up to MOST_TRIED signatures, those of the domain `prefer` and its kin first, since only they count for DMARC. Never raises."""
    values = [value for name, value in message.fields if name.lower() == b"dkim-signature"]
    order = sorted(range(len(values)), key=lambda n: not _names(values[n], prefer))
    digests: dict[tuple[bool, int | None], tuple[bytes, int]] = {}
    return [_check(message, values[place], place, ask, digests) for place in order[:MOST_TRIED]]


def _names(value: bytes, domain: str) -> bool:
    """Whether d= is the domain, or one above or below it."""
    found = re.search(rb"[;\s]d\s*=\s*([^;\s]+)", b";" + value[:MAX_SIGNATURE])
    signer = found[1].decode("latin-1").lower() if found else ""
    return bool(signer and domain) and (f".{domain}".endswith(f".{signer}") or signer.endswith(f".{domain}"))


def _check(
    message: Octets,
    value: bytes,
    place: int,
    ask: Lookups,
    digests: dict[tuple[bool, int | None], tuple[bytes, int]],
) -> Signature:
    domain = ""
    try:
        claim = _read(value, place)
        domain = claim.domain
        _compare_body(message, claim.tags, digests)
        key = _key(claim, ask)
        _verify(message, claim, key)
    except _Refused as refused:
        return Signature(domain, DkimResult.FAIL, str(refused))
    except TemporaryFailure:
        return Signature(domain, DkimResult.TEMPERROR, "no answer from the DNS")
    if key.testing:
        return Signature(domain, DkimResult.NEUTRAL, "key for testing")
    return Signature(domain, DkimResult.PASS)


def _key(claim: _Claim, ask: Lookups) -> Key:
    """Raises _Refused, TemporaryFailure."""
    selector = claim.tags[b"s"].decode("ascii")
    key = read_key(ask.ask(f"{selector}._domainkey.{claim.domain}", RecordKind.TXT))
    if isinstance(key, str):
        raise _Refused(key)
    return key


def _read(value: bytes, place: int) -> _Claim:
    """Raises _Refused."""
    if len(value) > MAX_SIGNATURE:
        raise _Refused("signature too long")
    try:
        tags: dict[bytes, bytes] = parse_tag_value(value.replace(b"\r\n", b""))
    except (InvalidTagValueList, IndexError):
        raise _Refused("signature unreadable") from None
    if not {b"v", b"a", b"b", b"bh", b"d", b"h", b"s"} <= tags.keys():
        raise _Refused("signature incomplete")
    if tags[b"a"].lower() not in _ALGORITHMS:
        raise _Refused("algorithm not accepted")
    signed = [name.strip().lower() for name in tags[b"h"].split(b":")]
    if b"from" not in signed or len(signed) > MAX_SIGNED_FIELDS:
        raise _Refused("From not signed" if len(signed) <= MAX_SIGNED_FIELDS else "too many fields signed")
    try:
        domain = normalise_domain(tags[b"d"].decode("utf-8"))
        selector = tags[b"s"].decode("ascii")
    except (InvalidInput, UnicodeDecodeError):
        raise _Refused("no domain or selector") from None
    if not _SELECTOR.fullmatch(selector):
        raise _Refused("no selector")
    return _Claim(place, domain, tags)


def _compare_body(
    message: Octets,
    tags: dict[bytes, bytes],
    digests: dict[tuple[bool, int | None], tuple[bytes, int]],
) -> None:
    """The body costs no question to the DNS, so it comes first. Raises _Refused."""
    header, _, body = tags.get(b"c", b"simple/simple").lower().partition(b"/")
    if header not in _CANONICAL or (body or b"simple") not in _CANONICAL:
        raise _Refused("canonical form unknown")
    length: int | None = None
    if b"l" in tags:
        if not re.fullmatch(rb"\d{1,12}", tags[b"l"]):
            raise _Refused("l= unreadable")
        length = int(tags[b"l"])
    wanted = (_CANONICAL[body or b"simple"], length)
    if wanted not in digests:
        digests[wanted] = body_digest(message, relaxed=wanted[0], length=length)
    found, whole = digests[wanted]
    try:
        claimed = base64.b64decode(b"".join(tags[b"bh"].split()), validate=True)
    except binascii.Error:
        raise _Refused("bh= unreadable") from None
    if claimed != found:
        raise _Refused("body changed")
    if length is not None and length != whole:
        raise _Refused("only part of the body signed")


def _verify(message: Octets, claim: _Claim, key: Key) -> None:
    """Raises _Refused."""
    if _ALGORITHMS[claim.tags[b"a"].lower()] != key.kind:
        raise _Refused("key of another kind")
    domain = claim.tags[b"d"].lower()
    if key.strict and claim.tags.get(b"i", b"@" + domain).rpartition(b"@")[2].lower() != domain:
        raise _Refused("i= is not d=")
    try:
        good = _signed(message, claim.place, key)
    except dkim.DKIMException as error:
        raise _Refused(_SAFE.sub("", str(error))[:60]) from None
    except Exception as error:  # dkimpy on a stranger's octets
        raise _Refused("signature unreadable") from error
    if not good:
        raise _Refused("signature wrong")


def _signed(message: Octets, place: int, key: Key) -> bool:
    """Whether the signature over the fields holds; the body was compared before."""

    def record(_name: bytes, timeout: int = 0) -> bytes:
        del timeout
        return key.record

    signer = dkim.DKIM()
    signer.headers = list(message.fields)
    prepared = signer.verify_headerprep(place)
    if not prepared:
        return False
    tags, fields, signatures = prepared
    bodiless = {name: text for name, text in tags.items() if name != b"bh"}
    return bool(signer.verify_sig(bodiless, fields, signatures[place], record))


_SAFE = re.compile(r"[^ a-zA-Z0-9=.,'-]")
