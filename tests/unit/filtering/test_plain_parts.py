"""Plain multipart messages are cut as the standard library cuts them; all others are left to it."""

from __future__ import annotations

import email
import email.policy
from email.message import Message
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pratique.filtering.plain_parts import plain_parts

from tests.corpora import Labelled, labelled_corpus

LETTER = (
    "preamble\n--b\nContent-Type: text/plain\nX-Folded: one\n two\n\nhello\n\n--b \n\nno fields\n--b\n"
    'Content-Type: multipart/alternative; boundary="in"\n\n--in\n\na\n--in\nContent-Type: text/html\n\n<b>\n--in--\n\n--b--\nepilogue\n'
)


def root(kind: str = 'multipart/mixed; boundary="b"') -> Message:
    message = Message()
    message["Content-Type"] = kind
    return message


def flat(message: Message) -> list[tuple[Any, ...]]:
    """All parts below the root: fields, and the payload of leaves."""
    return [
        (list(part.raw_items()), None if part.is_multipart() else part.get_payload())
        for part in message.walk()
    ][1:]


def both(text: str, kind: str = 'multipart/mixed; boundary="b"') -> tuple[Message, Message] | None:
    own = root(kind)
    if not plain_parts(own, text):
        return None
    octets = f"Content-Type: {kind}\n\n{text}".encode("ascii", "surrogateescape")
    return own, email.message_from_bytes(octets, policy=email.policy.compat32)


@pytest.mark.parametrize("text", [LETTER, LETTER.replace("\n", "\r\n"), LETTER[9:], "--b\n\nx\n--b--"])
def test_plain_messages_are_cut_alike(text: str) -> None:
    found = both(text)
    assert found is not None
    assert flat(found[0]) == flat(found[1])
    assert found[1].defects == []


@pytest.mark.parametrize(
    "text",
    ["", "--b\n\nnever closed", "no boundary", "--b2\n\nx\n--b--", "--b\nno field\n\nx\n--b--", "--b\n\nx\n--b--\n--b\n\ny\n--b--", "--b\n\nx\ry\n--b--", "--b\nContent-Type: message/rfc822\n\nSubject: x\n\ny\n--b--", "--b\nContent-Type: multipart/mixed\n\nx\n--b--", "--b\nX: y\n--b--", "--b--\n"],
)  # fmt: skip
def test_what_is_not_plain_is_left_alone(text: str) -> None:
    message = root()
    assert plain_parts(message, text) is False
    assert message.get_payload() is None


@pytest.mark.parametrize(
    "kind", ["multipart/digest; boundary=b", "multipart/mixed", "multipart/mixed; boundary="]
)
def test_types_that_are_not_plain_are_left_alone(kind: str) -> None:
    assert plain_parts(root(kind), "--b\n\nx\n--b--\n") is False


def test_an_encoded_container_is_left_alone() -> None:
    message = root()
    message["Content-Transfer-Encoding"] = "base64"
    assert plain_parts(message, "--b\n\nx\n--b--\n") is False


@settings(deadline=None, derandomize=True, max_examples=400)
@given(st.lists(st.sampled_from(["--b", "--b--", "--in", "--in--", "\n", "\n\n", "\r\n", "X: y", " z", "x", "Content-Type: multipart/x; boundary=in", "Content-Type: message/rfc822", ":", "\t", "--"]), max_size=24))  # fmt: skip
def test_whatever_is_taken_as_plain_reads_the_same_both_ways(pieces: list[str]) -> None:
    found = both("".join(pieces))
    assert found is None or flat(found[0]) == flat(found[1])


@settings(deadline=None, derandomize=True, max_examples=200)
@given(
    at=st.integers(0, 250),
    piece=st.sampled_from(["\n", "--b", "\n--b\n", "\n--in", ":", " ", "\r", "\n\n", "--"]),
)
def test_a_letter_with_something_put_in_reads_the_same_both_ways(at: int, piece: str) -> None:
    found = both(LETTER[:at] + piece + LETTER[at:])
    assert found is None or flat(found[0]) == flat(found[1])


@pytest.mark.corpus
def test_real_messages_read_the_same_both_ways() -> None:
    """Old mail and modern spam: nearly all multipart messages are plain, and all of those read alike."""
    entries: list[Labelled] = [
        *labelled_corpus("spamassassin")[::5],
        *labelled_corpus("modern-spam-2023-2025"),
    ]
    plain = total = 0
    for entry in entries:
        library = email.message_from_bytes(entry.read(), policy=email.policy.compat32)
        if library.get_content_maintype() != "multipart":
            continue
        total += 1
        raw = entry.read().replace(b"\r\n", b"\n")
        own = root(str(library["content-type"]))
        if plain_parts(own, raw.partition(b"\n\n")[2].decode("ascii", "surrogateescape")):
            plain += 1
            assert flat(own) == flat(email.message_from_bytes(raw, policy=email.policy.compat32)), entry.path
    assert plain > total * 0.8
