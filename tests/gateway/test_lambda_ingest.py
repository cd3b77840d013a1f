"""The adapter that calls the ingest function; the client's answers are botocore's own stubs."""

from __future__ import annotations

import io
import json
from typing import Any

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber
from pratique.adapters.aws.invoke import LambdaIngest
from pratique.domain.errors import PermanentFailure, TemporaryFailure

EVENT = {"Records": [{"ses": {"mail": {"messageId": "x", "helo": "grüß"}}}]}


def stubbed() -> tuple[Any, Stubber]:
    client = boto3.client("lambda", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    return client, Stubber(client)


def payload(data: bytes) -> StreamingBody:
    return StreamingBody(io.BytesIO(data), len(data))


def test_the_answer_is_the_handlers() -> None:
    client, stub = stubbed()
    expected = {
        "FunctionName": "ingest",
        "InvocationType": "RequestResponse",
        "Payload": json.dumps(EVENT, ensure_ascii=False, separators=(",", ":")).encode(),
    }
    stub.add_response("invoke", {"StatusCode": 200, "Payload": payload(b'{"message": "m"}')}, expected)
    with stub:
        assert LambdaIngest(lambda: client, function="ingest")(EVENT) == {"message": "m"}


@pytest.mark.parametrize(
    "answer",
    [
        {"StatusCode": 200, "FunctionError": "Unhandled", "Payload": payload(b'{"errorType": "X"}')},
        {"StatusCode": 200, "Payload": payload(b"not json")},
        {"StatusCode": 200, "Payload": payload(b"[1]")},
        {"StatusCode": 200, "Payload": payload(b"")},
    ],
    ids=["raised", "garbage", "list", "nothing"],
)
def test_a_function_that_fails_may_work_later(answer: dict[str, Any]) -> None:
    client, stub = stubbed()
    stub.add_response("invoke", answer)
    with stub, pytest.raises(TemporaryFailure):
        LambdaIngest(lambda: client, function="ingest")(EVENT)


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        ("TooManyRequestsException", TemporaryFailure),
        ("ResourceNotFoundException", PermanentFailure),
        ("AccessDeniedException", PermanentFailure),
    ],
)
def test_every_refusal_says_whether_to_try_again(code: str, failure: type[Exception]) -> None:
    client, stub = stubbed()
    stub.add_client_error("invoke", code, http_status_code=400)
    with stub, pytest.raises(failure):
        LambdaIngest(lambda: client, function="ingest")(EVENT)


def test_without_a_function_there_is_nothing_to_call() -> None:
    with pytest.raises(PermanentFailure, match="PRATIQUE_INGEST_FUNCTION"):
        LambdaIngest(lambda: pytest.fail("no client is made"), function="")(EVENT)
