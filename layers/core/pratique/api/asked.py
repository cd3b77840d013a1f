"""What comes in over the wire: msgspec decodes, checks and describes it (OpenAPI). Fields that are not known are refused."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from pratique.domain.digest import MAX_PHRASE, MOST_ITEMS
from pratique.domain.direction import Direction
from pratique.domain.lesson import Label
from pratique.domain.lifecycle import State
from pratique.domain.listentry import MAX_IDLE_DAYS, ListKind, Match
from pratique.domain.outgoing import MOST_COUNTED, MOST_SPAMS
from pratique.domain.policy import MAX_DISALLOWED, MAX_NOTATION, MAX_RETENTION_DAYS, NotationPlace
from pratique.domain.rights import Right
from pratique.domain.route import RouteKind, Tls

MAX_BULK = 1_000
MAX_PAGE = 200
MAX_LESSONS = 200
MAX_REDRIVE = 1_000
MAX_WHAT_IF = 5_000

ScopeText = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=320,
        description="`global`, a domain, or an address",
        examples=["example.org"],
    ),
]
Cursor = Annotated[str, Meta(max_length=2_000, description="The cursor of the page before")]
PageSize = Annotated[int, Meta(ge=1, le=MAX_PAGE)]
Days = Annotated[int, Meta(ge=1, le=MAX_RETENTION_DAYS)]
Score = Annotated[float, Meta(ge=0.0, le=1.0)]
Counted = Annotated[int, Meta(ge=0, le=MOST_COUNTED, description="Recipients; 0 is no limit")]
Listed = Annotated[str, Meta(max_length=200, description="Words, separated by commas")]
Notation = Annotated[str, Meta(max_length=MAX_NOTATION, description="Printable text")]
Extensions = Annotated[
    list[Annotated[str, Meta(max_length=20)]],
    Meta(max_length=MAX_DISALLOWED, description="Endings of file names, such as `exe`"),
]
Override = Annotated[bool, Meta(description="An administrator's: also where a virus was found")]
Level = Annotated[
    bool | Literal["recipient", "domain"],
    Meta(
        description="Whose list the sender goes on: `recipient` (the same as true) or `domain`; false for none"
    ),
]


class Asked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A request: fields that are not known are refused, so that a misspelt one is not silently without effect."""


class MessageQuery(Asked, frozen=True):
    """Which copies to list."""

    scope: ScopeText | None = None
    state: list[State] = []
    """Give it again for several; `held` when left out."""
    direction: Annotated[
        Direction, Meta(description="`outgoing`: what your own people sent, and is held or was sent")
    ] = Direction.INCOMING
    limit: PageSize = 50
    cursor: Cursor | None = None
    order: Annotated[
        Literal["time", "mistake"],
        Meta(
            description="`time`: newest first. `mistake`: held ones, the likeliest and costliest mistakes first, among the newest "
            "1,000, then among those before them"
        ),
    ] = "time"
    reference: Annotated[
        str,
        Meta(
            max_length=100,
            description="What a refused sender quotes: the copies of that message, in any state, in your scope; the rest is not looked at",
        ),
    ] = ""
    fold: Annotated[bool, Meta(description="Copies of one campaign in one line, see `folded`")] = False


class ScopeQuery(Asked, frozen=True):
    """Whose."""

    scope: ScopeText | None = None


class ListingAsked(Asked, frozen=True):
    """How the sender is put on the list: compared with what, and for how long (0: until somebody takes it off)."""

    match: Annotated[
        Match, Meta(description="Compared with the envelope sender, the From header, or both")
    ] = Match.BOTH
    days: Annotated[int, Meta(ge=0, le=MAX_IDLE_DAYS, description="The entry ends after so many days")] = 0
    idle_days: Annotated[
        int, Meta(ge=0, le=MAX_IDLE_DAYS, description="... after so many days without use")
    ] = 0


class ReleaseRequest(Asked, frozen=True):
    """Release, Release & Train, Release & Whitelist."""

    train: bool = False
    allow: Level = False
    listing: ListingAsked = ListingAsked()
    override: Override = False


class RemoveRequest(Asked, frozen=True):
    """Remove, Blacklist & Remove."""

    block: Level = False
    listing: ListingAsked = ListingAsked()


class TrainRequest(Asked, frozen=True):
    """Not Spam (`ham`) or Spam (`spam`)."""

    label: Label


class BulkRequest(Asked, frozen=True):
    """One action on many copies. `train` and `allow` go with release, `block` with remove, `listing` with both, `label` with
    train.
    """

    action: Literal["release", "remove", "restore", "train", "untrain"]
    ids: Annotated[list[Annotated[str, Meta(max_length=600)]], Meta(min_length=1, max_length=MAX_BULK)]
    train: bool = False
    allow: Level = False
    block: Level = False
    listing: ListingAsked = ListingAsked()
    label: Label | None = None
    override: Override = False


class LessonUpload(Asked, frozen=True):
    """One raw message, base64, and what it is."""

    name: Annotated[str, Meta(max_length=200, description="Where it came from; for people")]
    label: Label
    raw: bytes


class LessonsRequest(Asked, frozen=True):
    """Raw messages as lessons for the model of `scope` (your own when left out)."""

    messages: Annotated[list[LessonUpload], Meta(min_length=1, max_length=MAX_LESSONS)]
    scope: ScopeText | None = None


