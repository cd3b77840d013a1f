"""Notices: one claim a sender and day; and the bounce that SES is asked for, by a real client that stops before the network."""

from __future__ import annotations

import pytest
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, ReadTimeoutError
from pratique.adapters.aws.bounces import EVERY_SECONDS, SesBouncer
from pratique.domain.address import parse_address
from pratique.domain.errors import PermanentFailure, TemporaryFailure
from pratique.domain.notice import Notice
from pratique.ports.notices import Notices

from tests.builders import NOW, NOW_MS, copy_id
from tests.contract.backends import Backend
from tests.contract.ses_recorder import BounceRecorder

EVE, BOB = parse_address("eve@spam.example"), parse_address("bob@example.org")
DAY = NOW // 86_400
NOTICE = Notice(copy_id().message, "0a1b2c", EVE, (BOB, parse_address("ann@example.org")), NOW_MS)


@pytest.fixture
def notices(backend: Backend) -> Notices:
    return backend.services.notices


def test_a_claim_is_taken_once(notices: Notices) -> None:
    """By whichever message comes first; another day, and another sender, are others."""
    assert notices.claim(EVE, DAY, message="one", until=NOW + 99_999)
    assert not notices.claim(EVE, DAY, message="one", until=NOW + 99_999)
    assert not notices.claim(EVE, DAY, message="two", until=NOW + 99_999)
    assert notices.claim(EVE, DAY + 1, message="two", until=NOW + 99_999)
    assert notices.claim(BOB, DAY, message="two", until=NOW + 99_999)


def test_what_was_not_sent_is_given_back(notices: Notices) -> None:
    """By the message that took it, and by no other."""
    assert notices.claim(EVE, DAY, message="one", until=NOW + 99_999)
    notices.give_back(EVE, DAY, message="two")
    assert not notices.claim(EVE, DAY, message="two", until=NOW + 99_999)
    notices.give_back(EVE, DAY, message="one")
    notices.give_back(EVE, DAY, message="one")
    assert notices.claim(EVE, DAY, message="two", until=NOW + 99_999)


def bounce(ses: BounceRecorder, notice: Notice = NOTICE) -> str:
    return SesBouncer(ses.client, pause=lambda _: None).bounce(
        notice, sender="mailer-daemon@example.org", hostname="mx.example.org"
    )


def test_ses_is_asked_for_a_bounce_as_its_model_has_it() -> None:
    """By the id under which it received the message; every recipient with its own fields (RFC 3464)."""
    ses = BounceRecorder()
    assert bounce(ses) == "SES took it as bounce-1"
    [asked] = ses.requests
    assert asked["Action"] == "SendBounce"
    assert asked["OriginalMessageId"] == "0a1b2c"
    assert asked["BounceSender"] == "mailer-daemon@example.org"
    assert NOTICE.message in asked["Explanation"]
    assert asked["MessageDsn.ReportingMta"] == "dns; mx.example.org"
    assert asked["MessageDsn.ArrivalDate"].startswith("2026-09-21T")
    assert asked["MessageDsn.ExtensionFields.member.1.Value"] == NOTICE.message
    for number, recipient in enumerate(NOTICE.recipients, 1):
        member = f"BouncedRecipientInfoList.member.{number}."
        assert asked[member + "Recipient"] == str(recipient)
        assert asked[member + "RecipientDsnFields.Action"] == "failed"
        assert asked[member + "RecipientDsnFields.Status"] == "5.7.1"
        assert asked[member + "RecipientDsnFields.DiagnosticCode"].startswith("smtp; 550 5.7.1 ")


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, "Throttling", TemporaryFailure),
        (503, "ServiceUnavailable", TemporaryFailure),
        (400, "MessageRejected", PermanentFailure),
        (400, "InvalidParameterValue", PermanentFailure),
        (403, "AccessDenied", PermanentFailure),
    ],
)
def test_a_refusal_says_whether_to_try_again(status: int, code: str, error: type[Exception]) -> None:
    """And there was one request: a bounce has no idempotency key."""
    ses = BounceRecorder(answer=(status, code))
    with pytest.raises(error):
        bounce(ses)
    assert ses.tries == 1


@pytest.mark.parametrize(
    "error",
    [ReadTimeoutError(endpoint_url="https://ses"), ConnectionClosedError(endpoint_url="https://ses")],
)
def test_no_answer_counts_as_sent(error: Exception) -> None:
    """At most once: nobody is told twice because a connection broke."""
    assert "may have sent it" in bounce(BounceRecorder(error=error))


def test_what_never_reached_ses_is_tried_again() -> None:
    """No connection, no bounce."""
    with pytest.raises(TemporaryFailure):
        bounce(BounceRecorder(error=EndpointConnectionError(endpoint_url="https://ses")))


def test_bounces_keep_their_distance() -> None:
    """Whatever the batch: SES takes one a second."""
    now, pauses = [100.0], list[float]()

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        now[0] += seconds

    ses = BounceRecorder()
    bouncer = SesBouncer(ses.client, pause=pause, monotonic=lambda: now[0])
    for _ in range(3):
        bouncer.bounce(NOTICE, sender="a@example.org", hostname="h")
        now[0] += 0.5
    assert pauses == [pytest.approx(EVERY_SECONDS - 0.5)] * 2
