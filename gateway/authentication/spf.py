"""SPF (RFC 7208) by pyspf, its questions asked through our resolver.

pyspf 2.0.14 has drivers of its own for the DNS; a query's method `dns` is put in their place, so that nothing leaves a message's bounds.
"""

from __future__ import annotations

import enum
import warnings
from typing import Any

from pratique.domain.errors import TemporaryFailure
from pratique.ports.resolver import RecordKind

from .lookups import Lookups

with warnings.catch_warnings():
    # Two docstrings of pyspf hold escapes that newer Pythons warn about when they compile them.
    warnings.simplefilter("ignore")
    import spf

MAX_RECORD = 4_096
"""Octets of a record that is read: real ones fit into one answer of 512."""
MAX_IDENTITY = 320


class SpfResult(enum.StrEnum):
    """RFC 7208, 2.6."""

    PASS = "pass"  # noqa: S105 - a result, no password
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"
    NONE = "none"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


class _Query(spf.query):  # type: ignore[misc]  # pyspf ships no types
    """One evaluation. Limits on mechanisms, MX and PTR are pyspf's own."""

    def __init__(self, ask: Lookups, client_ip: str, sender: str, helo: str) -> None:
        super().__init__(client_ip, sender, helo, strict=True)
        self._ask = ask

    def dns(self, name: str, qtype: str, cnames: Any = None, ignore_void: bool = False) -> list[Any]:
        """The values under a name in pyspf's forms; counts those that were not there (RFC 7208, 4.6.4)."""
        del cnames  # the resolver follows them
        values: tuple[str, ...] = ()
        if all(0 < len(label) <= 63 for label in str(name).removesuffix(".").split(".")):  # noqa: PLR2004 - RFC 1035
            try:
                values = self._ask.ask(str(name), RecordKind(qtype))
            except TemporaryFailure:
                raise spf.TempError("no answer from the DNS") from None
        if not values and not ignore_void:
            self.void_lookups += 1
            if self.void_lookups > spf.MAX_VOID_LOOKUPS:
                raise spf.PermError("too many names that are not there")
        if qtype == RecordKind.TXT:
            return [(value[:MAX_RECORD].encode("latin-1"),) for value in values]
        if qtype == RecordKind.MX:
            return [_exchange(value) for value in values]
        return list(values)

    def get_explanation(self, spec: str) -> str:
        """Nobody reads it: no question for it."""
        del spec
        return ""


def _exchange(value: str) -> tuple[int, str]:
    preference, _, host = value.partition(" ")
    return (int(preference) if preference.isdecimal() else 0, host)


def check_spf(ask: Lookups, *, client_ip: str, mail_from: str, helo: str) -> SpfResult:
    """Whether the domain of MAIL FROM (of HELO for the null sender) lets this client send. Never raises."""
    if not mail_from and "." not in helo:
        return SpfResult.NONE
    try:
        found, _, _ = _Query(ask, client_ip, mail_from[:MAX_IDENTITY], helo[:MAX_IDENTITY]).check()
        return SpfResult(found)
    except Exception:  # noqa: BLE001 - pyspf on a stranger's record or address: a record that cannot be read
        return SpfResult.PERMERROR
