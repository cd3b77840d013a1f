"""ModelStore on S3, with conditional writes
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

from botocore.exceptions import BotoCoreError, ClientError

from pratique.domain.errors import ConcurrentChange, NotFound
from pratique.domain.scope import Scope
from pratique.ports.models import Part, StoredModel

from .errors import NO_SUCH_KEY, PRECONDITION_FAILED, error_code, mapped, translate

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_s3.type_defs import PutObjectOutputTypeDef


def model_key(scope: Scope, part: Part = Part.MODEL) -> str:
    """The object's key: `models/` and the scope's own, quoted; other parts than the model itself lie below it."""
    key = f"models/{quote(scope.key, safe='@')}"
    return key if part is Part.MODEL else f"{key}/{part.value}"


class S3ModelStore:
    """One object per scope and part. A write whose answer was lost and that the SDK repeats ends in ConcurrentChange: the caller loads
    again and finds its own lessons in the model.
    """

    def __init__(self, s3: Callable[[], S3Client], *, bucket: str) -> None:
        self._s3, self._bucket = s3, bucket

    def load(self, scope: Scope, part: Part = Part.MODEL) -> StoredModel | None:
        """See ModelStore."""
        try:
            with mapped():
                answer = self._s3().get_object(Bucket=self._bucket, Key=model_key(scope, part))
                return StoredModel(answer["Body"].read(), answer["ETag"])
        except NotFound:
            return None

    def save(self, scope: Scope, data: bytes, *, expected_tag: str | None, part: Part = Part.MODEL) -> str:
        """See ModelStore."""
        try:
            return self._put(model_key(scope, part), data, expected_tag)["ETag"]
        except ClientError as error:
            if error_code(error) in PRECONDITION_FAILED | NO_SUCH_KEY:
                raise ConcurrentChange("another writer was first") from error
            raise translate(error) from error
        except BotoCoreError as error:
            raise translate(error) from error

    def _put(self, key: str, data: bytes, expected_tag: str | None) -> PutObjectOutputTypeDef:
        if expected_tag is None:
            return self._s3().put_object(Bucket=self._bucket, Key=key, Body=data, IfNoneMatch="*")
        return self._s3().put_object(Bucket=self._bucket, Key=key, Body=data, IfMatch=expected_tag)
