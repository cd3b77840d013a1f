"""The one place where the AWS libraries' errors become ours: every failure says whether to try again (invariant 12).

Codes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html,
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html,
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    UnknownServiceError,
)
from pynamodb.exceptions import PynamoDBException

from pratique.domain.errors import NotFound, PermanentFailure, PratiqueError, TemporaryFailure

CONDITION_FAILED = frozenset({"ConditionalCheckFailedException"})
PRECONDITION_FAILED = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})
NO_SUCH_KEY = frozenset({"NoSuchKey"})

_PASSING = frozenset(
    {
        "500",
        "503",
        "ExpiredToken",  # the role's session is being renewed
        "ExpiredTokenException",
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "KmsThrottled",
        "LimitExceededException",
        "OperationAborted",
        "OverLimit",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "ReplicatedWriteConflictException",
        "RequestExpired",
        "RequestLimitExceeded",
        "RequestTimeout",
        "RequestTimeTooSkewed",
        "RequestThrottled",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)

_SETUP = (NoCredentialsError, NoRegionError, ParamValidationError, UnknownServiceError)
"""What is wrong with the call or the installation; every other BotoCoreError is a connection that failed."""


def _inner(error: BaseException) -> BaseException:
    """The SDK's error inside pynamodb's. Not by pynamodb's own `cause_response_code`: it fails on a connection that was closed."""
    if isinstance(error, PynamoDBException) and error.cause is not None:
        return error.cause
    return error


def error_code(error: BaseException) -> str:
    """The service's own code (`ConditionalCheckFailedException`, `NoSuchKey`), '' where there is none."""
    inner = _inner(error)
    return str(inner.response.get("Error", {}).get("Code", "")) if isinstance(inner, ClientError) else ""


def _status(error: BaseException) -> int:
    """The HTTP status, 0 where there was no answer. pynamodb drops it from its copy of an error; the one it copied still has it."""
    inner: BaseException | None = _inner(error)
    while isinstance(inner, ClientError):
        status = inner.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if status:
            return int(status)
        inner = inner.__cause__
    return 0


def translate(error: Exception) -> PratiqueError:
    """Our error for one of theirs. The text names the operation's failure by its code only: messages of services hold names and keys."""
    code = error_code(error)
    if code in NO_SUCH_KEY:
        return NotFound("no such object")
    if code:
        if code in _PASSING or _status(error) >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return TemporaryFailure(f"the service answered {code}")
        return PermanentFailure(f"the service answered {code}")
    inner = _inner(error)
    if isinstance(inner, BotoCoreError) and not isinstance(inner, _SETUP):
        return TemporaryFailure(f"the service could not be reached ({type(inner).__name__})")
    return PermanentFailure(f"the call could not be made ({type(inner).__name__})")


@contextmanager
def mapped() -> Iterator[None]:
    """Let nothing of the AWS libraries' own errors through."""
    try:
        yield
    except (BotoCoreError, ClientError, PynamoDBException) as error:
        raise translate(error) from error
