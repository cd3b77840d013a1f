"""What is behind the weights about senders, and what their check costs. `python -m bench.senders [INDEX.tsv ...]`

For each labelled index (columns: number, label, path relative to the index, ...): what the receiving server of the time wrote about
authentication into the topmost Authentication-Results field, as shares of the messages that have one; how many messages bear the name of a
company that they do not come from. Then the CPU time of the SMTP edge's own check, with keys made for the run and a DNS in memory.
"""

from __future__ import annotations

import argparse
import re
import time
from collections import Counter
from pathlib import Path

from pratique.domain.envelope import Envelope, Receipt
from pratique.filtering.parse import parse
from pratique.filtering.signals import brands

from gateway.authentication.check import SenderCheck
from gateway.authentication.verdicts import Arrival
from tests.gateway.authentication.signer import FROM_ALICE, REST, sign, zone

HEADER = 256 * 1024
BARE = Receipt("bench", 0, Envelope("", ()))
_BLANK = re.compile(rb"\r?\n\r?\n")
_METHOD = re.compile(r"\b(dmarc|spf|dkim)=(\w+)")
LINE = b"VGhpcyBpcyBhIGxpbmUgb2YgYmFzZTY0IGFzIGF0dGFjaG1lbnRzIGhhdmUgdGhlbSwgNzYgb2N0ZXRz\r\n"


def results(index: Path) -> None:
    """The figures of one index."""
    said: dict[str, Counter[str]] = {}
    total, borrowed = Counter[str](), Counter[str]()
    for row in index.read_text(encoding="utf-8").splitlines():
        _, label, path, *_ = row.split("\t")
        with (index.parent / path).open("rb") as file:
            head = _BLANK.split(file.read(HEADER), 1)[0] + b"\n\n"
        parsed = parse(head)
        total[label] += 1
        borrowed[label] += any(each.signal == "brand:name" for each in brands.evidence(parsed, BARE))
        field = parsed.header("authentication-results").lower()
        if field:
            found = dict(reversed(_METHOD.findall(field)))
            counts = said.setdefault(label, Counter())
            counts["said"] += 1
            counts["DMARC passes"] += found.get("dmarc") in ("pass", "bestguesspass")
            counts["DMARC passes by a policy"] += found.get("dmarc") == "pass"
            counts["DMARC fails"] += found.get("dmarc") == "fail"
            counts["nothing passes"] += "pass" not in (found.get("spf"), found.get("dkim"))
    for label, count in sorted(total.items()):
        print(
            f"{index.parent.name} {label}: {count} messages, a company's name borrowed by {borrowed[label]}"
        )
        for what, number in said.get(label, Counter()).items():
            share = (
                f" ({number / said[label]['said']:.1%})"
                if what != "said"
                else " have an Authentication-Results field"
            )
            print(f"    {what}: {number}{share}" if what != "said" else f"    {number}{share}")


def cost() -> None:
    """CPU ms of one check, SPF, one RSA signature of 2,048 bits and DMARC."""
    published = zone()
    published.put("_dmarc.example.org", "TXT", "v=DMARC1; p=reject")
    published.put("example.org", "TXT", "v=spf1 include:a.example include:b.example -all")
    published.put("a.example", "TXT", "v=spf1 ip4:192.0.2.0/24 -all")
    published.put("b.example", "TXT", "v=spf1 ip4:198.51.100.0/24 -all")
    check = SenderCheck(published)
    for lines, times in ((0, 100), (100, 100), (25_000, 5), (480_000, 1)):
        raw = sign(FROM_ALICE + REST + b"\r\n" + LINE * lines, canonicalize=(b"relaxed", b"relaxed"))
        arrival = Arrival(raw, "alice@example.org", "9.9.9.9", "mail.example.org")
        check(arrival)
        start = time.process_time()
        for _ in range(times):
            check(arrival)
        print(f"check of {len(raw):>10,} octets: {(time.process_time() - start) / times * 1000:8.1f} ms")
    check.close()


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("index", nargs="*", type=Path, help="a labelled index")
    for index in parser.parse_args().index:
        results(index)
    cost()


if __name__ == "__main__":
    main()
