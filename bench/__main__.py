"""All benches, one after the other: `make bench`. Each says what it measured; one that lacks a peer or a corpus says that."""

from __future__ import annotations

import subprocess
import sys

BENCHES = (
    "cold_start",
    "judge",
    "learn",
    "seed",
    "list_page",
    "look_up",
    "submit",
    "search",
    "large_message",
    "structure",
    "what_if",
    "imap --short",
)


def main() -> int:
    """Run them; the number of those that failed."""
    failed = 0
    for name in BENCHES:
        print(f"\n== bench.{name} " + "=" * (60 - len(name)), flush=True)
        failed += (
            subprocess.run([sys.executable, "-m", *f"bench.{name}".split()], check=False).returncode != 0
        )
    return failed


if __name__ == "__main__":
    sys.exit(main())
