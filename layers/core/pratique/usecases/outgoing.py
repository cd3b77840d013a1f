"""What a message looks like when it leaves: our headers above the original bytes, and a note before the subject where the policy asks for one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pratique.domain.message import Copy, Facts
from pratique.usecases.byte_edits import cut_own_fields, join, line_end, own_fields
from pratique.usecases.notation import (
    in_subject,
    mark_fields,
    mark_lines,
    notate_subject,
    printable,
    subject_lines,
    without_lies,
)
from pratique.usecases.trace import (
    DIGEST,
    body_digest,
    has_own_headers,
    release_values,
    trace_hops,
    trace_values,
    verify_release,
)

__all__ = ["has_own_headers", "prepare", "trace_hops", "verify_release"]

HEADER_WIDTH = 76
"""Octets of a header line of ours (RFC 5322, 2.1.1 recommends at most 78)."""
MAX_EVIDENCE = 8
"""Contributions named in the evidence header."""

_MAX_HOST, _MAX_SIGNAL = 60, 40
_HOST_CHARS = re.compile(r"[^A-Za-z0-9.:_-]+")
_SIGNAL_CHARS = re.compile(r"[^A-Za-z0-9._:/-]+")


def prepare(
    raw: bytes,
    *,
    copy: Copy,
    facts: Facts,
    released: bool,
    key: bytes,
    now_ms: int,
    hostname: str,
    hops: int,
) -> bytes:
    """The bytes for the next hop: headers of ours, in the message's own style of line ends, above the original bytes.

    Below them only this differs from `raw`: fields that carry our names are gone (a sender may have forged them), and, unless a person
    released it, the subject starts with the copy's notation, and fields that contradict marks on top are gone (see notation.py).
    `hops` is the count written into the trace header, this hop included. Mail that is sent gets the trace alone: no verdict, which is not for
    strangers, and no release, which is for its recipient to give. `key` is the installation's signing key, `now_ms` Unix milliseconds. Never
    raises on a stranger's bytes.
    """
    eol = line_end(raw)
    rest = cut_own_fields(raw)
    notation = "" if released or not in_subject(copy) else printable(copy.notation)
    marks = [] if released else mark_fields(copy)
    found = True
    if notation:
        rest, found = notate_subject(rest, notation)
    if marks:
        rest = without_lies(rest, marks)
    joint = join(eol, rest)
    message = copy.id.message
    host = _HOST_CHARS.sub("", hostname)[:_MAX_HOST]
    outgoing = copy.id.is_outgoing
    headers = [
        *([] if outgoing else _verdict(copy, facts)),
        _header("X-Pratique-Id", [message]),
        _header(
            "X-Pratique-Trace", trace_values(key=key, message=message, host=host, hops=hops, now_ms=now_ms)
        ),
    ]
    if released and not outgoing:
        digest = body_digest(joint + rest if joint else rest)
        recipient = copy.id.recipient
        values = release_values(key=key, message=message, recipient=recipient, body=digest, now_ms=now_ms)
        headers.append(_header("X-Pratique-Release", values))
    headers.append(mark_lines(marks))
    if not found:
        headers.append(subject_lines(notation))
    top = [line.encode("ascii") + eol for lines in headers for line in lines]
    if any(
        item.signal == "digest" for item in copy.contributions
    ):  # ours, and known again wherever it comes back
        top += [raw[field.start : field.end] for field in own_fields(raw) if field.name == DIGEST]
    return b"".join([*top, joint, rest])


def _verdict(copy: Copy, facts: Facts) -> list[list[str]]:
    """What we think of it, for its recipient's own server and mail client. Strangers are not told."""
    return [
        _header("X-Pratique-Class", [copy.verdict.value]),
        _header("X-Pratique-Score", [f"{copy.score:.4f}"]),
        _header("X-Pratique-Evidence", _evidence(copy, facts)),
    ]


def _evidence(copy: Copy, facts: Facts) -> list[str]:
    """The score, then the contributions that weigh most: signal and weight in log-odds. Their details may be a stranger's words: left out."""
    judged = copy.judgement(facts).contributions
    weighty = sorted((c for c in judged if c.weight), key=lambda c: -abs(c.weight))[:MAX_EVIDENCE]
    named = ((_SIGNAL_CHARS.sub("_", c.signal)[:_MAX_SIGNAL], c.weight) for c in weighty)
    return [f"Combined ({copy.score:.2f})", *(f"{name} {weight:+.2f}" for name, weight in named)]


def _header(name: str, values: Sequence[str]) -> list[str]:
    """The lines of a field whose values are separated by semicolons, folded between values."""
    lines = [f"{name}:"]
    for number, value in enumerate(values):
        text = value if number == len(values) - 1 else f"{value};"
        if len(lines[-1]) + 1 + len(text) > HEADER_WIDTH:
            lines.append("")
        lines[-1] += f" {text}"
    return lines
