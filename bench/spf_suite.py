"""The SMTP edge's SPF against the RFC's public test suite: `python -m bench.spf_suite rfc7208-tests.yml`

The suite is the openspf project's (rfc7208-tests.yml, as in the repository of pyspf); it is no part of this project. Cases give zone data, a
client, HELO and MAIL FROM, and the results that the RFC allows.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from gateway.authentication.lookups import Lookups
from gateway.authentication.spf import check_spf
from tests.fake_zone import FakeZone


def zone(data: Mapping[str, list[Any]]) -> FakeZone:
    """The suite's zone data. Records of the type SPF, which nobody asks for any more (RFC 7208, 3.1), stand for TXT where there is none."""
    made, found = FakeZone(), defaultdict(list)
    for name, records in data.items():
        host = name.lower().rstrip(".")
        kinds = {kind for each in records if isinstance(each, dict) for kind in each}
        for each in records:
            if each == "TIMEOUT":  # what is not given does not answer
                if not any(isinstance(one, dict) and one.get("TXT", "NONE") != "NONE" for one in records):
                    made.failing.add(host)
                continue
            ((kind, value),) = each.items()
            if kind == "SPF" and ("TXT" in kinds or value in ("NONE", "TIMEOUT")):
                continue
            if value != "NONE":
                found[host, "TXT" if kind == "SPF" else kind].append(_value(kind, value))
    for (host, kind), values in found.items():
        made.put(host, kind, *values)
    return made


def _value(kind: str, value: Any) -> str:
    if kind == "MX":
        return f"{value[0]} {value[1]}"
    return "".join(value) if isinstance(value, list) else str(value)


def main() -> int:
    """Print each case that gives another result; the number of those."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suite", type=Path)
    total = failed = 0
    for part in yaml.safe_load_all(parser.parse_args().suite.read_text(encoding="utf-8")):
        published = zone(part["zonedata"])
        for name, case in part["tests"].items():
            allowed = [case["result"]] if isinstance(case["result"], str) else case["result"]
            found = check_spf(
                Lookups(published, seconds=20),
                client_ip=case["host"],
                mail_from=case["mailfrom"],
                helo=case["helo"],
            ).value
            total += 1
            if found not in allowed:
                failed += 1
                print(f"{part['description']}, {name}: {found}, not {' or '.join(allowed)}")
    print(f"{total - failed} of {total} cases give a result that the suite allows")
    return failed


if __name__ == "__main__":
    sys.exit(main())
