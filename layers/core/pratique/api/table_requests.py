"""The part of the table about requests for release."""

from __future__ import annotations

from pratique.domain.errors import Conflict, NoRoute

from . import asked_requests as asked
from . import examples as example
from . import examples_policies as policy_example
from . import given
from .endpoint import Endpoint
from .endpoints import requests

_REPEAT = "Repeating the call is harmless: it answers the copy as it is now."
_ASKED = {**example.MESSAGE, "held_for": "attachment", "release_request": policy_example.REQUEST}

REQUESTS: tuple[Endpoint, ...] = (
    Endpoint(
        "GET",
        "/v1/requests",
        "listRequests",
        "List messages whose release was asked for",
        requests.list_,
        answer=given.MessageList,
        query=asked.PageQuery,
        description="Held ones with an open request, newest first, of your own scope unless `scope` names one inside it.",
        example_answer={"messages": [_ASKED], "cursor": None},
    ),
    Endpoint(
        "POST",
        "/v1/messages/{id}/request",
        "requestRelease",
        "Request release",
        requests.ask,
        answer=given.Message,
        body=asked.AskRequest,
        errors=(Conflict,),
        description="For a recipient that may not release this message by itself (`request_needed`). One request of each copy. "
        + _REPEAT,
        example_body={"text": "our supplier's invoice"},
        example_answer=_ASKED,
    ),
    Endpoint(
        "POST",
        "/v1/messages/{id}/approve",
        "approveRequest",
        "Release what was asked for",
        requests.approve,
        answer=given.Message,
        body=asked.ApproveRequest,
        errors=(Conflict, NoRoute),
        description="For an administrator. " + _REPEAT,
        example_body={"note": "it is clean"},
        example_answer={
            **_ASKED,
            "state": "releasing",
            "release_request": {**policy_example.ANSWER, "state": "approved", "note": "it is clean"},
        },
    ),
    Endpoint(
        "POST",
        "/v1/messages/{id}/deny",
        "denyRequest",
        "Deny what was asked for",
        requests.deny,
        answer=given.Message,
        body=asked.AnswerRequest,
        errors=(Conflict,),
        description="For an administrator. The recipient sees the note. " + _REPEAT,
        example_body={"note": "it asks for your password"},
        example_answer={**_ASKED, "release_request": policy_example.ANSWER},
    ),
)
