"""The one word for why a message is held, and the endings of its files' names."""

from __future__ import annotations

import base64
import io
import zipfile

import pytest
from pratique.domain.envelope import AuthResults, Outcome
from pratique.domain.lifecycle import State
from pratique.domain.policy import EffectivePolicy, Policy
from pratique.domain.rights import MAX_EXTENSIONS, Reason, Right
from pratique.domain.scope import GLOBAL
from pratique.domain.search import Search, read_terms
from pratique.domain.verdict import Contribution
from pratique.filtering.parsed import Attachment
from pratique.filtering.reasons import extensions_of, reason_of

from tests import builders
from tests.path import arrive, block, opened
from tests.unit.filtering.mail import multipart


def _evidence(*signals: str, weight: float = 2.0) -> list[Contribution]:
    return [Contribution(signal, weight) for signal in signals]


@pytest.mark.parametrize(
    ("signals", "reason"),
    [
        (("classifier",), Reason.SPAM),
        (("list:block", "classifier"), Reason.BLOCKED),
        (("list:block", "spoof:own-name"), Reason.PHISHING),
        (("spoof:own-name", "file:macro"), Reason.ATTACHMENT),
        (("file:macro", "loop"), Reason.LOOP),
        (("loop", "provider:virus", "list:block"), Reason.VIRUS),
    ],
)
def test_the_gravest_thing_counts(signals: tuple[str, ...], reason: Reason) -> None:
    """In the order that the enumeration has."""
    assert reason_of(_evidence(*signals), 0.97) is reason


def test_a_hint_of_phishing_is_none() -> None:
    """Signs of it have to weigh something together; what speaks for a message does not count against it."""
    assert reason_of(_evidence("url:brand", weight=1.0), 0.97) is Reason.SPAM
    assert reason_of(_evidence("url:brand", "url:user", weight=1.0), 0.97) is Reason.PHISHING
    assert reason_of([*_evidence("file:macro", weight=-0.1), Contribution("loop", 0.0)], 0.97) is Reason.SPAM


def test_what_only_a_strict_threshold_holds_is_held_for_the_policy() -> None:
    """The built-in threshold is 0.9."""
    assert reason_of(_evidence("classifier"), 0.899) is Reason.POLICY
    assert reason_of(_evidence("classifier"), 0.9) is Reason.SPAM


def _file(name: str, **changes: object) -> Attachment:
    return Attachment(name, "application/octet-stream", 10, **changes)  # type: ignore[arg-type]  # its own fields


@pytest.mark.parametrize(
    ("attachment", "expected"),
    [
        (_file("report.PDF"), ("pdf",)),
        (_file("report.pdf.exe. . "), ("exe",)),
        (_file("no ending"), ()),
        (_file(".profile"), ()),
        (_file("a.zip", inside=("b.tar", "c/d.js", "README")), ("js", "tar", "zip")),
        (_file("a.zip", inner="x.scr"), ("scr", "zip")),
        (_file("holiday.jpg", kind="pe"), ("exe", "jpg")),
        (_file("a.zip", marks=frozenset({"program"})), ("exe", "zip")),
        (_file("a.zip", marks=frozenset({"encrypted"})), ("*", "zip")),
        (_file("a.zip", marks=frozenset({"encrypted"}), inside=("b.doc",)), ("doc", "zip")),
        (_file("a.zip", marks=frozenset({"deep"}), inside=("b.zip",)), ("*", "zip")),
        (_file("a.zip", inside=("x.txt",) * 100), ("*", "txt", "zip")),
        (_file("a.e x\u00ade\u202e"), ("exe",)),
        (_file("a." + "b" * 400), ("b" * 16,)),
    ],
)
def test_endings(attachment: Attachment, expected: tuple[str, ...]) -> None:
    """Of nested names too; by what a file is where its name lies; `*` where not all is known."""
    assert extensions_of([attachment]) == expected


def test_more_endings_than_are_kept_are_all_suspect() -> None:
    """Somebody who hides one among hundreds has hidden nothing."""
    many = extensions_of([_file(f"f.e{n}") for n in range(200)])
    assert (len(many), many[0]) == (MAX_EXTENSIONS, "*")
    assert EffectivePolicy(disallowed_extensions=("exe",)).right(Reason.SPAM, many) is Right.REQUEST


def test_rights() -> None:
    """By the reason; a disallowed ending takes the release away, and gives no right that was not there."""
    policy = EffectivePolicy(
        rights_spam=Right.RELEASE, rights_loop=Right.NONE, disallowed_extensions=("exe",)
    )
    assert policy.right(Reason.SPAM, ("pdf",)) is Right.RELEASE
    assert policy.right(Reason.SPAM, ("exe", "pdf")) is Right.REQUEST
    assert policy.right(Reason.LOOP, ("exe",)) is Right.NONE
    assert policy.right(None) is Right.RELEASE
    assert EffectivePolicy().right(Reason.SPAM, ("*",)) is Right.RELEASE, (
        "nothing is disallowed unless chosen"
    )
    assert {reason: EffectivePolicy().right(reason) for reason in Reason} == {
        Reason.VIRUS: Right.NONE,
        Reason.LOOP: Right.REQUEST,
        Reason.ATTACHMENT: Right.REQUEST,
        Reason.PHISHING: Right.REQUEST,
        Reason.BLOCKED: Right.RELEASE,
        Reason.POLICY: Right.RELEASE,
        Reason.SPAM: Right.RELEASE,
    }


def _zipped(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, b"MZ" + bytes(300))
    return packed.getvalue()


def test_ingest_notes_reason_and_endings_of_what_it_holds() -> None:
    """Of a real message with a program in an archive; what is delivered carries neither."""
    packed = base64.encodebytes(_zipped("invoice.pdf.exe")).replace(b"\n", b"\r\n")
    head = b'Content-Type: application/zip; name="invoice.zip"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    raw = multipart(b"Content-Type: text/plain\r\n\r\nSee there.", head + packed)
    world = opened()
    world.directory.put_policy(GLOBAL, Policy(spam_at=0.0, unsure_at=0.0))
    (copy,) = arrive(world, builders.receipt(), raw).copies
    assert (copy.state, copy.held_for, copy.extensions) == (State.HELD, Reason.ATTACHMENT, ("exe", "zip"))
    world.directory.put_policy(GLOBAL, Policy(quarantine=False))
    (copy,) = arrive(world, builders.receipt("message-2"), raw).copies
    assert (copy.state, copy.held_for, copy.extensions) == (State.QUEUED, None, ())


def test_reasons_of_a_virus_and_of_a_blocked_sender() -> None:
    """As the provider and a person said."""
    world = opened()
    block(world)
    (copy,) = arrive(world, builders.receipt()).copies
    assert copy.held_for is Reason.BLOCKED
    (copy,) = arrive(world, builders.receipt("message-2", auth=AuthResults(virus=Outcome.FAIL))).copies
    assert copy.held_for is Reason.VIRUS


def test_what_is_held_for_a_reason_is_found_by_it() -> None:
    """Where the search names it; a word alone is looked for in what people see."""
    copy = builders.a_copy(held_for=Reason.ATTACHMENT, subject="Cheap things")
    for words, found in (
        ("held:attachment", True),
        ("held:virus", False),
        ("-held:virus", True),
        ("attachment", False),
        ("cheap held:attach", True),
    ):
        assert Search(read_terms(words)).matches(copy) is found, words
    assert not Search(read_terms("held:spam")).matches(builders.a_copy())
