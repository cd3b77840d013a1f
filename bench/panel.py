"""The panel with few and with 100,000 held messages: `python -m bench.panel [--held 100 100000]`.

In front of a browser (Chromium, headless) stands a small server with the panel's files and the real API handler, over the in-memory fakes; copies of a
page are made from their rows, as the adapter does. What DynamoDB itself takes is not in it (bench.list_page counts its rows). Measured: a first visit
until the first messages are to be seen, octets and requests of it; scrolling through ten pages; a search for a word that one message in a hundred has (by the catalogue that
the first such search orders); an action, from the key to its answer; and the same calls without a browser, p50 and p99.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, urlsplit

from playwright.sync_api import Browser, Page, Request, sync_playwright
from pratique.api.edge import handle
from pratique.domain.direction import Direction
from pratique.domain.scope import parse_scope
from pratique.usecases.write_catalogue import write_catalogue

from bench.search import WORDS, RowIndex
from local.panel import PanelFiles
from tests import builders, fakes
from tests.unit.api.calling import call, http_event

WHO = "bob@example.org"
PAGES = 10
ROUNDS = 7
CALLS = 60
VIEW = {"width": 1366, "height": 850}


def stock(held: int) -> fakes.World:
    """One mailbox with so many held messages."""
    clock = fakes.FakeClock(builders.NOW_MS + 86_400_000)
    world, chance = fakes.World(index=RowIndex(), clock=clock), random.Random(7)
    world.directory.put_route(builders.route("*"))
    for number in range(1, held + 1):
        rare = "needle " if number % max(5, held // 100) == 3 else ""
        copy = builders.a_copy(number, WHO, subject=rare + " ".join(chance.choices(WORDS, k=6)))
        world.index.add_copy(copy)
        world.index.add_facts(builders.facts(number, (WHO,)), expires_at=copy.expires_at)
        if number > held - 200:
            world.store.put(copy.raw_key, builders.raw_message())
    return world


def catalogued(world: fakes.World) -> None:
    """What the first search that reads much has done in the background."""
    write_catalogue(world.services, parse_scope(WHO), Direction.INCOMING, until_ms=1 << 60)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if not parts.path.startswith("/v1/"):
            found = self.server.files.find(parts.path)
            if found is None:
                return self._send(404, b"", {})
            return self._send(found.status, found.body, found.headers)
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(length).decode() if length else None
        event = http_event(self.command, parts.path, query=parts.query, body=body, scope=WHO)
        answer = handle(event, lambda: self.server.world.services)
        return self._send(answer["statusCode"], answer["body"].encode(), answer["headers"])

    do_POST = do_GET  # noqa: N815 - http.server finds methods by name

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has in http.server
        """Nothing: the figures are the output."""

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, world: fakes.World) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.world, self.files = world, PanelFiles()

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that closes while it is answered is no news."""


