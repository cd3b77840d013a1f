"""The SES couriers over a real client that stops before the network."""

from __future__ import annotations

import email

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from moto import mock_aws
from pratique.adapters.aws.ses import SesCourier, SesRewrittenCourier, SesWrappedCourier
from pratique.adapters.aws.ses_messages import MAX_MESSAGE
from pratique.domain.address import parse_address
from pratique.domain.errors import PermanentFailure, TemporaryFailure
from pratique.domain.route import Route, RouteKind
from pratique.ports.couriers import Parcel

from tests.builders import raw_message, route
from tests.contract.ses_recorder import SesRecorder, plain_client

MAIL = raw_message(sender="Bob Builder <bob.b@remote.example>")


def parcel(data: bytes = MAIL, to: str = "bob@example.org") -> Parcel:
    return Parcel("eve@spam.example", parse_address(to), data, "a reference")


def way(sender: str = "quarantine@example.org") -> Route:
    return route(kind=RouteKind.SES_REWRITTEN, sender=sender, host="")


def test_ses_is_given_the_envelope_and_the_raw_message() -> None:
    ses = SesRecorder()
    assert SesRewrittenCourier(ses.client).send(parcel(), way()) == "SES took it as ses-1"
    sender, recipient, message = ses.sent()[0]
    assert (sender, recipient) == ("quarantine@example.org", "bob@example.org")
    assert (
        email.message_from_bytes(message)["X-Pratique-Original-From"] == "Bob Builder <bob.b@remote.example>"
    )
    assert set(ses.requests[0]) == {"FromEmailAddress", "Destination", "Content"}


def test_mail_of_ones_own_goes_from_its_own_sender_as_it_is() -> None:
    """What has no envelope sender goes from the route's."""
    ses = SesRecorder()
    outgoing = route("outgoing:example.org", kind=RouteKind.SES, sender="postmaster@example.org", host="")
    made = SesCourier(ses.client)
    made.send(Parcel("bob@example.org", parse_address("eve@else.example"), MAIL, "a reference"), outgoing)
    made.send(Parcel("", parse_address("eve@else.example"), MAIL, "a reference"), outgoing)
    assert [sent[0] for sent in ses.sent()] == ["bob@example.org", "postmaster@example.org"]
    assert [sent[2] for sent in ses.sent()] == [MAIL, MAIL]


def test_nothing_is_made_before_it_is_needed() -> None:
    asked: list[str] = []
    made = SesWrappedCourier(lambda: asked.append("client"))
    made.close()
    with pytest.raises(PermanentFailure, match="ASCII"):
        made.send(parcel(to="jürgen@example.org"), way())
    assert asked == []


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (429, "TooManyRequestsException", TemporaryFailure),
        (400, "LimitExceededException", TemporaryFailure),
        (400, "AccountSuspendedException", TemporaryFailure),
        (400, "SendingPausedException", TemporaryFailure),
        (400, "ThrottlingException", TemporaryFailure),
        (403, "AccessDeniedException", TemporaryFailure),
        (403, "ExpiredTokenException", TemporaryFailure),
        (404, "NotFoundException", TemporaryFailure),
        (500, "InternalServiceErrorException", TemporaryFailure),
        (503, "ServiceUnavailable", TemporaryFailure),
        (400, "MessageRejected", PermanentFailure),
        (400, "MailFromDomainNotVerifiedException", PermanentFailure),
        (400, "BadRequestException", PermanentFailure),
        (413, "SomethingTooLarge", PermanentFailure),
    ],
)
@pytest.mark.parametrize("courier", [SesRewrittenCourier, SesWrappedCourier])
def test_each_answer_is_a_failure_of_its_kind(
    courier: type[SesRewrittenCourier | SesWrappedCourier], status: int, code: str, error: type[Exception]
) -> None:
    ses = SesRecorder(answer=(status, code, "because\r\nof " + "x" * 500))
    with pytest.raises(error, match=f"SES answered {code}") as caught:
        courier(ses.client).send(parcel(), way())
    assert type(caught.value) is error
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) <= 200


@pytest.mark.parametrize(
    "error",
    [
        EndpointConnectionError(endpoint_url="https://email.invalid"),
        ReadTimeoutError(endpoint_url="https://email.invalid"),
    ],
)
def test_a_service_out_of_reach_is_tried_again(error: Exception) -> None:
    ses = SesRecorder(error=error)
    with pytest.raises(TemporaryFailure, match="could not be reached"):
        SesRewrittenCourier(ses.client).send(parcel(), way())


def test_a_route_without_a_sender_is_no_fault_of_the_mail() -> None:
    with pytest.raises(TemporaryFailure, match="names no sender"):
        SesRewrittenCourier(SesRecorder().client).send(parcel(), way(sender=""))


def test_what_is_too_large_is_not_even_offered() -> None:
    ses = SesRecorder()
    for courier in (SesRewrittenCourier(ses.client), SesWrappedCourier(ses.client)):
        with pytest.raises(PermanentFailure, match="octets"):
            courier.send(parcel(MAIL + b"\r\n" * (MAX_MESSAGE // 2)), way())
    assert ses.requests == []


def test_an_unverified_sender_is_refused_by_moto_as_by_ses() -> None:
    """The same courier on an emulation that knows which senders are verified."""
    with mock_aws():
        client = plain_client()
        made = SesRewrittenCourier(lambda: client)
        with pytest.raises(PermanentFailure, match="MessageRejected"):
            made.send(parcel(), way())
        client.create_email_identity(EmailIdentity="quarantine@example.org")
        assert made.send(parcel(), way()).startswith("SES took it as ")
