"""The public pages behind a digest's links: GET shows, only POST acts (invariant 6). One HTTP API event in, one answer out. Never raises."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

from pratique.domain.digest import LinkAction
from pratique.domain.message import Copy
from pratique.observability import log_event, logger
from pratique.ports.services import Services
from pratique.usecases.digests.plain import one_line
from pratique.usecases.digests.telling import ABOUT_DIGEST, gone, recipients, text_key, told
from pratique.usecases.digests.wording import Words, preferred, words_in
from pratique.usecases.follow_link import BadLink, Opened, Result, follow_link, note_opening, open_link

from .errors import answer_of
from .page_html import Form, Page, Shown, as_html, policy
from .request import Request, read_request

PLACE = "/d/"
MOST_SHOWN = 10
_HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex, nofollow",
    "cross-origin-opener-policy": "same-origin",
}
_OK, _NOT_FOUND, _WRONG_METHOD, _FAILED = 200, 404, 405, 500
_STATUS = {
    "failed_limit": 429,
    "failed_forbidden": 403,
    "is_gone": 410,
    "failed_no_route": 409,
    "failed_no_sender": 409,
}


def handle_page(event: object, services: Callable[[], Services]) -> dict[str, Any]:
    """Answer an event of payload format 2.0."""
    method, words = "", words_in("en")
    try:
        request = read_request(event)
        method = request.method
        words = words_in(preferred(request.headers.get("accept-language", "")))
        status, page = _answer(request, services, words)
    except BadLink:
        status, page = _NOT_FOUND, _said(words, words("bad_link"))
    except Exception as error:  # noqa: BLE001 - a person gets a page whatever happens
        status, page = _failed(error, words)
    log_event("page_answered", method=method[:10], status=status)
    return {
        "statusCode": status,
        "headers": {
            **_HEADERS,
            "content-security-policy": policy(),
            **({"allow": "GET, HEAD, POST"} if status == _WRONG_METHOD else {}),
        },
        "body": "" if method == "HEAD" else as_html(page),
        "isBase64Encoded": False,
    }


def _answer(request: Request, services: Callable[[], Services], words: Words) -> tuple[int, Page]:
    text = request.path.removeprefix(PLACE)
    if not request.path.startswith(PLACE):
        raise BadLink("no such page")
    if request.method in ("GET", "HEAD"):
        opened = open_link(services(), text)
        note_opening(services(), opened, request.method)
        return _OK, _asking(opened, text)
    if request.method != "POST":
        return _WRONG_METHOD, _said(words, words("bad_link"))
    result = follow_link(services(), text, by=f"post:{request.id}")
    return _STATUS.get(result.code, _OK), _told(result)


def _asking(opened: Opened, text: str) -> Page:
    """The question, and the button that answers it."""
    words, action, sheet = words_in(opened.sheet.language), opened.link.action, opened.sheet
    key = text_key(action)
    mailbox = sheet.scope.name
    forms = [Form(PLACE + text, words(f"action_{key}"))]
    if action in ABOUT_DIGEST:
        return Page(
            words.language,
            _brand(words, opened),
            words(f"ask_{key}", mailbox=mailbox),
            forms=forms,
            soft=[words("not_yet")],
        )
    if opened.used is not None and opened.used.outcome:
        already = words("already", moment=words.moment(opened.used.at_ms // 1000, sheet.zone))
        return Page(
            words.language, _brand(words, opened), words("page_title"), _items(words, opened), already
        )
    if not opened.copies:
        return Page(words.language, _brand(words, opened), words("page_title"), note=gone(words, opened))
    soft = [words("not_yet")]
    if action.value.startswith("release"):
        soft.insert(0, words("goes_to", mailbox=recipients(opened)))
    title = words.many(f"ask_{key}", len(opened.copies))
    return Page(words.language, _brand(words, opened), title, _items(words, opened), forms=forms, soft=soft)


def _told(result: Result) -> Page:
    """What has happened."""
    opened = result.opened
    words = words_in(opened.sheet.language)
    forms = []
    if result.undo:
        again = opened.link.action is LinkAction.UNSUBSCRIBE
        label = words("action_subscribe" if again else "action_undo")
        forms.append(Form(PLACE + result.undo, label, "back"))
    return Page(
        words.language,
        _brand(words, opened),
        words("page_title"),
        _items(words, opened, done=True),
        told(words, result),
        forms,
        [words("close_hint")],
    )


def _items(words: Words, opened: Opened, *, done: bool = False) -> list[Shown]:
    shown = [_shown(words, opened, copy, done=done) for copy in opened.copies[:MOST_SHOWN]]
    left = len(opened.copies) - len(shown)
    return [*shown, Shown("…", "", words.many("alike", left))] if left else shown


def _shown(words: Words, opened: Opened, copy: Copy, *, done: bool) -> Shown:
    """Until when it is kept, only where nothing has changed that yet."""
    zone = opened.sheet.zone
    meta = words.moment(copy.received_ms // 1000, zone)
    if not done:
        meta += " · " + words("kept_until", date=words.date(copy.expires_at, zone))
    return Shown(
        one_line(copy.subject, 120) or words("no_subject"),
        one_line(copy.sender, 80) or words("no_sender"),
        meta,
    )


def _brand(words: Words, opened: Opened) -> str:
    return words("from_name", domain=opened.sheet.scope.domain or "")


def _said(words: Words, note: str) -> Page:
    return Page(words.language, "", words("page_title"), note=note)


def _failed(error: Exception, words: Words) -> tuple[int, Page]:
    status = answer_of(error).status
    if status >= _FAILED:
        place = "".join(traceback.format_tb(error.__traceback__, limit=-8))
        logger().error(
            "page_failed", extra={"event": "page_failed", "error": type(error).__name__, "place": place}
        )
    return status, _said(words, words("failed_other"))
