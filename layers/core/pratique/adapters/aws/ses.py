"""The SES couriers: for installations that have a verified sender, and neither a relay nor a next hop that takes SMTP.

Both send by sesv2 SendEmail with Raw content (https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html). SES delivers to
where the recipient's MX record points: a domain whose MX is SES itself cannot be served so, the mail would come back.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from pratique.domain.address import parse_address
from pratique.domain.errors import InvalidInput, PermanentFailure, TemporaryFailure
from pratique.domain.route import Route
from pratique.ports.couriers import Parcel

from .ses_messages import rewritten, wrapped

MAX_REPLY = 200
"""Characters of an answer that are kept."""

_NO = frozenset(
    {
        "BadRequestException",
        "InvalidParameterValue",
        "MailFromDomainNotVerifiedException",
        "MessageRejected",
        "RequestEntityTooLarge",
        "ValidationException",
    }
)
"""SES looked at the message and will never send it. Everything else, throttles, a paused account, a missing permission, is about the
account or the service: the mail is not at fault, and goes when that is put right.
"""


class _SesCourier:
    """What both have in common. `client` gives a sesv2 client; it is asked at each send, so that nothing is made before it is needed.
    `shape` makes of a parcel and the verified sender what SES is given.
    """

    def __init__(self, client: Callable[[], Any], shape: Callable[[Parcel, str], bytes]) -> None:
        self._client, self._shape = client, shape

    def send(self, parcel: Parcel, route: Route) -> str:
        """See Courier. The envelope's sender is not used: SES has bounces come to the route's sender."""
        if not str(parcel.recipient).isascii():
            raise PermanentFailure("SES sends to ASCII addresses only")
        sender = self._sender(parcel, route)
        message = self._shape(parcel, sender)
        try:
            answer = self._client().send_email(
                FromEmailAddress=sender,
                Destination={"ToAddresses": [str(parcel.recipient)]},
                Content={"Raw": {"Data": message}},
            )
        except ClientError as error:
            raise _failure(error) from error
        except ParamValidationError as error:
            raise PermanentFailure("SES takes no such message") from error
        except BotoCoreError as error:
            raise TemporaryFailure(f"SES could not be reached ({type(error).__name__})") from error
        return _clean(f"SES took it as {answer.get('MessageId', '')}")

    def _sender(self, parcel: Parcel, route: Route) -> str:
        del parcel
        try:
            return str(parse_address(route.sender))
        except InvalidInput:
            raise TemporaryFailure("the route names no sender address") from None

    def close(self) -> None:
        """See Courier. The client is the process's own."""


class SesRewrittenCourier(_SesCourier):
    """Kind `ses-rewritten`: the message itself, from the route's verified sender. Its signatures are gone; its body is untouched."""

    def __init__(self, client: Callable[[], Any]) -> None:
        super().__init__(client, lambda parcel, sender: rewritten(parcel.data, sender=sender))


class SesCourier(_SesCourier):
    """Kind `ses`: the message as it is, from its own envelope sender, whose domain is verified; what has none (a notice, a bounce) goes from
    the route's sender. SES puts its own Message-ID, and its own trace fields, into it.
    """

    def __init__(self, client: Callable[[], Any]) -> None:
        super().__init__(client, lambda parcel, _sender: parcel.data)

    def _sender(self, parcel: Parcel, route: Route) -> str:
        return parcel.mail_from or super()._sender(parcel, route)


class SesWrappedCourier(_SesCourier):
    """Kind `ses-wrapped`: a short note from the route's verified sender, with the message attached byte for byte."""

    def __init__(self, client: Callable[[], Any]) -> None:
        super().__init__(
            client, lambda parcel, sender: wrapped(parcel.data, sender=sender, recipient=parcel.recipient)
        )


def _failure(error: ClientError) -> PermanentFailure | TemporaryFailure:
    code = str(error.response.get("Error", {}).get("Code", ""))
    words = str(error.response.get("Error", {}).get("Message", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    text = _clean(f"SES answered {code}: {words}")
    if code in _NO or status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return PermanentFailure(text)
    return TemporaryFailure(text)


def _clean(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)[:MAX_REPLY].strip()
