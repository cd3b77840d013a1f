"""Wrong lessons against the guards: honest corpora, hostile administrators. `python -m bench.poison [FOLDER] [--first N]`

FOLDER holds an index.tsv; without one, the SpamAssassin corpus by date. The first 80 % are lessons of a domain's administrator, in batches
as an upload comes; the rest measures. Prints how many honest lessons were parked, and what hostile ones in batches of several sizes came to:
how many were parked, and the rest's ham held and spam missed before and after.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import math
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pratique.domain.actor import Actor
from pratique.domain.address import parse_address
from pratique.domain.envelope import Envelope, Receipt
from pratique.domain.lesson import Label, Lesson, LessonState, author_of, standing_of
from pratique.domain.scope import Scope, domain_scope
from pratique.filtering.classifier.features import Features, features
from pratique.filtering.examine import examine
from pratique.usecases.layers import layer_evidence
from pratique.usecases.learn_lessons import learn_lessons

from bench.measures import misses, on_one_core, roca
from tests import builders, fakes
from tests.corpora import find_corpus, labelled

ORG = domain_scope("example.org")
DESK = builders.actor(ORG)
RECEIPT = Receipt("bench", 0, Envelope("", ()))
Sample = tuple[bytes, bool]


def lessons(
    samples: Sequence[Sample], actor: Actor, scope: Scope, at_ms: int, *, wrong: bool = False
) -> list[Lesson]:
    """Lessons of one actor, one millisecond apart."""
    given = []
    for number, (sample, is_spam) in enumerate(samples):
        label = Label.SPAM if is_spam is not wrong else Label.HAM
        name = hashlib.sha256(f"{actor.name}{wrong}".encode() + sample).hexdigest()[:32]
        standing = standing_of(actor)
        given.append(
            Lesson(
                name,
                scope,
                label,
                author_of(actor),
                at_ms + number,
                sample,
                standing=standing,
                giver=actor.scope,
                rate=standing.rate,
            )
        )
    return given


def teach(world: fakes.World, given: Sequence[Lesson], batch: int) -> None:
    """Batch by batch, as uploads come."""
    for at in range(0, len(given), batch):
        world.journal.add(given[at : at + batch])
        with contextlib.redirect_stdout(io.StringIO()):
            while learn_lessons(world.services, given[at].scope).more:
                pass


def measure(world: fakes.World, rest: Sequence[tuple[Features, bool]]) -> str:
    """1-ROCA %, ham misclassified %, spam misclassified % by the classifier's word: the seed and the domain's layer."""
    someone = parse_address("someone@example.org")
    versions = world.directory.look_up([someone], []).models
    scored = []
    for found, is_spam in rest:
        common, own = layer_evidence(world.services, versions, found, [someone])
        scored.append((math.fsum(each.weight for each in (*common, *own[someone])), is_spam))
    _, hm, sm = misses(scored)
    return f"1-ROCA {roca(scored):6.3f}  hm {hm:5.2f}  sm {sm:5.2f}"


def states(world: fakes.World, given: Sequence[Lesson]) -> dict[str, int]:
    """What became of them."""
    found = world.journal.get(ORG, [each.id for each in given])
    return {s.value: n for s in LessonState if (n := sum(r.state is s for r in found.values()))}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    options.add_argument("folder", nargs="?", type=Path)
    options.add_argument("--first", type=int, default=None)
    options.add_argument("--batch", type=int, default=100)
    given = options.parse_args()
    folder = given.folder or find_corpus("spamassassin")
    if folder is None:
        raise SystemExit("the SpamAssassin corpus is not here: name a folder, or set PRATIQUE_CORPORA")
    on_one_core()
    entries = labelled(folder)[: given.first]
    samples = [(examine(entry.read(), RECEIPT).sample, entry.is_spam) for entry in entries]
    cut = len(samples) * 8 // 10
    rest = [(features(sample), is_spam) for sample, is_spam in samples[cut:]]

    def taught() -> tuple[fakes.World, list[Lesson]]:
        world = fakes.world()
        honest = lessons(samples[:cut], DESK, ORG, builders.NOW_MS)
        teach(world, honest, given.batch)
        return world, honest

    started = time.process_time()
    world, honest = taught()
    speed = cut / (time.process_time() - started)
    print(
        f"honest, batches of {given.batch}: {states(world, honest)}  {measure(world, rest)}  {speed:.0f} lessons/s",
        flush=True,
    )
    thief = replace(DESK, name="token:stolen")
    hostile = lessons(samples[cut - 1000 : cut], thief, ORG, builders.NOW_MS + 10**7, wrong=True)
    for size in (400, 100, 20, 5):
        world, _ = taught()
        teach(world, hostile, size)
        print(f"hostile, batches of {size}: {states(world, hostile)}  {measure(world, rest)}", flush=True)
    world, _ = taught()
    teach(world, [replace(each, accepted=True) for each in hostile], 400)
    print(f"hostile, and nobody looks: {states(world, hostile)}  {measure(world, rest)}", flush=True)


if __name__ == "__main__":
    main()
