"""Who may be told that a message was refused: no forged sender, no machine, no list."""

from __future__ import annotations

import pytest
from pratique.domain.address import Address
from pratique.domain.envelope import AuthResults, Outcome
from pratique.filtering.answerable import answerable_sender
from pratique.filtering.parse import parse

from tests import builders

EVE = Address("eve", "spam.example")
SPF_FAILS = AuthResults(spf=Outcome.FAIL, dkim=Outcome.PASS, dmarc=Outcome.PASS)


def asked(
    *headers: str,
    mail_from: str = "eve@spam.example",
    sender: str = "Eve <eve@spam.example>",
    auth: AuthResults = builders.PASSES,
    recipients: tuple[str, ...] = ("bob@example.org",),
) -> Address | None:
    """Who may be told of such a message."""
    raw = builders.raw_message(sender=sender, headers=headers)
    return answerable_sender(
        parse(raw), builders.receipt(mail_from=mail_from, auth=auth, recipients=recipients)
    )


def test_a_persons_proven_mail_is_answered() -> None:
    """To the envelope's sender."""
    assert asked() == EVE
    assert asked("Auto-Submitted: no") == EVE


@pytest.mark.parametrize("dmarc", [each for each in Outcome if each is not Outcome.PASS])
def test_a_sender_that_dmarc_does_not_prove_never_hears_of_it(dmarc: Outcome) -> None:
    """Forged ones hear nothing; nor does one that nobody checked."""
    assert asked(auth=AuthResults(spf=Outcome.PASS, dkim=Outcome.PASS, dmarc=dmarc)) is None


def test_a_signature_alone_does_not_vouch_for_another_envelope() -> None:
    """A signed message can be sent on in any envelope: its author may be told, nobody else."""
    assert asked(auth=SPF_FAILS) == EVE
    assert asked(mail_from="victim@spam.example", auth=SPF_FAILS) is None
    assert asked(mail_from="victim@elsewhere.example") is None
    assert asked(mail_from="eve@mail.spam.example") == Address("eve", "mail.spam.example")


@pytest.mark.parametrize("mail_from", ["", "not an address", "jürgen@spam.example"])
def test_there_must_be_somebody_to_tell(mail_from: str) -> None:
    """No null sender (RFC 5321, 4.5.5), nor what SES cannot send to."""
    assert asked(mail_from=mail_from) is None


@pytest.mark.parametrize(
    "local",
    [
        "mailer-daemon",
        "MAILER-DAEMON",
        "postmaster",
        "noreply",
        "no-reply",
        "do_not_reply",
        "no.reply",
        "noreply+123",
        "bounces",
        "bounce-77",
        "list-bounces",
        "owner-list",
        "list-request",
        "news",
        "notifications",
        "eve+bob=example.org",
        "msprvs1=abc",
        "listserv",
    ],
)
def test_machines_and_lists_are_not_told(local: str) -> None:
    """Nobody reads there, or many do."""
    address = f"{local}@spam.example"
    assert asked(mail_from=address, sender=f"Eve <{address}>") is None


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated; type=vacation",
        "Precedence: bulk",
        "Precedence: list",
        "Precedence: junk",
        "List-Id: <a.example>",
        "List-Unsubscribe: <mailto:x@spam.example>",
        "List-Post: <mailto:x@spam.example>",
        "X-Auto-Response-Suppress: All",
        "X-Autoreply: yes",
        "Feedback-ID: 1:2:3",
        "Return-Path: <>",
        "X-Pratique-Notice: 1",
        "X-Loop: eve",
        "Sender: owner-list@spam.example",
    ],
)
def test_automatic_and_bulk_mail_is_not_told(header: str) -> None:
    """RFC 3834, 2: no answer to an answer, none to many."""
    assert asked(header) is None


def test_a_report_is_not_told() -> None:
    """A bounce of a bounce."""
    raw = builders.raw_message().replace(b"text/plain", b"multipart/report")
    assert answerable_sender(parse(raw), builders.receipt()) is None


def test_whoever_writes_to_himself_is_not_told() -> None:
    """It would be held as well."""
    assert asked(recipients=("bob@example.org", "eve@spam.example")) is None


def test_several_authors_prove_nothing() -> None:
    """As lists of allowed senders have it."""
    assert asked(sender="Eve <eve@spam.example>, Bob <bob@bank.example>") is None
