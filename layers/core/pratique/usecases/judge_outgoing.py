"""What is thought of a message that somebody of ours sends: would those who get it call it spam?

A stolen password is the case to catch: mass, links, phishing, to people that this sender never wrote to. Nothing vouches for us to ourselves,
so SPF, DKIM, DMARC, the way it came, and what strangers are to the recipient say nothing here. The words are judged by the seed and the
global layer, which know what spam looks like anywhere, and by layers of outgoing mail (docs/outgoing.md): what a domain wants to *get* is
another question than what it wants to *send*.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pratique.domain.address import Address
from pratique.domain.envelope import Envelope, Receipt
from pratique.domain.verdict import Contribution
from pratique.filtering.examine import Examined, examine
from pratique.filtering.submission import submission_evidence, tells_of_sending
from pratique.ports.services import Services
from pratique.usecases.layers import outgoing_chain, outgoing_evidence
from pratique.usecases.name_words import with_words


@dataclass(frozen=True, slots=True)
class Judged:
    """The message as it was read, and the evidence: `common` is what the signals and the broad layers say, `own` what the sender's own layers
    of outgoing mail add. `own_from`: whether the address in From is one that the login may send as.
    """

    examined: Examined
    own_from: bool
    common: tuple[Contribution, ...]
    own: tuple[Contribution, ...]


def judge_outgoing(
    services: Services,
    raw: bytes,
    *,
    mail_from: str,
    owner: Address,
    recipients: Sequence[Address],
    own_from: Callable[[Address], bool],
) -> Judged:
    """Judge it. `own_from` says whether the login may send as an address."""
    receipt = Receipt("", 0, Envelope(mail_from, tuple(recipients)))
    examined = examine(raw, receipt)
    known = services.correspondents.known(owner, recipients)
    signals = tuple(each for each in examined.evidence if tells_of_sending(each))
    author = examined.parsed.from_address
    its_own = author is not None and own_from(author)
    signals += submission_evidence(examined.parsed, recipients, known=known, own_from=its_own)
    versions = services.directory.models(outgoing_chain(owner))
    common, own = outgoing_evidence(services, versions, examined.features, owner, signals)
    found = with_words(services, versions, examined.sample, signals + common, {owner: own})
    return Judged(examined, its_own, found, own)