@contextmanager
def serving(world: fakes.World) -> Iterator[str]:
    """The panel and the API, at an address of their own."""
    server = _Server(world)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def timed(run: Callable[[], object]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    run()
    return (time.perf_counter() - began) * 1000


def in_a_browser(browser: Browser, url: str) -> dict[str, float]:
    """Medians over several visits, each with an empty cache."""
    seen: dict[str, list[float]] = {}

    def note(name: str, value: float) -> None:
        seen.setdefault(name, []).append(value)

    for _ in range(ROUNDS):
        context = browser.new_context(viewport=VIEW, bypass_csp=True)  # type: ignore[arg-type]  # what playwright calls ViewportSize
        # The policy forbids what waiting for a condition does, not what is measured.
        context.add_init_script("try { sessionStorage.setItem('pratique.token', 'bench') } catch {}")
        page = context.new_page()
        asked: list[int] = []
        page.on("requestfinished", _Counter(asked))
        note("first messages ms", timed(lambda page=page: _first(page, url)))  # type: ignore[misc]
        note("requests", len(asked))
        note("octets", sum(asked))
        note(f"scroll {PAGES} pages ms", timed(lambda page=page: _scroll(page)))  # type: ignore[misc]
        note("search ms", timed(lambda page=page: _search(page)))  # type: ignore[misc]
        note("act ms", timed(lambda page=page: _act(page)))  # type: ignore[misc]
        context.close()
    return {name: statistics.median(values) for name, values in seen.items()}


class _Counter:
    """Notes the octets of each answer."""

    def __init__(self, octets: list[int]) -> None:
        self._octets = octets

    def __call__(self, request: Request) -> None:
        sizes = request.sizes()
        self._octets.append(int(sizes["responseBodySize"] + sizes["responseHeadersSize"]))


def _first(page: Page, url: str) -> None:
    page.goto(f"{url}/#/incoming?order=time")
    page.wait_for_selector(".mail")


def _scroll(page: Page) -> None:
    """To the end of what is loaded, again and again."""
    for _ in range(PAGES):
        before = page.evaluate("document.querySelector('.rows').offsetHeight")
        page.evaluate("document.querySelector('.scroller').scrollTo(0, 1e9)")
        page.wait_for_function(
            "before => document.querySelector('.rows').offsetHeight > before || !document.querySelector('.list-foot .spin')",
            arg=before,
        )
    page.wait_for_selector(".mail")


def _search(page: Page) -> None:
    page.get_by_role("searchbox").fill("needle")
    page.get_by_role("searchbox").press("Enter")
    page.wait_for_function(
        "[...document.querySelectorAll('.mail .about')].length > 0 && [...document.querySelectorAll('.mail .about')].every(e => e.textContent.includes('needle'))"
    )


def _act(page: Page) -> None:
    page.locator(".mail-link").first.focus()
    page.keyboard.press("x")
    page.wait_for_selector(".toast")


def searched(world: fakes.World) -> None:
    """For a word that one message in a hundred has."""
    call(world, "GET", "/v1/messages/search", query={"q": "needle", "limit": 100}, scope=WHO)


def by_call(world: fakes.World) -> dict[str, tuple[float, float]]:
    """p50 and p99 of calls, in milliseconds, without network and browser."""
    place = call(world, "GET", "/v1/messages", query={"limit": 100}, scope=WHO).body["messages"]
    ids = iter([each["id"] for each in place[:CALLS]])
    calls: dict[str, Callable[[], object]] = {
        "list, 100 newest": lambda: call(world, "GET", "/v1/messages", query={"limit": 100}, scope=WHO),
        "list, likely mistakes": lambda: call(
            world, "GET", "/v1/messages", query={"limit": 100, "order": "mistake", "fold": "true"}, scope=WHO
        ),
        "search, one call": lambda: searched(world),
        "search for what is not there": lambda: call(
            world, "GET", "/v1/messages/search", query={"q": "absent", "limit": 100}, scope=WHO
        ),
        "read one": lambda: call(world, "GET", f"/v1/messages/{quote(place[0]['id'])}", scope=WHO),
        "remove": lambda: call(world, "POST", f"/v1/messages/{quote(next(ids))}/remove", body={}, scope=WHO),
    }
    found = {}
    for name, run in calls.items():
        spent = sorted(timed(run) for _ in range(CALLS if not name.startswith("search") else 10))
        found[name] = (statistics.median(spent), spent[max(0, round(len(spent) * 0.99) - 1)])
    return found


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--held", type=int, nargs="+", default=[100, 100_000])
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    os.environ |= {
        "POWERTOOLS_LOG_LEVEL": "CRITICAL",
        "POWERTOOLS_METRICS_DISABLED": "true",
    }  # a line a call is no figure
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("Chromium is not installed: nothing was measured")
        return 0
    results: dict[int, dict[str, object]] = {}
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for held in chosen.held:
            world = stock(held)
            call(
                world, "GET", "/v1/messages/search", query={"limit": 1}, scope=WHO
            )  # what it imports is no figure
            first = timed(lambda world=world: searched(world))  # type: ignore[misc]
            catalogued(world)
            calls = by_call(world) | {"search, before there is a catalogue": (first, first)}
            with serving(world) as url:
                seen = in_a_browser(browser, url)
            results[held] = {"browser": seen, "calls": calls}
        browser.close()
    if chosen.json:
        print(json.dumps(results, indent=1))
        return 0
    for part in ("browser", "calls"):
        names = list(results[chosen.held[0]][part])  # type: ignore[call-overload]  # a dictionary
        print(f"\n{part:28}" + "".join(f"{held:>18,}" for held in chosen.held))
        for name in names:
            cells = []
            for held in chosen.held:
                value = results[held][part][name]  # type: ignore[index]  # as above
                cells.append(
                    f"{value[0]:.1f} / {value[1]:.1f}" if isinstance(value, tuple) else f"{value:,.0f}"
                )
            print(f"{name:28}" + "".join(f"{cell:>18}" for cell in cells))
    return 0


if __name__ == "__main__":
    sys.exit(main())
