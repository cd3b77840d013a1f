"""The one table from errors to HTTP (invariant 12), answered as problem+json (RFC 9457)."""

from __future__ import annotations

from dataclasses import dataclass

from pratique.domain.errors import (
    CodeNeeded,
    ConcurrentChange,
    Conflict,
    Forbidden,
    InvalidInput,
    LimitReached,
    NoRoute,
    NotFound,
    NotProved,
    Outdated,
    PermanentFailure,
    PratiqueError,
    ReasonNeeded,
    Refusal,
    RequestNeeded,
    SenderLocked,
    SignInAgain,
    TemporaryFailure,
)


class Malformed(InvalidInput):
    """The request cannot be read at all: no JSON, a query that is none, an event that is none."""

    code = "malformed_request"


class Unauthenticated(Refusal):
    """Nobody vouches for the caller."""

    code = "unauthenticated"


class SecondFactorNeeded(Refusal):
    """The account must have a second factor; until it is set up nothing else is answered."""

    code = "second_factor_needed"


class WrongMethod(Refusal):
    """The path exists, but not with this method. `allow` lists those that do."""

    code = "method_not_allowed"

    def __init__(self, allow: str) -> None:
        super().__init__(f"this path answers {allow}")
        self.allow = allow


class TooLarge(Refusal):
    """The body is larger than MAX_BODY."""

    code = "too_large"


class NotJson(Refusal):
    """The body is of another kind than JSON."""

    code = "unsupported_media_type"


@dataclass(frozen=True, slots=True)
class Answer:
    """How one class of errors looks from outside. `shown` False hides the error's own text: it may name our insides."""

    status: int
    title: str
    detail: str = ""
    shown: bool = True
    retry_after: int | None = None
    """Seconds."""


TABLE: dict[type[PratiqueError], Answer] = {
    Malformed: Answer(400, "Bad Request"),
    Unauthenticated: Answer(401, "Unauthorized"),
    NotProved: Answer(401, "Unauthorized"),
    CodeNeeded: Answer(401, "Unauthorized"),
    SecondFactorNeeded: Answer(403, "Forbidden"),
    Forbidden: Answer(403, "Forbidden"),
    RequestNeeded: Answer(403, "Forbidden"),
    ReasonNeeded: Answer(403, "Forbidden"),
    SignInAgain: Answer(403, "Forbidden"),
    # The same words for everything that is not there: what is hidden could be told from what is missing by another sentence.
    NotFound: Answer(404, "Not Found", "no such thing", shown=False),
    WrongMethod: Answer(405, "Method Not Allowed"),
    Conflict: Answer(409, "Conflict"),
    NoRoute: Answer(409, "Conflict"),
    Outdated: Answer(412, "Precondition Failed"),
    TooLarge: Answer(413, "Content Too Large"),
    NotJson: Answer(415, "Unsupported Media Type"),
    LimitReached: Answer(429, "Too Many Requests", retry_after=3600),
    SenderLocked: Answer(403, "Forbidden"),
    InvalidInput: Answer(422, "Unprocessable Content"),
    Refusal: Answer(422, "Unprocessable Content"),
    PermanentFailure: Answer(
        502,
        "Bad Gateway",
        "a service behind this one refused for good; trying again will not help",
        shown=False,
    ),
    TemporaryFailure: Answer(
        503,
        "Service Unavailable",
        "something behind this does not work now; try again",
        shown=False,
        retry_after=5,
    ),
    ConcurrentChange: Answer(
        503, "Service Unavailable", "another change came first; try again", shown=False, retry_after=1
    ),
    PratiqueError: Answer(500, "Internal Server Error", "something went wrong here", shown=False),
}
"""Every class of domain/errors.py and of this file (a test looks); an edge that meets a subclass takes its nearest base."""

UNKNOWN = TABLE[PratiqueError]
"""For anything that is not ours: no detail leaves the house."""


def answer_of(error: BaseException) -> Answer:
    """The row of the table for an error."""
    for kind in type(error).__mro__:
        if kind in TABLE:
            return TABLE[kind]
    return UNKNOWN


def code_of(error: BaseException) -> str:
    """The stable code of an error: what programs compare."""
    return error.code if isinstance(error, PratiqueError) else "internal_error"


def detail_of(error: BaseException) -> str:
    """The sentence that people may read."""
    answer = answer_of(error)
    text = str(error.args[0]) if answer.shown and error.args else ""
    return text or answer.detail or answer.title
