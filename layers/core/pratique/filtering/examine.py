"""From bytes to everything the filter knows of a message by itself, before lists, layers and people come in: the one way in for ingest,
evaluation and benchmarks, so that what is measured is what judges mail.
"""

from __future__ import annotations

from dataclasses import dataclass

from pratique.domain.envelope import Receipt
from pratique.domain.verdict import Contribution

from .classifier.features import Features, features_of
from .classifier.sample import pack_sample, sample_fields
from .evidence import message_evidence
from .fingerprint import fingerprint
from .parse import parse
from .parsed import ParsedMessage


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found. `evidence` is the bias and the signals; `sample` is the compact form that lessons carry, `features` what the
    classifier reads of it, `fingerprint` the near-duplicate key ('' where there is too little for one).
    """

    parsed: ParsedMessage
    evidence: tuple[Contribution, ...]
    sample: bytes
    features: Features
    fingerprint: str = ""


def examine(raw: bytes, receipt: Receipt) -> Examined:
    """Parse, look for signals, make the sample. Never raises, whatever the bytes are; bounded in depth, size and time."""
    return examine_parsed(parse(raw), receipt)


def examine_parsed(parsed: ParsedMessage, receipt: Receipt) -> Examined:
    """The same for a message that is parsed already."""
    evidence = message_evidence(parsed, receipt)
    fields = sample_fields(parsed, evidence)
    return Examined(parsed, evidence, pack_sample(fields), features_of(fields), fingerprint(parsed))
