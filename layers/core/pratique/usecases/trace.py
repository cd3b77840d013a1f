"""The signed headers: a trace that counts how often a message came through here, and a release that lets it pass (invariant 11).

All are HMAC-SHA-256 (RFC 2104) under the installation's key, over the kind and all values, so that one can never be read as the other.

    X-Pratique-Trace: v1; id=<ulid>; by=<host>; hops=<n>; t=<Unix seconds>; sig=<base64url>
    X-Pratique-Release: v1; id=<ulid>; t=<Unix seconds>; to=<base64url>; body=<base64url>; sig=<base64url>
    X-Pratique-Digest: v1; t=<Unix seconds>; to=<base64url>; body=<base64url>; sig=<base64url>          a digest of ours: nobody judges it
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from itertools import islice

from pratique.domain.address import Address
from pratique.domain.ids import is_ulid
from pratique.usecases.byte_edits import CRLF, own_fields, with_crlf

RELEASE_SECONDS = 7 * 86_400
"""How long a release header opens the way."""
CLOCK_SKEW_SECONDS = 3_600
"""How far ahead of us the clock that signed may be."""
MAX_HOPS = 9_999

_MAX_VALUE = 2_048
_MAX_TRIES = 50
"""Headers of a kind that are looked at: a message of thousands of forged ones costs no more."""
_TRACE, _RELEASE, DIGEST = b"x-pratique-trace", b"x-pratique-release", b"x-pratique-digest"
_NUMBER = re.compile(r"^[0-9]{1,12}$")


def trace_values(*, key: bytes, message: str, host: str, hops: int, now_ms: int) -> list[str]:
    """The values of a trace header, in order."""
    parts = [message, host, str(max(0, min(hops, MAX_HOPS))), str(now_ms // 1000)]
    names = ("id", "by", "hops", "t")
    return ["v1", *map("=".join, zip(names, parts, strict=True)), f"sig={_sign(key, 'trace', parts)}"]


def release_values(*, key: bytes, message: str, recipient: Address, body: str, now_ms: int) -> list[str]:
    """The values of a release header, in order. `body` is the message's body_digest."""
    parts = [message, str(now_ms // 1000), _recipient_digest(key, recipient), body]
    names = ("id", "t", "to", "body")
    return ["v1", *map("=".join, zip(names, parts, strict=True)), f"sig={_sign(key, 'release', parts)}"]


def digest_values(*, key: bytes, recipient: Address, body: str, now_ms: int) -> list[str]:
    """The values of a digest's own header, in order. `body` is its body_digest."""
    parts = [str(now_ms // 1000), _recipient_digest(key, recipient), body]
    return [
        "v1",
        *map("=".join, zip(("t", "to", "body"), parts, strict=True)),
        f"sig={_sign(key, 'digest', parts)}",
    ]


def verify_digest(raw: bytes, *, recipient: Address, key: bytes, now_ms: int) -> bool:
    """Whether this is a digest of ours to that recipient, at most 7 days old."""
    to = _recipient_digest(key, recipient)
    for values in _values(raw, DIGEST):
        parts = [values.get(name, "") for name in ("t", "to", "body")]
        if not _same(values.get("sig", ""), _sign(key, "digest", parts)) or not _NUMBER.match(parts[0]):
            continue
        age = now_ms // 1000 - int(parts[0])
        if -CLOCK_SKEW_SECONDS <= age <= RELEASE_SECONDS and _same(parts[1], to):
            return _same(parts[2], body_digest(raw))
    return False


def has_own_headers(raw: bytes) -> bool:
    """Whether any header with one of our names is there: without one the key is not needed."""
    return next(own_fields(raw), None) is not None


def trace_hops(raw: bytes, *, key: bytes) -> int:
    """The highest hop count of all validly signed trace headers, 0 where there is none."""
    hops = 0
    for values in _values(raw, _TRACE):
        parts = [values.get(name, "") for name in ("id", "by", "hops", "t")]
        if _NUMBER.match(parts[2]) and _same(values.get("sig", ""), _sign(key, "trace", parts)):
            hops = max(hops, int(parts[2]))
    return hops


def verify_release(raw: bytes, *, recipient: Address, key: bytes, now_ms: int) -> str | None:
    """The ULID of the message that was released to `recipient`, if a header in the top header block proves that, at most 7 days ago,
    this body was. None else. A relay may have added headers, changed line ends or appended empty lines.
    """
    to = _recipient_digest(key, recipient)
    for values in _values(raw, _RELEASE):
        parts = [values.get(name, "") for name in ("id", "t", "to", "body")]
        if not _same(values.get("sig", ""), _sign(key, "release", parts)):
            continue
        message, signed_at, signed_to, body = parts
        if not (is_ulid(message) and _NUMBER.match(signed_at) and _same(signed_to, to)):
            continue
        age = now_ms // 1000 - int(signed_at)
        if -CLOCK_SKEW_SECONDS <= age <= RELEASE_SECONDS and _same(body, body_digest(raw)):
            return message
    return None


def body_digest(raw: bytes) -> str:
    """SHA-256 of everything after the header block's blank line, with every line end as CRLF and without empty lines at the end."""
    canonical = with_crlf(raw)
    blank = 0 if canonical.startswith(CRLF) else canonical.find(CRLF + CRLF) + 2
    # find() gives -1 for "no blank line", so 1 here: no body
    start = len(canonical) if blank == 1 else blank + 2
    end = max(start, len(canonical.rstrip(CRLF)))
    with memoryview(canonical) as view:
        return _text(hashlib.sha256(view[start:end]).digest())


def _values(raw: bytes, name: bytes) -> list[dict[str, str]]:
    """The values of each header of that name, the topmost first; what is not ours in form is left out."""
    found: list[dict[str, str]] = []
    for field in islice((each for each in own_fields(raw) if each.name == name), _MAX_TRIES):
        text = "".join(raw[field.value : min(field.end, field.value + _MAX_VALUE)].decode("latin-1").split())
        version, *rest = text.split(";")
        if version == "v1":
            pairs = (part.partition("=") for part in rest)
            found.append({left: right for left, _, right in pairs})
    return found


def _recipient_digest(key: bytes, recipient: Address) -> str:
    """Keyed, so that the header does not tell a reader of the mail who else might have got it."""
    return _sign(key, "recipient", [str(recipient)])[:22]


def _sign(key: bytes, kind: str, parts: list[str]) -> str:
    text = "\0".join(["pratique", "v1", kind, *parts])
    return _text(hmac.digest(key, text.encode("utf-8", "surrogatepass"), "sha256"))


def _text(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
