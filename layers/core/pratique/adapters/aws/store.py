"""MessageStore on S3: private, encrypted by the bucket's own setting, handed to people by short-lived URLs only.

The role needs s3:ListBucket beside s3:GetObject: without it S3 answers 403 instead of 404 for a key that is not there
(https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html), and a missing message would look like a missing permission.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from botocore.exceptions import BotoCoreError, ClientError

from pratique.domain.errors import NotFound
from pratique.ports.message_store import StoredObject

from .errors import mapped, translate

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

MAX_URL_SECONDS = 300
MAX_KEYS = 1000
CONTENT_TYPE = "message/rfc822"
_UNSAFE = re.compile(r'[\x00-\x1f\x7f"\\/:*?<>|;%]+')
_MAX_NAME = 100


class S3MessageStore:
    """Raw messages as objects."""

    def __init__(self, s3: Callable[[], S3Client], *, bucket: str) -> None:
        self._s3, self._bucket = s3, bucket

    def get(self, key: str) -> bytes:
        """See MessageStore. The whole object in memory: at most the 40 MB that SES takes."""
        with mapped():
            return self._s3().get_object(Bucket=self._bucket, Key=key)["Body"].read()

    def put(self, key: str, data: bytes) -> None:
        """See MessageStore."""
        with mapped():
            self._s3().put_object(Bucket=self._bucket, Key=key, Body=data, ContentType=CONTENT_TYPE)

    def list_objects(self, prefix: str, *, after: str = "", limit: int = 1000) -> list[StoredObject]:
        """See MessageStore."""
        with mapped():
            found = self._s3().list_objects_v2(
                Bucket=self._bucket, Prefix=prefix, StartAfter=after, MaxKeys=min(limit, MAX_KEYS)
            )
        return [
            StoredObject(each["Key"], each["Size"], int(each["LastModified"].timestamp()) * 1000)
            for each in found.get("Contents", [])
        ]

    def size(self, key: str) -> int | None:
        """See MessageStore."""
        try:
            return self._s3().head_object(Bucket=self._bucket, Key=key)["ContentLength"]
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            if status != HTTPStatus.NOT_FOUND:
                raise translate(error) from error
        except BotoCoreError as error:
            raise translate(error) from error
        return self._size_after_miss(key)

    def delete(self, key: str) -> None:
        """See MessageStore."""
        with mapped():
            self._s3().delete_object(Bucket=self._bucket, Key=key)

    def presigned_url(self, key: str, *, filename: str, seconds: int) -> str:
        """See MessageStore. Signed here, without a call: a key that is not there gives a URL that answers 404."""
        with mapped():
            return self._s3().generate_presigned_url(
                "get_object",
                Params={
                    "Bucket": self._bucket,
                    "Key": key,
                    "ResponseContentDisposition": attachment(filename),
                    "ResponseContentType": CONTENT_TYPE,
                },
                ExpiresIn=max(1, min(seconds, MAX_URL_SECONDS)),
            )

    def _size_after_miss(self, key: str) -> int | None:
        """A HEAD has no body, so its 404 is a missing object or a missing bucket alike; a GET of one octet says which."""
        try:
            with mapped():
                answer = self._s3().get_object(Bucket=self._bucket, Key=key, Range="bytes=0-0")
        except NotFound:
            return None
        return int(answer["ContentRange"].rpartition("/")[2])


def attachment(filename: str) -> str:
    """A Content-Disposition that saves under `filename` (RFC 6266, 4.1 and appendix D), cleaned of what is no part of a name."""
    name = (
        _UNSAFE.sub("_", filename.encode("utf-8", "replace").decode()).strip(" .")[:_MAX_NAME]
        or "message.eml"
    )
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
