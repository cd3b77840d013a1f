"""A real sesv2 client whose requests stop just before the network: validated and serialised by botocore, its answers parsed by botocore."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import parse_qsl

import botocore.session
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config


class _Body(io.BytesIO):
    def stream(self, **_: Any) -> Any:
        yield self.read()


def plain_client(service: str = "sesv2") -> Any:
    """A client that no profile or file of this machine has a say in."""
    variables = {"profile": (None, None, None, None), "config_file": (None, None, "/dev/null", None)}
    session = botocore.session.Session(session_vars=variables)
    return session.create_client(
        service,
        region_name="eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )


@dataclass
class SesRecorder:
    """What SES would have got. `answer` is (status, error code, message) for the next sends; '' for success."""

    requests: list[dict[str, Any]] = field(default_factory=list)
    answer: tuple[int, str, str] = (200, "", "")
    error: Exception | None = None

    _made: Any = None

    def client(self) -> Any:
        """The client, made once."""
        if self._made is None:
            self._made = self._make()
        return self._made

    def _make(self) -> Any:
        made = plain_client()
        made.meta.events.register("before-send.sesv2.SendEmail", cast(Any, self._taken))
        return made

    def _taken(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        if self.error is not None:
            raise self.error
        status, code, message = self.answer
        body = request.body
        given = json.loads(body if isinstance(body, str | bytes) else b"{}")
        if not code:
            self.requests.append(given)
        text = {"message": message} if code else {"MessageId": f"ses-{len(self.requests)}"}
        headers = HTTPHeaders.from_dict(
            {"content-type": "application/json", **({"x-amzn-errortype": code} if code else {})}
        )
        return AWSResponse(request.url, status, headers, _Body(json.dumps(text).encode()))

    def sent(self) -> list[tuple[str, str, bytes]]:
        """(From, recipient, message) of each that was taken."""
        return [
            (
                each["FromEmailAddress"],
                each["Destination"]["ToAddresses"][0],
                base64.b64decode(each["Content"]["Raw"]["Data"]),
            )
            for each in self.requests
        ]


@dataclass
class BounceRecorder:
    """The same of ses's SendBounce, which speaks the query protocol: each request as its form fields. `answer` is (status, error code)."""

    requests: list[dict[str, str]] = field(default_factory=list)
    answer: tuple[int, str] = (200, "")
    error: Exception | None = None
    tries: int = 0

    _made: Any = None

    def client(self) -> Any:
        """The client, made once."""
        if self._made is None:
            self._made = plain_client("ses")
            self._made.meta.events.register("before-send.ses.SendBounce", cast(Any, self._taken))
        return self._made

    def _taken(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        self.tries += 1
        if self.error is not None:
            raise self.error
        status, code = self.answer
        body = request.body
        given = dict(parse_qsl(body.decode() if isinstance(body, bytes) else str(body)))
        if not code:
            self.requests.append(given)
        made = f"<SendBounceResult><MessageId>bounce-{len(self.requests)}</MessageId></SendBounceResult>"
        text = (
            f"<ErrorResponse><Error><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>"
            if code
            else f"<SendBounceResponse>{made}</SendBounceResponse>"
        )
        headers = HTTPHeaders.from_dict({"content-type": "text/xml"})
        return AWSResponse(request.url, status, headers, _Body(text.encode()))
