"""Where the mistakes are in the order of likely mistakes, and how likely they are by the distance from the threshold: `python -m bench.triage`

The SpamAssassin corpus (found as in the tests), judged in its order and learnt as it goes, without the seed (which was made from it) and with it. The
first 500 messages are left out. What is held stands in two lists, by time and by chance of a mistake; the figures say how much of each list is read until the last
good message was seen. Also what folding costs. About a minute.
"""

from __future__ import annotations

import math
import random
import time

from pratique.domain.triage import judge_mistake, write_triage
from pratique.domain.verdict import Contribution
from pratique.filtering.classifier.onlooker import Trial
from pratique.usecases.fold_campaigns import fold_campaigns

from cli.evaluate.mail import read_index
from cli.evaluate.protocol import Kind, Protocol
from cli.evaluate.run import Configuration, run
from tests.builders import a_copy
from tests.corpora import find_corpus

SPAM_AT = 0.9
SKIPPED = 500
STEPS = ((0, 2), (2, 4), (4, 8), (8, math.inf))
"""Log-odds above the threshold."""
FOLDED = 1_000


def chance(odds: float) -> float:
    """Of a stranger's message with this score."""
    kept = write_triage((Contribution("all", odds),), spam_at=SPAM_AT, proven=False, dangerous=False)
    return judge_mistake(kept, score=0.0).chance


def show(name: str, held: list[tuple[float, bool]]) -> None:
    """`held` is (log-odds, whether it is spam), in the order of arrival."""
    border = math.log(SPAM_AT / (1 - SPAM_AT))
    print(f"{name}: {len(held)} held, {sum(not spam for _, spam in held)} of them good")
    for low, high in STEPS:
        inside = [(odds, spam) for odds, spam in held if low <= odds - border < high]
        good = sum(not spam for _, spam in inside)
        said = sum(chance(odds) for odds, _ in inside)
        print(
            f"  {low:g} to {high:g} above: {len(inside)} held, {good} good; the chances add up to {said:.1f}"
        )
    ordered = sorted(held, key=lambda each: -chance(each[0]))
    for title, listed in (("by time, newest first", held[::-1]), ("by chance", ordered)):
        places = [place for place, (_, spam) in enumerate(listed, 1) if not spam]
        if places:
            shares = ", ".join(f"{place / len(listed):.1%}" for place in places)
            print(f"  {title}: good mail after reading {shares} of the list")


def fold(campaigns: int) -> None:
    """How long a window takes to fold."""
    chosen = random.Random(7)
    keys = [f"{chosen.getrandbits(64):016x}" for _ in range(campaigns)]
    copies = [a_copy(n, fingerprint=keys[n % campaigns], triage="3.0 p") for n in range(FOLDED)]
    began = time.process_time()
    lines = fold_campaigns(copies)
    print(f"{FOLDED} copies in {len(lines)} lines: {1000 * (time.process_time() - began):.1f} ms")


def main() -> None:
    folder = find_corpus("spamassassin")
    if folder is None:
        raise SystemExit("the SpamAssassin corpus is not here (PRATIQUE_CORPORA)")
    collection = read_index(folder / "index.tsv")
    done = run(
        collection.mail,
        Protocol(Kind.ONLINE),
        [Configuration("without the seed", start=lambda: Trial(seed=False)), Configuration("with the seed")],
    )
    for outcome in done.outcomes:
        border = math.log(SPAM_AT / (1 - SPAM_AT))
        held = [each for each in outcome.scores.scored()[SKIPPED:] if each[0] >= border]
        show(outcome.configuration.name, held)
    for campaigns in (50, FOLDED):
        fold(campaigns)


if __name__ == "__main__":
    main()
