"""SES as the set-up check asks it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from pratique.domain.address import parent_domains
from pratique.ports.setup import Identity, Receiving

from .errors import mapped

if TYPE_CHECKING:
    from mypy_boto3_ses.client import SESClient
    from mypy_boto3_sesv2.client import SESV2Client


class SesProvider:
    """See MailProvider. `bucket` is where our receipt rule stores mail."""

    def __init__(
        self, ses: Callable[[], SESClient], sesv2: Callable[[], SESV2Client], *, bucket: str
    ) -> None:
        self._ses, self._sesv2, self._bucket = ses, sesv2, bucket

    def identity(self, domain: str) -> Identity | None:
        """See MailProvider. https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetEmailIdentity.html"""
        for name in (domain, *parent_domains(domain)):
            found = self._known(name)
            if found is not None:
                dkim = found.get("DkimAttributes", {})
                return Identity(
                    bool(found.get("VerifiedForSendingStatus")), str(dkim.get("Status", "NOT_STARTED"))
                )
        return None

    def _known(self, name: str) -> Mapping[str, Any] | None:
        with mapped():
            try:
                return self._sesv2().get_email_identity(EmailIdentity=name)
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") == "NotFoundException":
                    return None
                raise

    def receiving(self, domain: str) -> Receiving:
        """See MailProvider. https://docs.aws.amazon.com/ses/latest/APIReference/API_DescribeActiveReceiptRuleSet.html"""
        with mapped():
            found = self._ses().describe_active_receipt_rule_set()
        name = str(found.get("Metadata", {}).get("Name", ""))
        rules: Iterable[Mapping[str, Any]] = found.get("Rules", [])
        return Receiving(name, any(self._takes(rule, domain) for rule in rules))

    def _takes(self, rule: Mapping[str, Any], domain: str) -> bool:
        """Whether a rule is on, holds for some address of the domain, and puts the mail into our bucket."""
        stores = any(
            action.get("S3Action", {}).get("BucketName") == self._bucket for action in rule.get("Actions", [])
        )
        named = [str(each).lower() for each in rule.get("Recipients", [])]
        fits = not named or any(
            each.rpartition("@")[2] == domain or (each.startswith(".") and domain.endswith(each))
            for each in named
        )
        return bool(rule.get("Enabled")) and stores and fits
