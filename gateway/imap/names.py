"""Names of mailboxes on the wire: modified UTF-7 (RFC 3501, 5.1.3), or UTF-8 where UTF8=ACCEPT is on (RFC 6855, 3)."""

from __future__ import annotations

import binascii
import re

from .syntax import Bad

MOST_NAME = 1_000
"""Characters of a name."""
_PLAIN = re.compile(r"[A-Za-z0-9/_.\-]+\Z")
_SHIFTED = re.compile(r"&([A-Za-z0-9+,]*)-")
_UNPRINTABLE = re.compile(r"[^\x20-\x25\x27-\x7e]+")
_CONTROLS = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\ud800-\\udfff\\ufffe\\uffff]")


class BadName(Exception):
    """The octets are no name of a mailbox: NO [CANNOT]."""


def decode_utf7(octets: bytes) -> str:
    """Modified UTF-7 to str. Raises BadName for anything that RFC 3501, 5.1.3 does not allow: octets above 126, printable ASCII in
    base64, a shift right after a shift, half a character, leftover bits.
    """
    try:
        text = octets.decode("ascii")
    except UnicodeDecodeError:
        raise BadName("not in modified UTF-7") from None
    parts: list[str] = []
    at, ended = 0, -1
    while (ampersand := text.find("&", at)) >= 0:
        if text.startswith(
            "& ", ampersand
        ):  # no shift can begin so: the name as people write it ("Release & Train")
            parts.append(text[at : ampersand + 1])
            at, ended = ampersand + 1, -1
            continue
        found = _SHIFTED.match(text, ampersand)
        if found is None or (found.group(1) and ampersand == ended):
            raise BadName("not in modified UTF-7")
        parts += (text[at:ampersand], _decode_shifted(found.group(1)))
        at = found.end()
        ended = at if found.group(1) else -1
    parts.append(text[at:])
    return "".join(parts)


def _decode_shifted(base64: str) -> str:
    if not base64:
        return "&"
    try:
        octets = binascii.a2b_base64(base64.replace(",", "/") + "=" * (-len(base64) % 4), strict_mode=True)
        text = octets.decode("utf-16-be")
    except (ValueError, UnicodeDecodeError):
        raise BadName("not in modified UTF-7") from None
    if encode_utf7(text) != f"&{base64}-":  # leftover bits, printable characters in base64
        raise BadName("not in modified UTF-7")
    return text


def encode_utf7(name: str) -> str:
    """Str to modified UTF-7."""
    return _UNPRINTABLE.sub(_encode_run, name)


def _encode_run(found: re.Match[str]) -> str:
    parts = []
    for place, run in enumerate(found.group().split("&")):
        if place:
            parts.append("&-")
        if run:
            base64 = binascii.b2a_base64(run.encode("utf-16-be", "surrogatepass"), newline=False)
            parts.append("&" + base64.decode("ascii").rstrip("=").replace("/", ",") + "-")
    return "".join(parts)


def decode_name(octets: bytes, *, utf8: bool) -> str:
    """A mailbox's name as the client sent it; INBOX in any case is "INBOX". Raises BadName."""
    if utf8:
        try:
            name = octets.decode("utf-8")
        except UnicodeDecodeError:
            raise BadName("not in UTF-8") from None
    else:
        name = decode_utf7(octets)
    if len(name) > MOST_NAME or _CONTROLS.search(name):
        raise BadName("too long, or with control characters")
    return "INBOX" if name.upper() == "INBOX" else name


def encode_name(name: str, *, utf8: bool) -> bytes:
    """A name for a response: an atom where it can be one, else quoted."""
    if _PLAIN.match(name) and name.upper() != "NIL":
        return name.encode("ascii")
    text = name if utf8 else encode_utf7(name)
    return b'"' + re.sub(r'(["\\])', r"\\\1", text).encode("utf-8") + b'"'


def decode_text(octets: bytes, what: str) -> str:
    """UTF-8 for user names, passwords. Raises Bad."""
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        raise Bad(f"{what} is not in UTF-8") from None
