"""DMARC (RFC 7489; its successor RFC 9989 where it says more): does an authenticated domain stand for the one in From?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from pratique.domain.errors import TemporaryFailure
from pratique.ports.resolver import RecordKind
from publicsuffixlist import PublicSuffixList

from .lookups import Lookups

MAX_RECORD = 4_096
_POLICIES = ("none", "quarantine", "reject")


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def organisational(domain: str) -> str:
    """The registered domain it lies in (RFC 7489, 3.2, by the public suffix list that the package brings); a public suffix is its own."""
    return _suffixes().privatesuffix(domain.lower()) or domain.lower()


def aligned(domain: str, author: str, *, strict: bool) -> bool:
    """Whether an authenticated domain stands for the author's (RFC 7489, 3.1)."""
    if strict:
        return domain.lower() == author.lower()
    return organisational(domain) == organisational(author)


@dataclass(frozen=True, slots=True)
class Policy:
    """What the author's domain asks for. `action` is p=, or sp= for a subdomain; pct= is not looked at (RFC 9989 dropped it)."""

    action: str
    strict_dkim: bool = False
    strict_spf: bool = False


def find_policy(ask: Lookups, author: str) -> Policy | None:
    """The policy that holds for a domain, None where there is none. Raises TemporaryFailure."""
    own = _read(ask.ask(f"_dmarc.{author}", RecordKind.TXT))
    if own is not None:
        return _policy(own, subdomain=False)
    above = organisational(author)
    if above == author:
        return None
    theirs = _read(ask.ask(f"_dmarc.{above}", RecordKind.TXT))
    return None if theirs is None else _policy(theirs, subdomain=True)


def _read(texts: tuple[str, ...]) -> dict[str, str] | None:
    """The tags of the one record; none, or several, are no policy (RFC 7489, 6.6.3)."""
    found = [tags for tags in map(_tags, texts[:50]) if tags is not None]
    return found[0] if len(found) == 1 else None


def _tags(text: str) -> dict[str, str] | None:
    first, *rest = text[:MAX_RECORD].split(";")
    name, _, version = first.partition("=")
    if name.strip().lower() != "v" or version.strip() != "DMARC1":
        return None
    tags: dict[str, str] = {}
    for part in rest:
        name, _, value = part.partition("=")
        tags.setdefault(name.strip().lower(), value.strip())
    return tags


def _policy(tags: dict[str, str], *, subdomain: bool) -> Policy | None:
    """A record whose p= cannot be read asks for reports only, or for nothing (RFC 7489, 6.6.3)."""
    asked = tags.get("p", "").lower()
    if asked not in _POLICIES:
        if not tags.get("rua"):
            return None
        asked = "none"
    below = tags.get("sp", "").lower()
    if subdomain and below in _POLICIES:
        asked = below
    if tags.get("t", "").lower() == "y" and asked != "none":  # RFC 9989: testing, one step milder
        asked = _POLICIES[_POLICIES.index(asked) - 1]
    return Policy(
        asked,
        strict_dkim=tags.get("adkim", "").lower() == "s",
        strict_spf=tags.get("aspf", "").lower() == "s",
    )


def strictest(ask: Lookups, authors: list[str]) -> str:
    """The strictest policy that one of several domains asks for, '' where none has any."""
    found = ""
    for author in authors:
        try:
            policy = find_policy(ask, author)
        except TemporaryFailure:
            continue
        if policy and (not found or _POLICIES.index(policy.action) > _POLICIES.index(found)):
            found = policy.action
    return found
