"""What is thought of a message for each of its recipients, and why: signals, layers of the classifier, lists, our own marks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pratique.domain.address import Address
from pratique.domain.envelope import Outcome, Receipt
from pratique.domain.ids import CopyId
from pratique.domain.listentry import ListEntry
from pratique.domain.scope import scope_chain
from pratique.domain.verdict import Contribution
from pratique.filtering.acquaintance import question
from pratique.filtering.classifier.calibration import relief
from pratique.filtering.client import client_address
from pratique.filtering.examine import Examined, examine
from pratique.filtering.senders import Sender, choose_entry, entry_contribution, is_proven, sender_of
from pratique.filtering.signals import relations
from pratique.filtering.signals.authentication import is_checked, proven_author
from pratique.filtering.signals.relations import Claim
from pratique.ports.directory import View
from pratique.ports.services import Services
from pratique.usecases.layers import layer_evidence
from pratique.usecases.name_words import with_words
from pratique.usecases.outgoing import has_own_headers, trace_hops, verify_release
from pratique.usecases.trace import verify_digest

RELEASED_WEIGHT = -30.0
"""Log-odds of our own valid release header: a person decided."""
LOOP_WEIGHT = 30.0
DECISIONS = frozenset({"list:allow", "list:block", "released", "digest", "loop"})
"""Evidence that is a decision, of a person or of our own marks: calibration leaves it alone."""
CALIBRATION_DETAIL = "so that good mail of this domain stays below the threshold"


@dataclass(frozen=True, slots=True)
class Seen:
    """One message on its way in, and what is the same for all of its recipients. `sender` is what list entries are compared with; `claim`
    is what is asked about the sender, and whether it is proven; `key` is the signing key where the message carries headers of ours, `hops`
    what they count.
    """

    receipt: Receipt
    raw: bytes
    examined: Examined
    sender: Sender
    claim: Claim
    key: bytes | None
    hops: int
    now_ms: int


def look_at(services: Services, receipt: Receipt, raw: bytes) -> Seen:
    """Everything about the message that needs no look-up."""
    examined = examine(raw, receipt)
    parsed = examined.parsed
    key = services.secrets.signing_key() if has_own_headers(raw) else None
    now_ms = services.clock.now_ms()
    return Seen(
        receipt=receipt,
        raw=raw,
        examined=examined,
        sender=sender_of(
            receipt.envelope.mail_from,
            parsed.from_address,
            proven=is_proven(parsed, dmarc_pass=receipt.auth.dmarc is Outcome.PASS),
            permitted=receipt.auth.spf is Outcome.PASS,
            host=client_address(parsed, receipt),
        ),
        claim=Claim(
            question(parsed),
            proven=proven_author(parsed, receipt) is not None,
            checked=is_checked(receipt.auth),
            now_ms=now_ms,
        ),
        key=key,
        hops=trace_hops(raw, key=key) if key else 0,
        now_ms=now_ms,
    )


@dataclass(frozen=True, slots=True)
class Evidence:
    """`common` holds for every recipient; `own` is what each one's layers add."""

    common: tuple[Contribution, ...]
    own: dict[Address, tuple[Contribution, ...]]


def gather_evidence(services: Services, seen: Seen, view: View, recipients: Sequence[Address]) -> Evidence:
    """Signals and model layers, the global ones once for the message; with the words that moved them, where it is no clear ham."""
    listed: tuple[Contribution, ...] = ()
    if services.options.block_lists:
        from pratique.usecases.ask_block_lists import (  # noqa: PLC0415 - most installations ask none
            ask_block_lists,
        )

        listed = ask_block_lists(services, seen.examined.parsed, seen.receipt)
    common, own = layer_evidence(
        services, view.models, seen.examined.features, recipients, seen.examined.evidence
    )
    found = seen.examined.evidence + listed + common
    return Evidence(with_words(services, view.models, seen.examined.sample, found, own), own)


def entry_that_counts(seen: Seen, view: View, owner: Address) -> ListEntry | None:
    """The list entry that decides for a mailbox, if there is one."""
    return choose_entry(view.entries, owner, seen.sender, now=seen.now_ms // 1000)


def personal_evidence(
    services: Services, seen: Seen, view: View, copy_id: CopyId, entry: ListEntry | None
) -> tuple[Contribution, ...]:
    """Evidence that holds for one copy: what its owner knows of the sender, the list entry that counts, our own release header (bound to
    the envelope recipient), a loop.
    """
    recipient = copy_id.recipient
    found = relations.evidence(view.relations, copy_id.owner, seen.claim)
    if entry is not None:
        found.append(entry_contribution(entry))
    if seen.key is not None:
        origin = verify_release(seen.raw, recipient=recipient, key=seen.key, now_ms=seen.now_ms)
        if origin is not None:
            found.append(Contribution("released", RELEASED_WEIGHT, f"released before as {origin}"))
        if verify_digest(seen.raw, recipient=recipient, key=seen.key, now_ms=seen.now_ms):
            found.append(Contribution("digest", RELEASED_WEIGHT, "a digest of this quarantine"))
    if seen.hops >= services.options.max_hops:
        most = services.options.max_hops
        found.append(Contribution("loop", LOOP_WEIGHT, f"came through here {most} times"))
    return tuple(found)


def calibration_evidence(
    view: View, recipient: Address, evidence: tuple[Contribution, ...], *, spam_at: float
) -> tuple[Contribution, ...]:
    """What the recipient's domain takes off mail like this, so that its own good mail stays below its threshold. Nothing where a person has
    decided: an entry of a list means what it says.
    """
    calibration = view.calibrations.get(scope_chain(recipient)[1])
    if calibration is None or not calibration.shift or not 0 < spam_at < 1:
        return ()
    if any(item.signal in DECISIONS for item in evidence):
        return ()
    total = math.fsum(item.weight for item in evidence)
    less = relief(total, calibration.shift, held_at=math.log(spam_at / (1 - spam_at)))
    return (Contribution("calibration", less, CALIBRATION_DETAIL),) if less else ()
