"""What one submitted message costs: requests to AWS, and CPU. `python -m bench.submit [--messages N]`

Requests are counted at the SDK, with moto in this process in AWS's place: exact. The CPU is of one core: bytes of the SpamAssassin corpus (where it is
here, else one letter) completed as the gateway does it and judged as the submit function does it, with nothing stored and nothing learnt; no network.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient
from pratique.domain.address import parse_address
from pratique.domain.policy import Policy
from pratique.domain.scope import domain_scope
from pratique.usecases.draft_submission import Submission
from pratique.usecases.judge_outgoing import judge_outgoing
from pratique.usecases.submission_bytes import as_submitted
from pratique.usecases.submit_message import submit_message

from bench.measures import on_one_core
from cli.evaluate import measures
from tests import builders, fakes
from tests.contract.backends import stored_backend
from tests.corpora import find_corpus, labelled
from tests.emulator import REGION
from tests.unit.submission.sending import BOB, LETTER, SPAM, login

WIDTHS = (1, 10, 100)
"""Recipients of a message."""
CALL = "_make_api_call"
"""Where the SDK's clients all come by."""


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """How often each operation was asked for while this is open."""
    asked: Counter[str] = Counter()
    plain: Any = getattr(BaseClient, CALL)

    def call(client: Any, operation: str, given: dict[str, Any]) -> Any:
        asked[operation] += 1
        return plain(client, operation, given)

    with patch.object(BaseClient, CALL, call):
        yield asked


def completed(raw: bytes, name: str) -> bytes:
    """As the gateway stores it."""
    return as_submitted(
        raw, host="mx.example.org", source_id=name, received_ms=0, client_ip="192.0.2.7", helo="laptop"
    )


def requests() -> None:
    """A clean message and one that is held, to few and to many; the first of each kind warms what a process keeps."""
    from moto import mock_aws

    with mock_aws():
        services = stored_backend("moto", 1).services
        services.directory.put_route(builders.route("outgoing:example.org", host="smarthost.example"))
        services.directory.put_policy(
            domain_scope("example.org"),
            Policy(outgoing_quarantine=True, outgoing_per_minute=10_000, outgoing_lock_spams=100),
        )
        for kind, raw in (("clean", LETTER), ("held", SPAM)):
            for number in (0, *WIDTHS):
                name = f"{kind}{number}"
                people = tuple(parse_address(f"p{each}@else.example") for each in range(max(number, 1)))
                now_ms = services.clock.now_ms()
                services.store.put(f"out/{name}", completed(raw, name))
                with counted() as asked:
                    submit_message(
                        services, login(), Submission(name, now_ms, BOB, people, "192.0.2.7", "laptop")
                    )
                if number:
                    told = ", ".join(f"{count} {what}" for what, count in sorted(asked.items()))
                    print(f"{kind}, {number} recipients: {asked.total()} requests ({told})")


def cpu(messages: int) -> None:
    """Completing and judging."""
    folder = find_corpus("spamassassin")
    mail = [LETTER] * messages
    if folder is not None:
        drawn = labelled(folder)
        random.Random(1).shuffle(drawn)
        mail = [each.read() for each in drawn[:messages]]
    services, bob, eve = fakes.world().services, parse_address(BOB), (parse_address("eve@else.example"),)
    took: dict[str, list[float]] = {"complete": [], "judge": []}
    for number, raw in enumerate(mail):
        began = time.process_time()
        made = completed(raw, str(number))
        between = time.process_time()
        judge_outgoing(
            services, made, mail_from=BOB, owner=bob, recipients=eve, own_from=lambda _address: True
        )
        took["complete"].append(1000 * (between - began))
        took["judge"].append(1000 * (time.process_time() - between))
    for name, times in took.items():
        half, most = (measures.percentile(sorted(times), percent) for percent in (50, 99))
        print(f"{name}: {len(times)} messages, half below {half:.2f} ms, 99 % below {most:.2f} ms CPU")


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--messages", type=int, default=600, help="how many to judge")
    given = options.parse_args()
    logging.disable(logging.CRITICAL)
    os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION=REGION)
    requests()
    on_one_core()
    cpu(given.messages)


if __name__ == "__main__":
    main()
