"""A person at a browser."""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, expect

from tests.e2e.installation import Installation, mail

OPERATOR, DOMAIN, RECIPIENT = "global", "example.org", "you@example.org"
LEVELS = (RECIPIENT, DOMAIN, OPERATOR)
SIZES = {"desk": {"width": 1366, "height": 850}, "phone": {"width": 390, "height": 844}}
PATIENCE = 15_000
"""Milliseconds."""
WANTED_ERRORS = ("Failed to load resource",)
"""The browser's own line about an answer of 4xx; what the panel makes of it is looked at by the tests."""


class Visitor:
    """A browser context at the laptop's panel. `foreign` are requests to other hosts, `errors` what scripts and policies complained of."""

    def __init__(
        self,
        installation: Installation,
        browser: Browser,
        *,
        size: Literal["desk", "phone"] = "desk",
        theme: Literal["light", "dark"] = "light",
    ) -> None:
        self.installation = installation
        self.requests: list[str] = []
        self.errors: list[str] = []
        self._browser = browser
        self._size, self._theme = size, theme
        self._own = urlsplit(installation.stack.url).netloc
        self._contexts: list[Any] = []
        self.page = self.fresh()

    @property
    def foreign(self) -> list[str]:
        return [
            url
            for url in self.requests
            if urlsplit(url).scheme not in ("data", "blob") and urlsplit(url).netloc != self._own
        ]

    def fresh(
        self,
        *,
        size: Literal["desk", "phone"] | None = None,
        theme: Literal["light", "dark"] | None = None,
    ) -> Page:
        """Another browser, with nothing in it; it becomes this visitor's page."""
        context = self._browser.new_context(
            viewport=SIZES[size or self._size],  # type: ignore[arg-type]  # it is what playwright calls ViewportSize
            color_scheme=theme or self._theme,
            locale="en-GB",
            timezone_id="Europe/Berlin",
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        self._contexts.append(context)
        self.page = context.new_page()
        self.page.on("request", self._asked)
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        return self.page

    def enter(self, scope: str) -> Page:
        """Go in by one of the laptop's doors; the list is in the order of time, every message in a line of its own."""
        self.page.goto(f"{self.installation.stack.url}/#/incoming?order=time")
        door = self.page.get_by_role("list").get_by_role("button")
        door.filter(has_text="Everything" if scope == OPERATOR else scope).filter(
            has_text={OPERATOR: "operator", DOMAIN: "administrator", RECIPIENT: "recipient"}[scope]
        ).click()
        expect(self.page.get_by_role("heading", name="Incoming")).to_be_attached()
        return self.page

    def go(self, place: str) -> None:
        """Another place, by its address."""
        self.page.evaluate("place => { location.hash = place }", f"#/{place}")

    def row(self, subject: str) -> Locator:
        """A line of the list."""
        return self.page.locator(".mail", has_text=subject)

    def open(self, subject: str) -> None:
        """Open a message from the list."""
        self.row(subject).locator("a").click()
        expect(self.page.locator(".letter-title")).to_have_text(subject)

    def give_reason(self) -> None:
        """Say why somebody else's mail is opened."""
        self.page.get_by_role("textbox", name="Why").fill("asked on the phone")
        self.page.get_by_role("button", name="Open it").click()

    def told(self, text: str) -> None:
        """A message at the foot says it."""
        expect(self.page.locator(".toast", has_text=text).last).to_be_visible()

    def close(self) -> None:
        """All of its browsers."""
        for context in self._contexts:
            context.close()

    def _asked(self, request: Request) -> None:
        self.requests.append(request.url)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(WANTED_ERRORS):
            self.errors.append(message.text)


_count = 0


def held(
    installation: Installation, subject: str, *, to: str = RECIPIENT, sender: str = "", raw: bytes = b""
) -> str:
    """Send a message that is held, and answer its id."""
    global _count  # noqa: PLW0603 - each sender is another: an entry for one must not touch another test
    _count += 1
    sender = sender or f"sender{_count}@sender{_count}.example"
    data = raw or mail(subject, f"Hello number {_count}, {subject}: {_count * 7919}", sender=sender)
    installation.send(data, to=to, sender=sender)
    found = installation.wait_for(
        lambda: [each for each in installation.held(to, limit=200) if each["subject"] == subject],
        lambda all_: len(all_) == 1,
    )
    copy: str = found[0]["id"]
    return copy
