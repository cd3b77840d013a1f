"""What is read out of a message: plain, bounded values that signals, the classifier, rows and pages can trust."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from pratique.domain.address import Address

from .html_text import anchors, is_picture, lower, url_host, visible_text
from .page_style import PageStyle, read_style

MAX_HEADER_BLOCK = 256 * 1024
"""Octets of a header block that are read."""
MAX_FIELDS = 500
"""Header fields kept."""
MAX_FIELD = 4_096
"""Characters kept of one field's value."""
MAX_RECEIVED = 100
MAX_ADDRESSES = 1_000
MAX_TEXT = 128 * 1024
"""Characters of plain text kept."""
MAX_HTML = 256 * 1024
"""Characters of HTML kept: every HTML reader has a quadratic case, so what they are given is bounded."""
MAX_PARTS = 1_000
MAX_DEPTH = 50
MAX_ATTACHMENTS = 200
MAX_DEFECTS = 40
MAX_LEAVES = 40
"""Leaves whose declarations are kept."""
PAGE_READ = 64_000
"""Characters of a page that its text is taken from."""
TEXT_READ = 16_000
"""Characters of the text that signals look into."""
WORDS_READ = 6_000
"""... and that are cut into words."""

_LIST_FIELDS = frozenset(
    {"list-id", "list-post", "mailing-list", "x-mailing-list", "x-beenthere", "x-mailman-version", "x-listprocessor-version", "x-majordomo"}
)  # fmt: skip
_LIST_SENDER = re.compile(r"(?:^|<)owner-|-(?:owner|request|bounces|admin|errors)@")
MAX_LIST_SENDER = 200
_MARKS = str.maketrans(dict.fromkeys('"#$%&()*+,./:;<=>?[\\]^_`{|}~', " "))
_MARK = re.compile('["#$%&()*+,./:;<=>?[\\\\\\]^_`{|}~“”„«»…·•。、，]+')


class Leaf(NamedTuple):
    """What a leaf of the message declares of itself, in lower case ('' where it says nothing), and whether its octets are all ASCII
    (True too where they were not looked at).
    """

    media_type: str
    charset: str
    encoding: str
    disposition: str
    is_ascii: bool


@dataclass(frozen=True, slots=True)
class Attachment:
    """A leaf of the message that is no body text.

    `filename` is decoded, cleaned, without its folders; `media_type` is what the sender declared; `size` is in octets after transfer
    decoding (of quoted-printable parts beyond the analysis budget: before); `kind` is what the first octets say
    (`pe`, `zip`, `pdf` ..., '' unknown); `inner` is the first member's name if it is a zip. `inside` are names found in an archive, nested
    ones too; `marks` are words for what was found in the content (see `inside.MARKS`).
    """

    filename: str
    media_type: str
    size: int
    kind: str = ""
    inner: str = ""
    inside: tuple[str, ...] = ()
    marks: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ParsedMessage:
    """A message as read by `parse`. Text is '' and a tuple is () where there is nothing; all of it is bounded (see the limits above).

    `subject` is decoded, on one line, without control and bidirectional characters; `from_header`, `date` and `message_id` are the raw
    field values, unfolded; `date_s` is in Unix seconds. `headers` holds (name, raw unfolded value) in the order of the message;
    several plain parts are joined in `text`. `body_offset` is where the body begins in the raw octets. `defects` are short
    words for what was wrong or was cut. `leaves` are the first MAX_LEAVES leaves of the MIME tree. What several readers need of the same
    text is worked out once, when the first asks. `returned_id` is the Message-ID of the message that a bounce returns.
    """

    size: int
    subject: str = ""
    from_header: str = ""
    from_name: str = ""
    from_address: Address | None = None
    reply_to: Address | None = None
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    date: str = ""
    date_s: int | None = None
    message_id: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    text: str = ""
    html: str = ""
    urls: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    defects: tuple[str, ...] = ()
    body_offset: int = 0
    leaves: tuple[Leaf, ...] = ()
    returned_id: str = ""

    @cached_property
    def by_name(self) -> dict[str, list[str]]:
        """The values of each field by its name in lower case, in order."""
        found: dict[str, list[str]] = {}
        for name, value in self.headers:
            found.setdefault(name.lower(), []).append(value)
        return found

    def header(self, name: str) -> str:
        """The first value of a header field, '' where there is none."""
        return self.by_name.get(name.lower(), [""])[0]

    def header_count(self, name: str) -> int:
        """How often a header field stands in the message."""
        return len(self.by_name.get(name.lower(), ()))

    @cached_property
    def is_list(self) -> bool:
        """Whether it says to come from a discussion list, which may well write one name in From and another in the envelope. Lists older
        than RFC 2919 say it by the fields of their programs, by `Precedence: list`, by the sender they put in (owner-, -request), or by
        wanting answers where the message was sent to.
        """
        return (
            not _LIST_FIELDS.isdisjoint(self.by_name)
            or self.header("precedence").strip().lower() == "list"
            or (self.reply_to is not None and self.reply_to in self.to)
            or _LIST_SENDER.search(self.header("sender")[:MAX_LIST_SENDER].lower()) is not None
        )

    @cached_property
    def low_html(self) -> str:
        """The page in lower case, every character at its place."""
        return lower(self.html)

    @cached_property
    def style(self) -> PageStyle:
        """Sizes and colours of the beginning of the page."""
        return read_style(self.low_html[:PAGE_READ])

    @cached_property
    def page_text(self) -> str:
        """What a reader sees of the beginning of the page."""
        return visible_text(self.html[:PAGE_READ]) if self.html else ""

    @cached_property
    def shown(self) -> str:
        """The text a reader sees: the plain part, or the page's where the plain part is only a remark."""
        return self.page_text if len(self.text) < len(self.page_text) // 2 else self.text

    @cached_property
    def low_shown(self) -> str:
        """The beginning of `shown` in lower case."""
        return self.shown[:TEXT_READ].lower()

    @cached_property
    def words(self) -> list[str]:
        """The words at the beginning of `low_shown` in order, without the marks between them."""
        text = self.low_shown[:WORDS_READ]
        return (text.translate(_MARKS) if text.isascii() else _MARK.sub(" ", text)).split()

    @cached_property
    def targets(self) -> tuple[tuple[str, str, bool], ...]:
        """(URL, its host in lower case, whether it is no picture) of those URLs that have a host."""
        pairs = ((url, url_host(url)) for url in self.urls)
        return tuple((url, host, not is_picture(url)) for url, host in pairs if host)

    @cached_property
    def links(self) -> tuple[tuple[str, str], ...]:
        """(target, shown text) of the first links of the page."""
        return tuple(anchors(self.html)) if self.html else ()
