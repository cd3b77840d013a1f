"""The part of the table about lessons: given, listed, taken back, accepted, dropped."""

from __future__ import annotations

from pratique.domain.errors import Conflict, LimitReached

from . import asked, given
from . import lessons as wire
from .endpoint import Endpoint
from .endpoints import lessons

_REPEAT = "Repeating the call is harmless: "

LESSONS: tuple[Endpoint, ...] = (
    Endpoint(
        "POST",
        "/v1/lessons",
        "uploadLessons",
        "Teach from labelled raw messages",
        lessons.upload,
        answer=given.LessonsResult,
        body=asked.LessonsRequest,
        errors=(LimitReached,),
        description=_REPEAT + "the same bytes with the same label are one lesson.",
        example_body={
            "messages": [{"name": "spam/1.eml", "label": "spam", "raw": "U3ViamVjdDogaGkNCg0KaGkNCg=="}]
        },
        example_answer={"new": 1, "known": 0},
    ),
    Endpoint(
        "GET",
        "/v1/lessons",
        "listLessons",
        "List lessons, newest first",
        lessons.list_,
        answer=wire.LessonList,
        query=wire.LessonQuery,
        description="Of exactly one scope: your own unless `scope` names one inside it. `state=parked` are those that wait for a decision.",
        example_answer={"lessons": [wire.EXAMPLE], "cursor": None},
    ),
    Endpoint(
        "POST",
        "/v1/lessons/undo",
        "undoAuthor",
        "Forget everything somebody taught",
        lessons.undo_author,
        answer=wire.UndoneResult,
        body=wire.AuthorRequest,
        description="For administrators; up to 500 lessons in one call. What an author did as one of a quorum is taken back with it. "
        + _REPEAT
        + "it takes back what is left.",
        example_body={"author": "bob@example.org"},
        example_answer={"undone": 12, "more": False},
    ),
    Endpoint(
        "POST",
        "/v1/lessons/accept",
        "acceptParked",
        "Accept parked lessons",
        lessons.accept_parked,
        answer=wire.ReviewedResult,
        body=wire.ParkedRequest,
        description="For administrators; up to 200 in one call. Nobody accepts what the same administrators gave. "
        + _REPEAT
        + "it accepts what is still parked.",
        example_body={"author": "token:desk", "scope": "example.org"},
        example_answer={"done": 40, "more": False},
    ),
    Endpoint(
        "POST",
        "/v1/lessons/drop",
        "dropParked",
        "Drop parked lessons",
        lessons.drop_parked,
        answer=wire.ReviewedResult,
        body=wire.ParkedRequest,
        description="For administrators; up to 200 in one call. "
        + _REPEAT
        + "it drops what is still parked.",
        example_body={"author": "token:desk"},
        example_answer={"done": 40, "more": False},
    ),
    Endpoint(
        "GET",
        "/v1/lessons/{id}",
        "readLesson",
        "Read one, with the voters behind it",
        lessons.read,
        answer=wire.LessonDetail,
        example_answer={
            "lesson": wire.QUORUM_EXAMPLE,
            "voters": ["ann@example.org", "bob@example.org", "cid@example.org"],
        },
    ),
    Endpoint(
        "POST",
        "/v1/lessons/{id}/undo",
        "undoLesson",
        "Take a lesson back",
        lessons.undo,
        answer=wire.Lesson,
        errors=(Conflict,),
        description="Its effect leaves the model: what is learnt then is what the other lessons alone would have taught. Possible for 90 days. "
        + _REPEAT
        + "twice is once.",
        example_answer={**wire.EXAMPLE, "state": "undone", "changed_by": "token:operator"},
    ),
    Endpoint(
        "POST",
        "/v1/lessons/{id}/accept",
        "acceptLesson",
        "Let a parked lesson teach",
        lessons.accept,
        answer=wire.Lesson,
        errors=(Conflict,),
        description="Or one that is kept aside to measure others by. " + _REPEAT + "twice is once.",
        example_answer={**wire.EXAMPLE, "state": "pending", "note": ""},
    ),
    Endpoint(
        "POST",
        "/v1/lessons/{id}/drop",
        "dropLesson",
        "Say no to a parked lesson",
        lessons.drop,
        answer=wire.Lesson,
        errors=(Conflict,),
        description=_REPEAT + "twice is once.",
        example_answer={**wire.EXAMPLE, "state": "dropped"},
    ),
)
