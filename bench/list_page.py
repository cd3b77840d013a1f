"""What a page of 50 held copies costs, with few and with 100,000 of them: `python -m bench.list_page`.

At three scopes, the first page and one from the middle, with delivered copies of the same people beside the held ones. On the fakes (the use
cases' own cost) and on dynalite, an implementation of DynamoDB's API from npm that keeps its indexes sorted as DynamoDB does. The evidence
that does not depend on a machine is the number of rows read for a page and the capacity charged for it: it must not grow. Milliseconds on dynalite are those
of a JavaScript process on this machine, not of DynamoDB. The laptop's emulator is not measured: it reads a whole partition for every query.
99 % delivered beside 100,000 held would be ten million rows; so that share is measured with 10,000 and with 100,000 rows in all, and the largest
list beside as many delivered ones. Takes about four minutes (`--small`: one).
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from pratique.adapters.aws.index import DynamoIndex
from pratique.adapters.aws.rows import copy_row
from pratique.adapters.aws.table import Slice, Table
from pratique.adapters.aws.table_shape import shape
from pratique.adapters.cursors import encode_cursor
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy
from pratique.domain.scope import GLOBAL, Scope, domain_scope, recipient_scope
from pratique.ports.mail_index import MailIndex

from tests.builders import NOW, a_copy
from tests.emulator import REGION, free_port
from tests.fake_index import FakeIndex

PAGE = 50
SCOPES = {
    "recipient": recipient_scope("bob@example.org"),
    "domain": domain_scope("example.org"),
    "global": GLOBAL,
}
DYNALITE = "dynalite@4"


@dataclass(frozen=True)
class Size:
    """How many copies lie there."""

    held: int
    delivered: int

    def __str__(self) -> str:
        return f"{self.held:,} held beside {self.delivered:,} delivered"

    def copies(self) -> Iterator[Copy]:
        """Held ones spread evenly over the time of all."""
        total = self.held + self.delivered
        for number in range(total):
            held = number * self.held // total != (number + 1) * self.held // total
            yield a_copy(number, state=State.HELD if held else State.DELIVERED)

    @property
    def middle(self) -> str:
        """A cursor to where three fifths of the list are still to come."""
        place = a_copy((self.held + self.delivered) * 3 // 5).id
        return encode_cursor(f"{place.message}#{place.recipient}")


SIZES = [Size(100, 9_900), Size(1_000, 99_000), Size(100_000, 100_000)]


@dataclass(frozen=True)
class Figures:
    """Of many pages of one kind."""

    p50: float
    p99: float
    rows: float
    units: float


class CountingTable(Table):
    """Adds up what DynamoDB says that queries cost."""

    rows = 0
    units = 0.0

    def query(self, *args: Any, **options: Any) -> Slice:
        part = super().query(*args, **options)
        self.rows += part.read
        self.units += part.units
        return part

    def cost(self) -> tuple[float, float]:
        """Rows and units so far."""
        return float(self.rows), self.units


def index_on(table: Table) -> MailIndex:
    """The adapter on a table."""
    return DynamoIndex(lambda: table, shards=1)


def index_cost(index: FakeIndex) -> Callable[[], tuple[float, float]]:
    """Rows that the fake looked at so far; it charges nothing."""
    return lambda: (float(index.rows_read), 0.0)


def measure(
    index: MailIndex, scope: Scope, cursor: str | None, cost: Callable[[], tuple[float, float]], rounds: int
) -> Figures:
    """Milliseconds of a page, and what it reads."""
    times: list[float] = []
    rows, units = cost()
    for _ in range(rounds):
        start = time.perf_counter()
        page = index.list_copies(scope, states=[State.HELD], limit=PAGE, now=NOW, cursor=cursor)
        times.append((time.perf_counter() - start) * 1_000)
        if len(page.copies) != PAGE:
            raise RuntimeError(f"a page of {len(page.copies)}")
    after = cost()
    cuts = statistics.quantiles(times, n=100)
    return Figures(
        statistics.median(times), cuts[98], (after[0] - rows) / rounds, (after[1] - units) / rounds
    )


def table_of(title: str, sizes: list[Size], found: dict[tuple[str, str, Size], Figures]) -> None:
    """Print every figure, and the ratio of the last size to the first."""
    print(f"\n{title}: a page of {PAGE}")
    print(
        f"  {'scope':10}{'page':8}{'copies':40}{'p50 ms':>9}{'p99 ms':>9}{'rows read':>11}{'read units':>12}"
    )
    for scope in SCOPES:
        for where in ("first", "middle"):
            for size in sizes:
                f = found[scope, where, size]
                units = f"{f.units:12.1f}" if f.units else f"{'-':>12}"
                print(f"  {scope:10}{where:8}{size!s:40}{f.p50:9.3f}{f.p99:9.3f}{f.rows:11.1f}{units}")
            low, high = (found[scope, where, size] for size in (sizes[0], sizes[-1]))
            print(
                f"  {'':18}{'ratio of the last to the first':40}{high.p50 / low.p50:9.2f}{'':9}{high.rows / low.rows:11.2f}"
            )


def on_fakes(sizes: list[Size], rounds: int) -> None:
    """The index in memory."""
    found = {}
    for size in sizes:
        index = FakeIndex()
        for copy in size.copies():
            index.add_copy(copy)
        for name, scope in SCOPES.items():
            for where, cursor in (("first", None), ("middle", size.middle)):
                found[name, where, size] = measure(index, scope, cursor, index_cost(index), rounds)
    table_of("fakes", sizes, found)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Until somebody listens."""
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError("dynalite did not start")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("dynalite does not answer")


