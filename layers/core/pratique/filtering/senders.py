"""Allow and block lists: which patterns match a sender, which entry counts, what it weighs."""

from __future__ import annotations

from collections.abc import Sequence

from pratique.domain.address import Address, parent_domains, try_address
from pratique.domain.listentry import ListEntry, ListKind
from pratique.domain.scope import scope_chain
from pratique.domain.verdict import Contribution

from .contributions import contribution
from .parsed import ParsedMessage

MAX_PATTERNS = 12
PARENTS = 4
"""Wildcards of each of the two senders, so that both fit: 2 x (address + domain + 4)."""
ENTRY_WEIGHT = 20.0
"""Log-odds: more than the surest classifier and what signals it usually comes with."""


def sender_patterns(mail_from: str, from_address: Address | None) -> list[str]:
    """The list patterns that match a sender, of the From header first and then of the envelope: its address, its domain, `*.` and each
    parent (`*.example.org` matches subdomains of example.org, not itself). At most MAX_PATTERNS, no doubles.
    """
    patterns: dict[str, None] = {}
    for address in (from_address, try_address(mail_from) if mail_from else None):
        if address is None:
            continue
        patterns.setdefault(str(address))
        patterns.setdefault(address.domain)
        for parent in parent_domains(address.domain, most=PARENTS):
            patterns.setdefault("*." + parent)
    return list(patterns)[:MAX_PATTERNS]


def proven_patterns(parsed: ParsedMessage, *, dmarc_pass: bool) -> list[str]:
    """The patterns of the sender that DMARC vouches for: those of the one From field of mail that passed it, else none.

    DMARC (RFC 7489, 3) speaks of the From field's domain only. An envelope sender that anybody may write next to a From field of his own
    proves nothing, and with several From fields, several addresses in one, or a broken one, nobody can say which one was meant.
    """
    one_from = parsed.header_count("from") == 1 and not {"several-senders", "malformed-from"} & set(
        parsed.defects
    )
    return sender_patterns("", parsed.from_address) if dmarc_pass and one_from else []


def choose_entry(
    entries: Sequence[ListEntry], recipient: Address, patterns: Sequence[str], *, proven: Sequence[str]
) -> ListEntry | None:
    """The one entry that counts for this recipient, None if there is none.

    Nearest scope first (recipient, domain, global); in one scope the most specific pattern (address, domain, longest wildcard); then
    block before allow. An allow entry that needs DMARC counts for `proven` patterns only (invariant 9; see proven_patterns).
    """
    ranks = {scope: rank for rank, scope in enumerate(scope_chain(recipient))}
    wanted, vouched = set(patterns), set(proven)
    fitting = [
        entry
        for entry in entries
        if entry.scope in ranks
        and entry.pattern in wanted
        and (entry.kind is ListKind.BLOCK or entry.pattern in vouched or not entry.needs_dmarc)
    ]
    return min(
        fitting,
        key=lambda entry: (ranks[entry.scope], _vagueness(entry.pattern), entry.kind is ListKind.ALLOW),
        default=None,
    )


def _vagueness(pattern: str) -> tuple[int, int]:
    """Smaller is more specific."""
    if pattern.startswith("*."):
        return 2, -pattern.count(".")
    return (0, 0) if "@" in pattern else (1, 0)


def entry_contribution(entry: ListEntry) -> Contribution:
    """What the chosen entry weighs: enough to decide."""
    if entry.kind is ListKind.ALLOW:
        return contribution(
            "list:allow", -ENTRY_WEIGHT, f"allowed by {entry.scope.level.value}: {entry.pattern}"
        )
    return contribution("list:block", ENTRY_WEIGHT, f"blocked by {entry.scope.level.value}: {entry.pattern}")
