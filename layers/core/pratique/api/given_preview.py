"""What goes out over the wire about a message's content. Everything in it is text: nothing of it is markup to be rendered."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from .given import Given


class HeaderField(msgspec.Struct, frozen=True):
    """A header field, unfolded, as it stands in the message."""

    name: str
    value: str


class Link(msgspec.Struct, frozen=True):
    """Where a link would lead, and what it shows."""

    target: str
    shown: str
    misleading: Annotated[bool, Meta(description="It shows the address of another place")]


class Attachment(msgspec.Struct, frozen=True):
    """An attachment. Its content is not given; the raw message has it."""

    filename: str
    media_type: Annotated[str, Meta(description="As the sender declared it")]
    size: Annotated[int, Meta(description="Octets")]
    sha256: Annotated[str, Meta(description="Of the content, in hexadecimal; empty where it is not certain")]
    kind: Annotated[str, Meta(description="What its first octets say, for example `pe`, `zip`, `pdf`")]
    inside: Annotated[list[str], Meta(description="Names found in an archive")]
    marks: Annotated[list[str], Meta(description="What was found in the content, for example `macro`")]


class Preview(Given, frozen=True):
    """What a message says, made safe to show."""

    text: str
    page: Annotated[
        str | None,
        Meta(
            description="Where its page is for five minutes, for a frame with `sandbox`; null where it has none"
        ),
    ]
    remote_blocked: Annotated[bool, Meta(description="Its page has pictures that lie elsewhere")]
    cut: Annotated[bool, Meta(description="It is long: this is its beginning")]
    headers: list[HeaderField]
    links: list[Link]
    attachments: list[Attachment]


class Source(Given, frozen=True):
    """The beginning of the raw message, as text; `size` in octets of the whole."""

    text: str
    size: int
    cut: bool
