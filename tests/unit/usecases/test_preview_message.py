"""Looking into a message: text, page, header, attachments, source; and the address that a frame loads."""

from __future__ import annotations

import base64
import hashlib
from email.message import EmailMessage

import pytest
from pratique.domain.errors import NotFound
from pratique.domain.ids import CopyId
from pratique.domain.policy import Policy
from pratique.domain.scope import parse_scope
from pratique.filtering.preview import MAX_SOURCE, preview
from pratique.usecases.preview_message import TICKET_SECONDS, message_source, open_page, preview_message

from tests import builders, fakes
from tests.path import arrive, opened

BOB, CAROL = builders.actor("bob@example.org"), builders.actor("carol@example.org")
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def letter() -> bytes:
    """A letter with a page, a picture inside, and two files."""
    message = EmailMessage()
    message["From"] = "Eve <eve@example.net>"
    message["To"] = "bob@example.org"
    message["Subject"] = "Hello"
    message.set_content("Hello as text: http://example.net/x")
    message.add_alternative(
        '<p>Hello as a page</p><img src="cid:logo"><img src="http://elsewhere.example/x.png">'
        '<a href="http://evil.example/">www.bank.com</a>',
        subtype="html",
    )
    page = message.get_payload()[1]  # type: ignore[index]  # it is a multipart now
    page.add_related(PNG, "image", "png", cid="<logo>")  # type: ignore[union-attr]
    message.add_attachment(b"MZ" + bytes(500), maintype="application", subtype="pdf", filename="bill.pdf.exe")
    message.add_attachment("plain words\n" * 9, filename="words.txt")
    return message.as_bytes()


def held(raw: bytes) -> tuple[fakes.World, CopyId]:
    world = opened()
    world.directory.put_policy(parse_scope("example.org"), Policy(spam_at=0.0, unsure_at=0.0))
    (copy,) = arrive(world, builders.receipt("message-1"), raw=raw).copies
    return world, copy.id


def test_what_is_shown_of_a_letter() -> None:
    shown = preview(letter())
    assert shown.text.startswith("Hello as text")
    assert (shown.has_page, shown.blocked, shown.cut) == (True, True, False)
    assert dict(shown.headers)["Subject"] == "Hello"
    assert [(each.target, each.shown, each.misleading) for each in shown.links] == [
        ("http://evil.example/", "www.bank.com", True)
    ]
    files = {each.file.filename: each for each in shown.attachments}
    assert files["bill.pdf.exe"].sha256 == hashlib.sha256(b"MZ" + bytes(500)).hexdigest()
    assert (files["bill.pdf.exe"].file.kind, files["bill.pdf.exe"].file.size) == ("pe", 502)


def test_links_of_a_letter_without_a_page_are_those_in_its_text() -> None:
    shown = preview(builders.raw_message(body="see http://example.net/x and www.example.com\r\n"))
    assert [each.target for each in shown.links] == ["http://example.net/x", "www.example.com"]
    assert (shown.has_page, shown.blocked) == (False, False)


def test_the_page_comes_by_a_ticket_with_the_pictures_of_the_letter() -> None:
    world, copy_id = held(letter())
    found = preview_message(world.services, BOB, copy_id)
    markup, remote = open_page(world.services, found.ticket)
    assert "Hello as a page" in markup
    assert f"data:image/png;base64,{base64.b64encode(PNG).decode()}" in markup
    assert "elsewhere.example" not in markup
    assert not remote
    asked = preview_message(world.services, BOB, copy_id, remote=True)
    markup, remote = open_page(world.services, asked.ticket)
    assert 'src="https://elsewhere.example/x.png"' in markup
    assert remote


def test_a_ticket_ends_and_cannot_be_made_or_changed() -> None:
    world, copy_id = held(letter())
    ticket = preview_message(world.services, BOB, copy_id).ticket
    octets = bytearray(base64.urlsafe_b64decode(ticket + "=" * (-len(ticket) % 4)))
    for place in (0, 15, 16, len(octets) - 1):
        changed = bytearray(octets)
        changed[place] ^= 1
        with pytest.raises(NotFound):
            open_page(world.services, base64.urlsafe_b64encode(changed).decode().rstrip("="))
    for wrong in ("", "x", "é", "A" * 40, ticket[:-4], "!" * 20):
        with pytest.raises(NotFound):
            open_page(world.services, wrong)
    world.clock.advance(seconds=TICKET_SECONDS - 1)
    open_page(world.services, ticket)
    world.clock.advance(seconds=1)
    with pytest.raises(NotFound):
        open_page(world.services, ticket)


def test_nobody_sees_anothers() -> None:
    world, copy_id = held(letter())
    for look in (preview_message, message_source):
        with pytest.raises(NotFound):
            look(world.services, CAROL, copy_id)


def test_the_source_is_its_beginning() -> None:
    world, copy_id = held(letter() + b"x" * MAX_SOURCE + b"\0\xff")
    source = message_source(world.services, BOB, copy_id)
    assert source.text.startswith("From: Eve")
    assert "\r" not in source.text
    assert source.cut
    assert source.size > MAX_SOURCE


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0" * 50,
        b"\xff\xfe<html>",
        b"Content-Type: text/html\r\n\r\n",
        b"Content-Type: multipart/mixed\r\n\r\n--",
    ],
)
def test_anything_can_be_looked_at(raw: bytes) -> None:
    preview(raw)
