"""Telling of mail that the domain's own people sent: what comes in, and what is answered."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from pratique.usecases.know_senders import MAX_NAME, MOST_RECIPIENTS

from .asked import Asked
from .given import Given

AddressText = Annotated[str, Meta(min_length=3, max_length=320, examples=["bob@example.org"])]


class SentRequest(Asked, frozen=True):
    """A message that one of a domain's own people sent."""

    message_id: Annotated[
        str, Meta(min_length=1, max_length=998, description="Its Message-ID", examples=["<1@example.org>"])
    ]
    sender: AddressText
    recipients: Annotated[list[AddressText], Meta(min_length=1, max_length=MOST_RECIPIENTS)]
    name: Annotated[str, Meta(max_length=MAX_NAME, description="The sender's display name")] = ""


class SentResult(Given, frozen=True):
    """How many of the recipients are outside the sender's domain, and known as its correspondents from now on."""

    outside: int