@contextmanager
def dynalite() -> Iterator[str]:
    """A running dynalite, installed for this run into a folder of its own; its URL."""
    with tempfile.TemporaryDirectory() as folder:
        install = ["npm", "install", "--no-audit", "--no-fund", "--silent", DYNALITE]
        subprocess.run(install, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        port = free_port()
        program = Path(folder) / "node_modules" / ".bin" / "dynalite"
        command = [str(program), "--port", str(port), "--host", "127.0.0.1", "--createTableMs", "0"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            wait_for(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


def make_table(name: str) -> CountingTable:
    """A fresh table, ready to be used; waits for the server too."""
    table = CountingTable(name, region=REGION, connect_seconds=2, read_seconds=60, attempts=10)
    client: Any = table.session.create_client("dynamodb", region_name=REGION)
    client.create_table(**shape(name), BillingMode="PAY_PER_REQUEST")
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    return table


def on_dynalite(sizes: list[Size], rounds: int) -> None:
    """The adapter over HTTP."""
    if shutil.which("npm") is None:
        print("\ndynalite: not measured, there is no npm here")
        return
    found = {}
    with dynalite() as url:
        os.environ.update(
            AWS_ENDPOINT_URL=url,
            AWS_ACCESS_KEY_ID="bench",
            AWS_SECRET_ACCESS_KEY="bench",
            AWS_EC2_METADATA_DISABLED="true",
        )
        for number, size in enumerate(sizes):
            table = make_table(f"bench-{number}")
            index = index_on(table)
            copies = size.copies()
            while chunk := list(islice(copies, 1_000)):
                table.write_many(put=[copy_row(copy, 1) for copy in chunk])
                print(".", end="", file=sys.stderr, flush=True)
            for name, scope in SCOPES.items():
                for where, cursor in (("first", None), ("middle", size.middle)):
                    found[name, where, size] = measure(index, scope, cursor, table.cost, rounds)
        print(file=sys.stderr)
    table_of("dynalite", sizes, found)


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--on", choices=["fakes", "dynalite", "both"], default="both")
    options.add_argument("--rounds", type=int, default=200, help="pages for each figure")
    options.add_argument("--small", action="store_true", help="a tenth of the largest size, for a quick look")
    chosen = options.parse_args()
    sizes = [*SIZES[:-1], Size(10_000, 10_000)] if chosen.small else SIZES
    if chosen.on != "dynalite":
        on_fakes(sizes, chosen.rounds)
    if chosen.on != "fakes":
        on_dynalite(sizes, chosen.rounds)


if __name__ == "__main__":
    main()
