"""The classifier's weights: small on-line logistic regressions, one for each view, learnt from lessons, standard library only.

Each view is a logistic regression over hashed features with L2-normalised rows; a message's log-odds are the mean over the views. It is
trained only where it is not sure of the right answer (TONE: Sculley and Wachman, SIGIR 2007; the views and their mean: Cormack, wat3 at
TREC 2007), in steps that shrink for each feature as it is trained (AdaGrad: Duchi, Hazan and Singer, JMLR 2011), and less by labels that
are probably wrong (`Model.doubt`). Layers (global, domain, recipient) are models of their own whose log-odds add up.

Weights are 16-bit whole numbers of 1/512, so sums are exact and the same on every machine; a model is 790 kB in memory.
"""

from __future__ import annotations

import math
import struct
import zlib
from array import array
from collections.abc import Sequence
from operator import itemgetter

from pratique.domain.errors import PermanentFailure
from pratique.domain.verdict import Contribution, sigmoid

from .features import BUCKETS, VIEWS, Features
from .weights import pack, unpack

SHARES = (1.5, 1.0, 1.0, 0.5, 0.4)
"""What each view counts in the mean. Learning these did no better (docs/filter.md, "What was tried")."""
RATE = 12.0
"""Step of a lesson (eta) for features never trained before."""
TRAINED = 255
"""How often a feature was trained is counted up to this: one octet each."""
SHRINK = tuple(1 / math.sqrt(1 + 0.1 * count) for count in range(TRAINED + 1))
"""The step's factor for a feature that was trained so many times."""
MARGIN = 0.1
"""No step where the predicted probability is this near to the label."""
STEP = 1 / 512
"""Log-odds of one unit of a weight: finer steps do no better, and pack worse."""
SCALE = 2.5
"""From the learners' mean log-odds to the evidence's. MARGIN stops lessons early, so the learners are surer than they say."""
MOST = 12.0
"""Bound of all layers together, in log-odds."""
YOUNG = 50.0
"""Lessons after which a layer is half believed (`Model.trust`)."""
FAMILIAR = 1_000.0
"""Lessons of each kind after which a layer half knows its site (`Model.known`)."""

SURE = math.log(9)
"""Log-odds from which on a layer counts as sure, when it asks itself how often labels contradict it."""
BELIEF = 2.0
"""From the learners' mean log-odds to the belief that a label is weighed against."""
UNUSUAL = 0.15
"""Contradicted in more than this part of the lessons that it was sure of, a layer is taught by its mistakes alone, or the mail has changed:
that does not say that labels are wrong."""
WITNESSES = 50
"""Lessons without contradiction that a layer is taken to have had before its first."""
LEAST_STEP = 0.2
"""However doubtful a label is, its step is not less than this part: what is repeated is believed in the end."""

MAX_PLAIN = 16 * 1024 * 1024
"""Octets of a model when unpacked; its weights take 790 kB, the rest is ids of lessons."""

_MAGIC = b"PQM3"
_OLD_MAGIC = b"PQM2"
_OLD_VIEWS = ("", "", "text", "marks")
"""The views of older models: those that read other octets now, or read them otherwise, have no name, and begin anew."""
_HEAD = struct.Struct(">QQQQQI")
_LARGEST = 32_767
_ALONE = (0.0,) * len(VIEWS)


