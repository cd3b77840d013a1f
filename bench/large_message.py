"""Memory and time for the largest message SES takes (40 MB): `python -m bench.large_message`.

Each row is a process of its own: peak resident memory and CPU time of taking the message in (parse, judge, store rows) and of preparing
it for the next hop, over in-memory services, so that the figures are our code's and not the network's. Beside it the peer: the standard
library's parser with every part decoded, which is what a filter without bounds does.
"""

from __future__ import annotations

import base64
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SIZE = 40 * 1024 * 1024
CASES = ("start", "stdlib", "ingest", "deliver")


def large_message() -> bytes:
    """Just under 40 MB: a short text and one attachment of random octets."""
    head = (
        b"From: Ann <ann@friend.example>\r\nTo: bob@example.org\r\nSubject: the film\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHere it is.\r\n'
        b"--b\r\nContent-Type: video/mp4; name=film.mp4\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )
    octets = random.Random(1).randbytes((SIZE - len(head) - 100) // 78 * 57)
    return head + base64.encodebytes(octets).replace(b"\n", b"\r\n") + b"--b--\r\n"


def _stdlib(raw: bytes) -> None:
    import email

    for part in email.message_from_bytes(raw).walk():
        part.get_payload(decode=True)


def _path(raw: bytes, *, deliver: bool) -> None:
    from tests import builders
    from tests.path import arrive, opened, work_off

    world = opened()
    arrive(world, builders.receipt(), raw)
    if deliver:
        work_off(world)
        if not world.courier.parcels[0].data.endswith(raw):
            raise SystemExit("the message did not come through unchanged")


def measure(case: str, path: str) -> dict[str, float]:
    """Run one case in this process: MB at the peak, and CPU seconds. `start` holds the message and does nothing."""
    raw = Path(path).read_bytes()
    if case in ("ingest", "deliver"):
        import pratique.usecases.deliver_copy
        import pratique.usecases.ingest_message  # noqa: F401 - loaded before the clock starts
    begun = time.process_time()
    if case == "stdlib":
        _stdlib(raw)
    elif case != "start":
        _path(raw, deliver=case == "deliver")
    seconds = time.process_time() - begun
    return {"mb": _peak(), "seconds": seconds}


def _peak() -> float:
    """Peak resident MB of this program (Linux); getrusage would count what the parent held at the fork."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def main() -> None:
    """Print the table."""
    rows = {}
    with tempfile.NamedTemporaryFile() as file:
        size = file.write(large_message())
        file.flush()
        for case in CASES:
            command = [sys.executable, "-m", "bench.large_message", case, file.name]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            rows[case] = json.loads(done.stdout.splitlines()[-1])
    print(f"A message of {size / 1e6:.1f} MB; peak memory of the process, CPU seconds, ratio to the peer")
    for case in CASES:
        mb, seconds = rows[case]["mb"], rows[case]["seconds"]
        against = f"{mb / rows['stdlib']['mb']:.2f} x stdlib" if case not in ("start", "stdlib") else ""
        print(f"  {case:8} {mb:7.0f} MB  {seconds:6.2f} s  {against}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure(sys.argv[1], sys.argv[2])))
    else:
        main()
