"""How the message is put together (RFC 2045, 2046), against how mail programs do it."""

from __future__ import annotations

import re

from pratique.domain.envelope import Receipt
from pratique.domain.verdict import Contribution

from ..contributions import found
from ..parsed import Leaf, ParsedMessage
from ..patterns import pattern

MEANINGS = {
    "mime:base64-text": "plain ASCII text in base64",
    "mime:base64-page": "a plain ASCII page in base64",
    "mime:no-version": "MIME fields without MIME-Version",
    "mime:lone-alternative": "an alternative of one part",
    "mime:no-boundary": "a multipart message whose parts are not to be found",
    "mime:unclosed": "a multipart message that does not end",
    "mime:broken": "other faults in the structure",
    "mime:page-no-charset": "a page without a charset",
    "mime:type-quoted": "a type that is no type",
    "mime:inline-picture": "a page with pictures of its own and hardly any text",
    "mime:lone-file": "nothing but a file",
    "mime:single-page": "a page and nothing else",
    "mime:plain": "nothing but plain text",
    "mime:signed": "signed by S/MIME or OpenPGP",
    "mime:boundary-digits": "a boundary that is a mere number",
    "mime:boundary-odd": "a boundary in a form that is common in spam",
    "mime:odd-encoding": "a transfer encoding that does not exist",
    "mime:8bit-undeclared": "octets beyond ASCII without a word about them",
}
_BOUNDARY = pattern(r"boundary\s{0,3}=\s{0,3}\"?([^\";\s]{1,80})", re.IGNORECASE)
_DIGITS = pattern(r"-{0,30}\d{6,30}$")
_ODD = pattern(
    r"--[a-z0-9_]{4,12}$|-*[A-Z0-9]{16,20}$|=_\d+_|%|--\d{8,}|_\d{3}_[a-z]+\d|-{4}[0-9a-f]{32}$|={4,}",
    re.IGNORECASE,
)
_ENCODINGS = frozenset({"", "7bit", "8bit", "binary", "base64", "quoted-printable", "x-uuencode"})
_FEW = 120


def evidence(parsed: ParsedMessage, receipt: Receipt) -> list[Contribution]:  # noqa: ARG001 - one form for all signals
    """Reads the declarations of the leaves and the parser's notes."""
    names: set[str] = set()
    kind = parsed.header("content-type")
    low = kind[:200].lower()
    leaves = parsed.leaves
    if (
        "content-type" in parsed.by_name or "content-transfer-encoding" in parsed.by_name
    ) and "mime-version" not in parsed.by_name:
        names.add("no-version")
    if low.startswith("multipart/"):
        _multipart(parsed, kind, low, names)
    elif kind and "/" not in low.partition(";")[0]:
        names.add("type-quoted")
    for leaf in leaves[:5]:
        _leaf(leaf, names)
    types = {leaf.media_type for leaf in leaves}
    if types == {"text/html"}:
        names.add("single-page")
    elif types == {"text/plain"}:
        names.add("plain")
    elif parsed.attachments and "no-boundary" not in names and not parsed.shown.strip():
        names.add("lone-file")
    if parsed.html and any(t.startswith("image/") for t in types) and len(parsed.shown) < _FEW:
        names.add("inline-picture")
    return [found(f"mime:{name}") for name in sorted(names)]


def _leaf(leaf: Leaf, names: set[str]) -> None:
    if leaf.encoding == "base64" and leaf.is_ascii and leaf.media_type == "text/plain":
        names.add("base64-text")
    elif leaf.encoding == "base64" and leaf.is_ascii and leaf.media_type == "text/html":
        names.add("base64-page")
    if leaf.media_type == "text/html" and not leaf.charset:
        names.add("page-no-charset")
    if leaf.encoding not in _ENCODINGS:
        names.add("odd-encoding")
    if not leaf.is_ascii and not leaf.charset and leaf.encoding != "base64":
        names.add("8bit-undeclared")


def _multipart(parsed: ParsedMessage, kind: str, low: str, names: set[str]) -> None:
    defects = set(parsed.defects)
    if {"start-boundary-not-found", "no-boundary-in-multipart"} & defects:
        names.add("no-boundary")
    elif "close-boundary-not-found" in defects:
        names.add("unclosed")
    elif defects & {
        "multipart-invariant-violation",
        "misplaced-envelope-header",
        "missing-header-body-separator",
        "invalid-base64-padding",
        "invalid-base64-characters",
    }:
        names.add("broken")
    if low.startswith("multipart/alternative") and len(parsed.leaves) == 1:
        names.add("lone-alternative")
    if low.startswith("multipart/signed"):
        names.add("signed")
    boundary = _BOUNDARY.search(kind)
    if boundary is not None:
        if _DIGITS.match(boundary[1]):
            names.add("boundary-digits")
        elif _ODD.match(boundary[1]):
            names.add("boundary-odd")
