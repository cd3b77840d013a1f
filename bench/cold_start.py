"""Cold start of each handler in CPU ms, from the built artefact: `python -m bench.cold_start`.

Each figure is the minimum of some fresh processes: user and system time of the whole process, interpreter included. The floor is what no
function could do without: http.client, ssl, hmac and email of the standard library. Three steps, each in processes of its own: the handler's
import; then the clients that it makes on its usual way; then its first event, against endpoints of this machine that answer at once
(bench/canned_aws.py). Not in it: TLS handshakes, and Lambda's own work before the process starts.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.canned_aws import canned_aws
from tools.build_layer import ROOT, build_core, build_deps, build_function, find_python, host_arch, host_minor

AIM = 7.0
"""How many floors the import and the clients of ingest and of the API may cost."""
AIMED = ("ingest", "api")
FLOOR = "import http.client, ssl, hmac, email"
START = "import sys, json\nsys.path[:0] = json.loads(sys.argv[1])\n"
IMPORT = START + "import app\n"
CLIENTS = IMPORT + (
    "from pratique.adapters.aws.session import Clients\n"
    "from pratique.settings import read_settings\n"
    "clients = Clients(read_settings())\n"
)
EVENT = IMPORT + (
    "class Context:\n"
    "    function_name = memory_limit_in_mb = invoked_function_arn = aws_request_id = 'x'\n"
    "    def get_remaining_time_in_millis(self): return 30000\n"
    "app.handler(json.load(open(sys.argv[2])), Context())\n"
)
USUAL = {
    "ingest": (("table", "s3", "sqs"), "ses-ordinary.json"),
    "api": (("table",), "api-list.json"),
    "authorize": (("table",), "authorizer-bearer.json"),
    "letters": (("table",), "sqs-letters.json"),
    "deliver": (("table", "s3"), "sqs-deliver.json"),
    "learn": (("table", "s3"), "sqs-learn.json"),
    "expire": (("table",), "scheduler-expire.json"),
    "purge": (("table",), "stream-remove.json"),
    "calibrate": (("table",), "scheduler-expire.json"),
}
"""Function -> the clients of its usual way, and its first event."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one process: CPU milliseconds and memory at its peak, in MB."""

    cpu: float
    memory: float


class Trial:
    """Runs code in fresh processes that see the artefact and the standard library only."""

    def __init__(self, python: str, artefact: Path, endpoint: str, runs: int) -> None:
        self._python, self._artefact, self._runs = python, artefact, runs
        self._environment = {
            "PATH": os.defpath,
            "AWS_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",
            "AWS_ENDPOINT_URL": endpoint,
            "PRATIQUE_TABLE": "table",
            "PRATIQUE_BUCKET": "bucket",
            "PRATIQUE_SIGNING_SECRET": "secret",
            "PRATIQUE_DELIVER_QUEUE": f"{endpoint}/1/deliver",
            "PRATIQUE_LEARN_QUEUE": f"{endpoint}/1/learn",
            "POWERTOOLS_SERVICE_NAME": "bench",
        }

    def best(self, code: str, *arguments: str) -> Cost:
        """The least of some runs, after one that does not count (it reads the files in)."""
        costs = [self._once(code, arguments) for _ in range(self._runs + 1)][1:]
        return Cost(min(c.cpu for c in costs), min(c.memory for c in costs))

    def path(self, name: str) -> str:
        """The folders that Lambda puts on the path for a function."""
        return json.dumps([str(self._artefact / name), str(self._artefact / "layer" / "python")])

    def import_times(self, name: str) -> str:
        """The report of -X importtime of a handler's import."""
        command = [self._python, "-S", "-I", "-B", "-X", "importtime", "-c", IMPORT, self.path(name)]
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True, check=True)
        return done.stderr

    def _once(self, code: str, arguments: tuple[str, ...]) -> Cost:
        command = [self._python, "-S", "-I", "-B", "-c", code, *arguments]
        process = subprocess.Popen(command, env=self._environment, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"a trial failed: {' '.join(command[5:7])[:300]}")
        return Cost((usage.ru_utime + usage.ru_stime) * 1000, usage.ru_maxrss / 1024)


def build(folder: Path, minor: str) -> None:
    """The artefact for this machine: what `sam build` makes, but for its own processor."""
    build_deps(folder / "layer", minor=minor, arch=host_arch())
    build_core(folder / "layer", minor=minor)
    for name in USUAL:
        build_function(name, folder / name, minor=minor)


def report(trial: Trial) -> None:
    """Print the table."""
    bare, floor = trial.best("pass"), trial.best(FLOOR)
    print(
        f"bare interpreter {bare.cpu:.0f} ms, floor (http.client, ssl, hmac, email) {floor.cpu:.0f} ms, {floor.memory:.0f} MB"
    )
    print(
        f"{'handler':<10} {'import':>7} {'+clients':>9} {'x floor':>8} {'+event':>7} {'x floor':>8} {'MB':>5}"
    )
    for name, (clients, event) in USUAL.items():
        path = trial.path(name)
        imported = trial.best(IMPORT, path)
        ready = trial.best(CLIENTS + "".join(f"clients.{client}()\n" for client in clients), path)
        done = trial.best(EVENT, path, str(ROOT / "events" / event))
        ratio = ready.cpu / floor.cpu
        aim = f"  aim {AIM:.0f}x: {'met' if ratio <= AIM else 'MISSED'}" if name in AIMED else ""
        print(
            f"{name:<10} {imported.cpu:>7.0f} {ready.cpu:>9.0f} {ratio:>8.1f} {done.cpu:>7.0f} {done.cpu / floor.cpu:>8.1f}"
            f" {done.memory:>5.0f}{aim}"
        )


def slowest_imports(trial: Trial, name: str, count: int = 25) -> None:
    """Print the modules that cost most by themselves, with what they bring along."""
    rows = [
        line.removeprefix("import time:").split("|") for line in trial.import_times(name).splitlines()[1:]
    ]
    for title, column in (("by itself", 0), ("with what it brings", 1)):
        print(f"\nimports of {name}, ms {title}:")
        for row in sorted(rows, key=lambda r: -int(r[column]))[:count]:
            print(f"{int(row[column]) / 1000:>8.1f}  {row[2].strip()}")


def main(arguments: list[str] | None = None) -> None:
    """Read the command line, build, measure, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    wanted = "3.13" if find_python("3.13") else host_minor()
    parser.add_argument("--python", default=wanted, help="minor version to build and run with")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument(
        "--imports", metavar="HANDLER", choices=list(USUAL), help="show where its import goes"
    )
    chosen = parser.parse_args(arguments)
    python = find_python(chosen.python)
    if python is None:
        sys.exit(f"there is no Python {chosen.python} on this machine")
    with tempfile.TemporaryDirectory() as folder, canned_aws() as endpoint:
        build(Path(folder), chosen.python)
        print(f"cold start, CPU ms, minimum of {chosen.runs}, Python {chosen.python}, {host_arch()}")
        trial = Trial(python, Path(folder), endpoint, chosen.runs)
        report(trial)
        if chosen.imports:
            slowest_imports(trial, chosen.imports)


if __name__ == "__main__":
    main()
