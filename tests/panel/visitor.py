"""A person at a browser."""

from __future__ import annotations

import email
import re
import time
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, expect

from tests.e2e.installation import Installation, mail
from tests.issuer import Issuer

OPERATOR, DOMAIN, RECIPIENT = "global", "example.org", "you@example.org"
LEVELS = (RECIPIENT, DOMAIN, OPERATOR)
SIZES = {"desk": {"width": 1366, "height": 850}, "phone": {"width": 390, "height": 844}}
PATIENCE = 30_000
"""Milliseconds. A bound, not a measure: nothing waits longer than it takes."""
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
        self.url = installation.stack.url
        self._own = {urlsplit(self.url).netloc}
        self._contexts: list[Any] = []
        self.page = self.fresh()

    @property
    def foreign(self) -> list[str]:
        return [
            url
            for url in self.requests
            if urlsplit(url).scheme not in ("data", "blob") and urlsplit(url).netloc not in self._own
        ]

    def fresh(
        self,
        *,
        size: Literal["desk", "phone"] | None = None,
        theme: Literal["light", "dark"] | None = None,
        agent: str | None = None,
    ) -> Page:
        """Another browser, with nothing in it; it becomes this visitor's page. `agent`: what it calls itself."""
        context = self._browser.new_context(
            viewport=SIZES[size or self._size],  # type: ignore[arg-type]  # it is what playwright calls ViewportSize
            color_scheme=theme or self._theme,
            locale="en-GB",
            timezone_id="Europe/Berlin",
            reduced_motion="reduce",
            user_agent=agent,
        )
        context.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        self._contexts.append(context)
        self.page = context.new_page()
        self.page.on("request", self._asked)
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        return self.page

    def by_name(self) -> None:
        """From now on at localhost, not at 127.0.0.1: the same server, to a browser another host."""
        self.url = self.installation.stack.url.replace("127.0.0.1", "localhost")
        self._own.add(urlsplit(self.url).netloc)

    def enter(self, scope: str) -> Page:
        """Go in by one of the laptop's doors; the list is in the order of time, every message in a line of its own."""
        self.page.goto(f"{self.url}/#/incoming?order=time")
        door = self.page.get_by_role("list").get_by_role("button")
        door.filter(has_text="Everything" if scope == OPERATOR else scope).filter(
            has_text={OPERATOR: "operator", DOMAIN: "administrator", RECIPIENT: "recipient"}[scope]
        ).click()
        expect(self.page.get_by_role("heading", name="Incoming")).to_be_attached()
        return self.page

    def enter_with_token(self, scope: str, place: str = "") -> Page:
        """Go in as a program of some scope would, by a token of its own."""
        made = self.installation.do("POST", "/v1/tokens", {"name": "pressed", "scope": scope})
        self.page.goto(f"{self.url}/#/{place}")
        self.page.locator("summary", has_text="API token").click()
        self.page.get_by_role("textbox", name="API token").fill(made["text"])
        self.page.get_by_role("button", name="Sign in with the token").click()
        expect(self.page.locator(".shell")).to_be_visible()
        return self.page

    def enter_elsewhere(self, issuer: Issuer, login: str, **claims: Any) -> Page:
        """Sign in at the other issuer, there and back."""
        issuer.claims = {"sub": login, "email": login, "email_verified": True, **claims}
        issuer.now_s = time.time()
        self._own.add(urlsplit(issuer.door).netloc)
        self.page.goto(self.url)
        self.page.get_by_role("button", name="Sign in with Example Inc.").click()
        expect(self.page.locator(".shell")).to_be_visible()
        assert "code=" not in self.page.url
        return self.page

    def choose(self, scope: str) -> None:
        """Look at less than everything."""
        self.page.get_by_role("button", name="Whose mail").click()
        self.dialog("Whose mail").get_by_role("textbox").fill(scope)
        self.dialog("Whose mail").get_by_role("button", name="Show").click()
        expect(self.page.get_by_role("dialog")).to_have_count(0)

    def sign_out(self) -> None:
        """By the menu under one's name."""
        self.page.locator(".who").click()
        self.page.get_by_role("menuitem", name="Sign out").click()
        expect(self.page.get_by_role("heading", name="Sign in")).to_be_visible()

    def card(self, title: str) -> Locator:
        """A part of a page, by its heading."""
        return self.page.locator(".card", has=self.page.get_by_role("heading", name=title, exact=True))

    def dialog(self, title: str) -> Locator:
        """The dialog of this name."""
        return self.page.get_by_role("dialog", name=title)

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


def mailed_link(visit: Visitor, address: str) -> str:
    """The newest sign-in link that arrived for an address."""

    def found() -> list[str]:
        links: list[str] = []
        for raw in visit.installation.delivered(address):
            for part in email.message_from_bytes(raw).walk():
                data = part.get_payload(decode=True)
                text = data.decode("utf-8", "replace") if isinstance(data, bytes) else ""
                links += re.findall(r"http://\S+?#/sign-in/[\w.~-]+", text)
        return links

    return visit.installation.wait_for(found, lambda links: len(links) > 0)[-1]
