"""The ingest function, called synchronously: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from pratique.domain.errors import PermanentFailure, TemporaryFailure

from .errors import mapped

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient

MAX_PAYLOAD = 6 * 1024 * 1024
"""Octets of a synchronous call, either way."""


class LambdaIngest:
    """Ingest, by Lambda Invoke (RequestResponse)."""

    def __init__(self, client: Callable[[], LambdaClient], *, function: str) -> None:
        self._client = client
        self._function = function

    def __call__(self, event: Mapping[str, Any]) -> Mapping[str, Any]:
        """A function that fails is a TemporaryFailure too: the sender tries again, and the bytes are kept meanwhile."""
        if not self._function:
            raise PermanentFailure(
                "PRATIQUE_INGEST_FUNCTION (or ..._SUBMIT_FUNCTION) is not set: there is nothing to hand mail to"
            )
        with mapped():
            answer = self._client().invoke(
                FunctionName=self._function,
                InvocationType="RequestResponse",
                Payload=msgspec.json.encode(event),
            )
            body = answer["Payload"].read(MAX_PAYLOAD)
        if answer.get("FunctionError"):
            raise TemporaryFailure("the function failed")
        try:
            return msgspec.json.decode(body, type=dict[str, Any])
        except msgspec.DecodeError:
            raise TemporaryFailure("the ingest function gave no answer that can be read") from None
