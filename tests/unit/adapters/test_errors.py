"""Errors of the AWS libraries become ours, and say whether to try again."""

from __future__ import annotations

import botocore.exceptions as theirs
import pytest
from botocore.exceptions import ClientError
from pratique.adapters.aws.errors import error_code, mapped, translate
from pratique.domain.errors import NotFound, PermanentFailure, TemporaryFailure
from pynamodb.exceptions import GetError, PutError, QueryError


def client_error(code: str, status: int = 400) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": "secret words"}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]  # the parts that are read
        "AnyOperation",
    )


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("SlowDown", 503, TemporaryFailure),
        ("RequestTimeout", 400, TemporaryFailure),
        ("RequestTimeTooSkewed", 403, TemporaryFailure),
        ("InternalError", 500, TemporaryFailure),
        ("Unheard", 502, TemporaryFailure),
        ("ThrottlingException", 400, TemporaryFailure),
        ("NoSuchKey", 404, NotFound),
        ("NoSuchBucket", 404, PermanentFailure),
        ("AccessDenied", 403, PermanentFailure),
        ("InvalidAccessKeyId", 403, PermanentFailure),
        ("ResourceNotFoundException", 400, PermanentFailure),
        ("AWS.SimpleQueueService.NonExistentQueue", 400, PermanentFailure),
        ("Unheard", 400, PermanentFailure),
    ],
)
def test_answers(code: str, status: int, kind: type[Exception]) -> None:
    """By code, else by status; alone or inside pynamodb's error; never with the service's own words."""
    for error in (client_error(code, status), GetError("x", client_error(code, status))):
        assert error_code(error) == code
        found = translate(error)
        assert type(found) is kind
        assert "secret" not in str(found)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (theirs.EndpointConnectionError(endpoint_url="https://x"), TemporaryFailure),
        (theirs.ConnectTimeoutError(endpoint_url="https://x"), TemporaryFailure),
        (theirs.ReadTimeoutError(endpoint_url="https://x"), TemporaryFailure),
        (theirs.ConnectionClosedError(endpoint_url="https://x"), TemporaryFailure),
        (theirs.ResponseStreamingError(error="cut"), TemporaryFailure),
        (theirs.IncompleteReadError(actual_bytes=1, expected_bytes=2), TemporaryFailure),
        (theirs.CredentialRetrievalError(provider="x", error_msg="y"), TemporaryFailure),
        (theirs.NoCredentialsError(), PermanentFailure),
        (theirs.NoRegionError(), PermanentFailure),
        (theirs.ParamValidationError(report="x"), PermanentFailure),
        (QueryError("x", None), PermanentFailure),
    ],
)
def test_no_answer(error: Exception, kind: type[Exception]) -> None:
    """A connection that failed may work later; a call that cannot be made never will."""
    assert type(translate(error)) is kind
    if not isinstance(error, QueryError):
        assert type(translate(PutError("x", error))) is kind


def test_mapped_keeps_the_cause_and_lets_others_through() -> None:
    """Ours pass as they are; a bug stays a bug."""
    cause = client_error("SlowDown", 503)
    with pytest.raises(TemporaryFailure) as raised, mapped():
        raise cause
    assert raised.value.__cause__ is cause
    with pytest.raises(KeyError), mapped():
        raise KeyError("bug")