class Model:
    """The weights of one layer.

    `version` grows by one at each save (the caller's part); `applied` holds ids of lessons it has that may still be pending in the
    journal; `lessons_ham` and `lessons_spam` count what `learn` was given; `counts` how often each feature was trained; `sure` and
    `contradicted` how often the layer was sure before a lesson, and wrong by its label.
    """

    __slots__ = (
        "applied",
        "contradicted",
        "counts",
        "lessons_ham",
        "lessons_spam",
        "sure",
        "version",
        "weights",
    )

    def __init__(self, weights: tuple[array[int], ...], counts: tuple[bytearray, ...]) -> None:
        self.weights = weights
        self.counts = counts
        self.version = 0
        self.applied: frozenset[str] = frozenset()
        self.lessons_ham = 0
        self.lessons_spam = 0
        self.sure = 0
        self.contradicted = 0

    @classmethod
    def empty(cls) -> Model:
        """A model that has learnt nothing: log-odds 0 for everything."""
        return cls(
            tuple(array("h", bytes(2 * BUCKETS)) for _ in VIEWS), tuple(bytearray(BUCKETS) for _ in VIEWS)
        )

    @classmethod
    def loads(cls, data: bytes) -> Model:
        """The model of `dumps`; of an older program's, what is still read in the same way. Raises PermanentFailure for anything else."""
        try:
            return cls._read(data)
        except (ValueError, struct.error, zlib.error) as error:
            raise PermanentFailure(f"not a model: {error}") from None

    @classmethod
    def _read(cls, data: bytes) -> Model:
        unpacker = zlib.decompressobj()
        plain = unpacker.decompress(data[len(_MAGIC) :], MAX_PLAIN)
        if data[: len(_MAGIC)] not in (_MAGIC, _OLD_MAGIC) or not unpacker.eof or unpacker.unused_data:
            raise ValueError("cut, or of another make")
        stored = VIEWS if data.startswith(_MAGIC) else _OLD_VIEWS
        version, ham, spam, sure, contradicted, size = _HEAD.unpack_from(plain)
        names, *views = _split(plain[_HEAD.size :])
        if size != BUCKETS or len(views) != len(stored):
            raise ValueError("other views than this program's")
        found = {view: unpack(octets, BUCKETS) for view, octets in zip(stored, views, strict=True)}
        model = cls.empty()
        model.weights, model.counts = zip(
            *(found.get(view, own) for view, *own in zip(VIEWS, model.weights, model.counts, strict=True)),
            strict=True,
        )
        model.version, model.lessons_ham, model.lessons_spam = version, ham, spam
        model.sure, model.contradicted = sure, contradicted
        model.applied = frozenset(names.decode().split("\n")) if names else frozenset()
        return model

    def dumps(self) -> bytes:
        """The model as octets; the same model gives the same octets. A few kB after a few lessons, about 300 kB when full."""
        head = _HEAD.pack(
            self.version, self.lessons_ham, self.lessons_spam, self.sure, self.contradicted, BUCKETS
        )
        fields = ["\n".join(sorted(self.applied)).encode(), *map(pack, self.weights, self.counts)]
        plain = head + b"".join(len(field).to_bytes(4, "big") + field for field in fields)
        return _MAGIC + zlib.compress(plain, 4)

    def by_view(self) -> tuple[array[int], ...]:
        """The weights of each view, in STEPs."""
        return self.weights

    def log_odds(self, features: Features) -> tuple[float, ...]:
        """This layer's log-odds of spam, per view, drawn towards 0 while the layer is young: one lesson must not decide."""
        plain = self.plain_log_odds(features)
        trust = self.trust(spam=mean(plain) > 0)
        return tuple(trust * odds for odds in plain)

    def plain_log_odds(self, features: Features) -> tuple[float, ...]:
        """The learners' own log-odds, per view, however young they are: what `learn` goes by."""
        return tuple(
            weigh(weights, row) * STEP / math.sqrt(len(row) or 1)
            for weights, row in zip(self.weights, features.rows, strict=True)
        )

    def trust(self, *, spam: bool) -> float:
        """How far the layer is believed, 0..1, when it says spam (or ham).

        Who has only seen spam finds everything like spam: after ten such lessons a plain sum held 98 % of the SpamAssassin corpus' later ham.
        So lessons of the other kind count most, those of the same kind little, and saying spam needs more of them.
        """
        known, same = (self.lessons_ham, self.lessons_spam) if spam else (self.lessons_spam, self.lessons_ham)
        lessons = min(known + same, 4 * known + min(same / 4, 2) + (1 if spam else 4))
        return lessons / (lessons + YOUNG)

    @property
    def known(self) -> float:
        """How well the layer knows its site, 0..1: by lessons of the kind it has fewer of."""
        fewer = min(self.lessons_ham, self.lessons_spam)
        return fewer / (fewer + FAMILIAR)

    def learn(
        self, features: Features, *, is_spam: bool, base: tuple[float, ...] = _ALONE, rate: float = 1.0
    ) -> bool:
        """Take one lesson: a step in each view whose prediction (`base`, the other layers' log-odds, plus its own, full) is not within
        MARGIN of the label. `rate` scales the step (less for labels one trusts less). True if any weight changed.

        A base that is shorter than VIEWS comes with a lesson that is older than the last of them: the others said nothing of those.
        """
        above = (*base, *_ALONE[len(base) :])
        odds = [sum(pair) for pair in zip(above, self.plain_log_odds(features), strict=True)]
        believed = BELIEF * mean(odds) if is_spam else -BELIEF * mean(odds)
        rate *= self.doubt(believed)
        self._note(believed, is_spam=is_spam)
        changed = False
        for view, row in enumerate(features.rows):
            error = (1.0 if is_spam else 0.0) - sigmoid(odds[view])
            if abs(error) > MARGIN and row:
                full = RATE * rate * error / (math.sqrt(len(row)) * STEP)
                changed = _train(self.weights[view], self.counts[view], row, full) or changed
        return changed

    def doubt(self, believed: float) -> float:
        """The part of a step (LEAST_STEP..1) that a label is worth which the layer, before the lesson, believed in with these log-odds.

        Where labels are wrong now and then, one that contradicts a sure layer is more likely wrong than right: by Bayes' rule, with the
        part of wrong labels that this layer has met. A layer that was never contradicted, or often, does not doubt.
        """
        wrong = self.contradicted / (self.sure + WITNESSES)
        if not wrong or self.contradicted > UNUSUAL * self.sure:
            return 1.0
        right = (1 - wrong) * sigmoid(believed)
        return max(LEAST_STEP, right / (right + wrong * sigmoid(-believed)))

    def _note(self, believed: float, *, is_spam: bool) -> None:
        if abs(believed) > SURE:
            self.sure += 1
            self.contradicted += believed < 0
        if is_spam:
            self.lessons_spam += 1
        else:
            self.lessons_ham += 1


