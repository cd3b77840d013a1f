"""One botocore session for everything, one client per service, each made when it is first used.

A client costs 10 to 50 ms of CPU at cold start, so a function pays only for the services that it calls; and every pynamodb
*Model* class would open a client of its own, which is why the table is spoken to through pynamodb's TableConnection (decision 0002).
The endpoint comes from the environment as the SDKs read it (AWS_ENDPOINT_URL), so an emulator needs no setting of ours.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from pratique.domain.errors import PermanentFailure
from pratique.settings import Settings

from .errors import mapped
from .table import Table

if TYPE_CHECKING:
    import botocore.session
    from mypy_boto3_lambda.client import LambdaClient
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_secretsmanager.client import SecretsManagerClient
    from mypy_boto3_ses.client import SESClient
    from mypy_boto3_sesv2.client import SESV2Client
    from mypy_boto3_sqs.client import SQSClient

CONNECT_SECONDS = 2
READ_SECONDS = 5
SEND_READ_SECONDS = 60
S3_READ_SECONDS = 20
"""S3 answers a PUT after it has stored all of it: 40 MB take longer than a row."""
INGEST_READ_SECONDS = 70
"""Longer than the ingest function's own timeout."""
ATTEMPTS = 4


class Clients:
    """The AWS clients of a process. Thread-safe."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = threading.RLock()
        self._made: dict[str, Any] = {}

    def table(self) -> Table:
        """The table. Raises PermanentFailure where the installation names none."""
        return cast(Table, self._once("table", self._make_table))

    def s3(self) -> S3Client:
        """Presigned URLs need signature version 4 and the region's own host name."""
        return cast("S3Client", self._client("s3", signature_version="s3v4", read_timeout=S3_READ_SECONDS))

    def sqs(self) -> SQSClient:
        """For the queues."""
        return cast("SQSClient", self._client("sqs"))

    def secretsmanager(self) -> SecretsManagerClient:
        """For the signing key and the routes' credentials."""
        return cast("SecretsManagerClient", self._client("secretsmanager"))

    def sesv2(self) -> SESV2Client:
        """For the SES couriers, in the region where the sender is verified. One try, and time for 40 MB: SendEmail is not idempotent, so a
        repeat after a lost answer would send a second time. The deliver queue tries again where that is right.
        """
        return cast(
            "SESV2Client",
            self._client(
                "sesv2", region=self.settings.ses_region, read_timeout=SEND_READ_SECONDS, attempts=1
            ),
        )

    def ses(self) -> SESClient:
        """For bounces, in the region where the mail was received. One try: a repeat would tell the sender twice."""
        return cast("SESClient", self._client("ses", attempts=1))

    def events(self) -> Any:
        """For the event bus (EventBridge)."""
        return self._client("events")

    def awslambda(self) -> LambdaClient:
        """For an SMTP edge that hands mail to ingest. It waits as long as ingest may take; ingest can be called twice, so it is retried."""
        return cast("LambdaClient", self._client("lambda", read_timeout=INGEST_READ_SECONDS))

    def _once(self, name: str, make: Callable[[], object]) -> object:
        with self._lock:
            if name not in self._made:
                self._made[name] = make()
            return self._made[name]

    def _session(self) -> botocore.session.Session:
        if self.settings.table:
            return self.table().session  # pynamodb makes its own session, so everything else uses that one

        def make() -> botocore.session.Session:
            import botocore.session  # noqa: PLC0415 - a cold start pays only for what it uses

            return botocore.session.get_session()

        return cast("botocore.session.Session", self._once("session", make))

    def _make_table(self) -> Table:
        if not self.settings.table:
            raise PermanentFailure("PRATIQUE_TABLE is not set: this function has no table")
        with mapped():
            return Table(
                self.settings.table,
                region=self.settings.region,
                connect_seconds=CONNECT_SECONDS,
                read_seconds=READ_SECONDS,
                attempts=ATTEMPTS,
            )

    def _client(
        self, service: str, *, region: str = "", attempts: int | None = None, **options: Any
    ) -> object:
        def make() -> object:
            from botocore.config import Config  # noqa: PLC0415 - as above

            config = Config(
                connect_timeout=CONNECT_SECONDS,
                retries={"total_max_attempts": attempts or ATTEMPTS, "mode": "standard"},
                **{"read_timeout": READ_SECONDS, **options},
            )
            with mapped():
                return self._session().create_client(
                    service, region_name=region or self.settings.region, config=config
                )

        return self._once(service, make)
