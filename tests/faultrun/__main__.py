"""The command: run, check, print what came of it. Exit code 1 if anything does not add up."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import sys
import time
from pathlib import Path

from tests.faultrun.run import run


def main() -> int:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.faultrun", description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=0.01, help="chance of a fault at each call of a port")
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    began = time.monotonic()
    with (Path(os.devnull)).open("w") as nowhere, contextlib.redirect_stdout(nowhere):  # metrics
        report = run(given.messages, given.seed, rate=given.rate, say=_say)
    sys.stdout.write("\n".join([*report.lines, f"{time.monotonic() - began:.0f} s", ""]))
    return 1 if report.faults else 0


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
