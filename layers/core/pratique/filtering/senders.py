"""Allow and block lists: which patterns match a sender, which entry counts, what it weighs (docs/lists.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pratique.domain.address import Address, parent_domains, try_address
from pratique.domain.direction import Direction
from pratique.domain.listentry import ListEntry, ListKind, Match
from pratique.domain.scope import scope_chain
from pratique.domain.verdict import Contribution

from .contributions import contribution
from .parsed import ParsedMessage

MAX_PATTERNS = 12
PARENTS = 4
"""Wildcards of each of the two senders, so that both fit: 2 x (address + domain + 4)."""
ENTRY_WEIGHT = 20.0
"""Log-odds: more than the surest classifier and what signals it usually comes with."""


@dataclass(frozen=True, slots=True)
class Sender:
    """What entries for incoming mail are compared with: patterns of the envelope sender (none for the null sender) and of the From header,
    whether DMARC vouches for the latter (`proven`) and SPF for the former (`permitted`), and the address of the host that handed the message
    in ('' where that is not known).
    """

    envelope: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    proven: bool = False
    permitted: bool = False
    host: str = ""

    @property
    def patterns(self) -> list[str]:
        """All names that an entry may bear to fit: of From first, at most MAX_PATTERNS, no doubles."""
        return list(dict.fromkeys((*self.author, *self.envelope)))[:MAX_PATTERNS]


def name_patterns(address: Address | None) -> tuple[str, ...]:
    """The patterns that match an address: itself, its domain, `*.` and each parent (`*.example.org` matches subdomains of example.org, not
    itself). At most 2 + PARENTS.
    """
    if address is None:
        return ()
    wild = ("*." + parent for parent in parent_domains(address.domain, most=PARENTS))
    return str(address), address.domain, *wild


def sender_of(
    mail_from: str,
    from_address: Address | None,
    *,
    proven: bool = False,
    permitted: bool = False,
    host: str = "",
) -> Sender:
    """The sender by the envelope and the From header. A MAIL FROM that is empty, or no address, has no patterns."""
    envelope = try_address(mail_from) if mail_from else None
    return Sender(name_patterns(envelope), name_patterns(from_address), proven, permitted, host)


def is_proven(parsed: ParsedMessage, *, dmarc_pass: bool) -> bool:
    """Whether DMARC vouches for the From header: for the one From field of mail that passed it.

    DMARC (RFC 7489, 3) speaks of the From field's domain only. An envelope sender that anybody may write next to a From field of his own
    proves nothing, and with several From fields, several addresses in one, or a broken one, nobody can say which one was meant.
    """
    return (
        dmarc_pass
        and parsed.header_count("from") == 1
        and not {"several-senders", "malformed-from"} & set(parsed.defects)
    )


def fits(entry: ListEntry, sender: Sender) -> bool:
    """Whether an entry for incoming mail is about this sender, as far as its name, network and match say."""
    if entry.direction is not Direction.INCOMING:
        return False
    if entry.is_network:
        if not sender.host:
            return False
        from pratique.domain.network import lies_in  # noqa: PLC0415 - few installations list networks

        return lies_in(sender.host, entry.pattern)
    by_author = entry.match is not Match.ENVELOPE and entry.pattern in sender.author
    by_envelope = entry.match is not Match.FROM and entry.pattern in sender.envelope
    return by_author or by_envelope


def _is_trusted(entry: ListEntry, sender: Sender) -> bool:
    """Whether an allow entry that fits may count. Unless it says otherwise, a name needs DMARC for the From header that bears it; one for the
    envelope alone needs SPF, which is what proves an envelope (RFC 7208, 2.4; DMARC does not speak of it).
    """
    if entry.kind is ListKind.BLOCK or entry.is_network or not entry.needs_dmarc:
        return True
    if entry.match is Match.ENVELOPE:
        return sender.permitted
    return sender.proven and entry.pattern in sender.author


def choose_entry(
    entries: Sequence[ListEntry], owner: Address, sender: Sender, *, now: int
) -> ListEntry | None:
    """The one entry that counts for mail of this owner, None if there is none; `now` in Unix seconds: what has ended is not there.

    Nearest scope first (recipient, domain, global); in one scope the most specific pattern (address, domain, longest wildcard, then single
    host, longest network); then block before allow. An allow entry that needs DMARC counts where DMARC vouches only (invariant 9).
    """
    fitting = [e for e in entries if fits(e, sender) and _is_trusted(e, sender) and not e.is_over(now)]
    return _nearest(fitting, owner)


def choose_for_recipient(
    entries: Sequence[ListEntry], sender: Address, recipient: Address, *, now: int
) -> ListEntry | None:
    """The one entry for outgoing mail that counts for what `sender` (one of ours) sends to `recipient`; by the same order."""
    patterns = name_patterns(recipient)
    fitting = [
        e
        for e in entries
        if e.direction is Direction.OUTGOING and e.pattern in patterns and not e.is_over(now)
    ]
    return _nearest(fitting, sender)


def _nearest(fitting: Sequence[ListEntry], owner: Address) -> ListEntry | None:
    ranks = {scope: rank for rank, scope in enumerate(scope_chain(owner))}
    return min(
        (entry for entry in fitting if entry.scope in ranks),
        key=lambda entry: (ranks[entry.scope], _vagueness(entry), entry.kind is ListKind.ALLOW),
        default=None,
    )


def _vagueness(entry: ListEntry) -> tuple[int, int]:
    """Smaller is more specific. A name says who is meant; a network, everybody behind it."""
    pattern = entry.pattern
    if entry.is_network:
        from pratique.domain.network import prefix_length  # noqa: PLC0415 - as above

        return 3, -prefix_length(pattern)[1]
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