def weigh(weights: array[int], row: tuple[int, ...]) -> int:
    """The sum of a row's weights, in STEPs."""
    # Twice as fast as a loop; for one bucket alone itemgetter gives no tuple.
    return sum(itemgetter(*row)(weights)) if len(row) > 1 else sum(weights[bucket] for bucket in row)


def _train(weights: array[int], counts: bytearray, row: tuple[int, ...], full: float) -> bool:
    """A step of `full` (in STEPs) in each weight of the row, shrunk by how often it was trained. True if any changed."""
    steps = [round(full * factor) for factor in SHRINK]
    if not steps[0]:
        return False
    for bucket in row:
        count = counts[bucket]
        weight = weights[bucket] + steps[count]
        weights[bucket] = weight if -_LARGEST <= weight <= _LARGEST else (-_LARGEST, _LARGEST)[weight > 0]
        if count < TRAINED:
            counts[bucket] = count + 1
    return True


def _split(octets: bytes) -> list[bytes]:
    fields = []
    at = 0
    while at < len(octets):
        end = at + 4 + int.from_bytes(octets[at : at + 4], "big")
        if end > len(octets):
            raise ValueError("a field that is cut")
        fields.append(octets[at + 4 : end])
        at = end
    return fields


def mean(odds: Sequence[float]) -> float:
    """The views' log-odds as one, by SHARES."""
    return math.fsum(map(float.__mul__, map(float, odds), SHARES)) / math.fsum(SHARES)


def combine(*layers: tuple[float, ...]) -> list[float]:
    """Each layer's contribution in log-odds, the broadest layer first.

    They add up to SCALE times the mean over the views of the layers' summed log-odds, kept within +-MOST after each layer; so a layer's
    contribution depends on those before it, never on those after it.
    """
    shares = []
    total = 0.0
    for layer in layers:
        reached = max(-MOST, min(MOST, total + SCALE * mean(layer)))
        shares.append(reached - total)
        total = reached
    return shares


def classifier_contribution(layer_name: str, log_odds: float) -> Contribution:
    """The evidence of one layer; `layer_name` is `classifier:seed`, `classifier`, `classifier:domain` or `classifier:recipient`."""
    leaning = "like spam" if log_odds > 1 else "like ham" if log_odds < -1 else "undecided"
    return Contribution(layer_name, log_odds, leaning)
