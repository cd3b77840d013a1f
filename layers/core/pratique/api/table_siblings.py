"""The endpoint about siblings."""

from __future__ import annotations

from . import examples as example
from .asked_siblings import SiblingQuery
from .endpoint import Endpoint
from .endpoints import siblings
from .given_siblings import SiblingList

SIBLINGS: tuple[Endpoint, ...] = (
    Endpoint(
        "GET",
        "/v1/messages/{id}/siblings",
        "listSiblings",
        "What is like a message, to act on with it",
        siblings.list_,
        answer=SiblingList,
        query=SiblingQuery,
        description="After Not Spam: held copies of your scope that may be released as well. After Spam: delivered ones, to warn of. One call "
        "looks through 1,000 copies; `cursor` goes on. Act on those you choose with /v1/messages/bulk.",
        example_answer={
            "aim": "release",
            "siblings": [
                {
                    "message": example.MESSAGE,
                    "likeness": "text",
                    "distance": 2,
                    "offered": True,
                    "score_now": 0.2,
                    "held_now": False,
                }
            ],
            "looked_at": 412,
            "cursor": None,
        },
    ),
)