class PolicyRequest(Asked, frozen=True):
    """A scope's choices, all of them. null (or left out) means: use what is above; that is not the same as the same value."""

    quarantine: bool | None = None
    spam_at: Score | None = None
    unsure_at: Score | None = None
    retention_days: Days | None = None
    log_days: Days | None = None
    spam_notation: Notation | None = None
    unsure_notation: Notation | None = None
    training_requested: bool | None = None
    training_days: Days | None = None
    digest: bool | None = None
    digest_frequency: Literal["hourly", "daily", "weekly"] | None = None
    digest_hours: Listed | None = None
    digest_days: Listed | None = None
    digest_zone: Annotated[str, Meta(max_length=64, description="An IANA time zone")] | None = None
    digest_language: Annotated[str, Meta(max_length=8)] | None = None
    digest_actions: Listed | None = None
    digest_max: Annotated[int, Meta(ge=1, le=MOST_ITEMS)] | None = None
    digest_to: Annotated[str, Meta(max_length=320)] | None = None
    digest_admins: Annotated[str, Meta(max_length=3_300)] | None = None
    digest_ceiling: Score | None = None
    digest_skip_blocked: bool | None = None
    digest_catch_all: bool | None = None
    digest_last_call: bool | None = None
    digest_phrase: Annotated[str, Meta(max_length=MAX_PHRASE)] | None = None
    outgoing_quarantine: bool | None = None
    outgoing_spam_at: Score | None = None
    outgoing_response: Literal["rejected", "accepted"] | None = None
    outgoing_retention_days: Days | None = None
    outgoing_user_release: bool | None = None
    outgoing_per_minute: Counted | None = None
    outgoing_per_hour: Counted | None = None
    outgoing_per_day: Counted | None = None
    outgoing_refused_per_hour: Counted | None = None
    outgoing_lock_spams: Annotated[int, Meta(ge=0, le=MOST_SPAMS)] | None = None
    outgoing_lock_window_minutes: Annotated[int, Meta(ge=1, le=1_440)] | None = None
    outgoing_lock_minutes: Annotated[int, Meta(ge=1, le=43_200)] | None = None
    outgoing_unlocks: Annotated[int, Meta(ge=0, le=100)] | None = None
    outgoing_notice_address: Annotated[str, Meta(max_length=320)] | None = None
    outgoing_abuse_address: Annotated[str, Meta(max_length=320)] | None = None
    outgoing_report_full: bool | None = None
    notation: NotationPlace | None = None
    notify_sender: bool | None = None
    rights_virus: Right | None = None
    rights_loop: Right | None = None
    rights_attachment: Right | None = None
    rights_phishing: Right | None = None
    rights_blocked: Right | None = None
    rights_policy: Right | None = None
    rights_spam: Right | None = None
    disallowed_extensions: Extensions | None = None


class RouteRequest(Asked, frozen=True):
    """The next hop of a domain, for clean and released mail alike."""

    kind: RouteKind
    host: Annotated[str, Meta(max_length=254)] = ""
    port: Annotated[int, Meta(ge=1, le=65_535)] = 587
    tls: Tls = Tls.REQUIRED
    credentials: Annotated[
        str, Meta(max_length=512, description="The name of a secret, never the secret")
    ] = ""
    sender: Annotated[str, Meta(max_length=320, description="The verified address of the SES couriers")] = ""


class TokenRequest(Asked, frozen=True):
    """A new token. It can never reach further than the one that makes it."""

    name: Annotated[str, Meta(min_length=1, max_length=64)]
    scope: ScopeText | None = None
    may_write: bool = True
    days: Annotated[int, Meta(ge=1, le=3_650)] | None = None


class PasswordQuery(Asked, frozen=True):
    """One app password."""

    id: Annotated[str, Meta(min_length=1, max_length=64)]


class PasswordRequest(Asked, frozen=True):
    """A new app password of the login that the path names."""

    label: Annotated[str, Meta(min_length=1, max_length=80, description="Which device or program uses it")]
    may_write: Annotated[bool, Meta(description="false: it may look, and nothing else")] = True
    days: Annotated[int, Meta(ge=1, le=3_650)] | None = None


class RedriveRequest(Asked, frozen=True):
    """How many dead letters go back to work."""

    limit: Annotated[int, Meta(ge=1, le=MAX_REDRIVE)] = 100


class EntryAsked(Asked, frozen=True):
    """A list entry that is not there yet."""

    kind: ListKind
    pattern: Annotated[str, Meta(min_length=1, max_length=330)]
    needs_dmarc: bool = True
    match: Match = Match.BOTH


class ThresholdsAsked(Asked, frozen=True):
    """Choices of a policy that decide what is held. null (or left out): as it is."""

    quarantine: bool | None = None
    spam_at: Score | None = None
    unsure_at: Score | None = None


class WhatIfRequest(Asked, frozen=True):
    """A change of `scope`'s settings (your own when left out), to be played on the mail of the last days. Nothing is changed."""

    scope: ScopeText | None = None
    days: Days = 7
    limit: Annotated[int, Meta(ge=1, le=MAX_WHAT_IF, description="Copies looked at in one call")] = (
        MAX_WHAT_IF
    )
    cursor: Cursor | None = None
    policy: ThresholdsAsked = ThresholdsAsked()
    entries: Annotated[list[EntryAsked], Meta(max_length=50, description="Put on the scope's lists")] = []
    forget: Annotated[
        list[Annotated[str, Meta(min_length=1, max_length=330)]],
        Meta(max_length=50, description="Patterns taken off the scope's lists"),
    ] = []
    weights: Annotated[
        dict[Annotated[str, Meta(max_length=80)], Annotated[float, Meta(ge=0.0, le=100.0)]],
        Meta(max_length=100, description="Factor per signal (`url:ip`) or kind of signal (`url`)"),
    ] = {}
    rejudge: Annotated[
        bool, Meta(description="By the models of today instead of those that judged when the mail came")
    ] = False
