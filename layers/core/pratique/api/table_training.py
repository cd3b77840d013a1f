"""The part of the table about Training Requested."""

from __future__ import annotations

from . import examples as example
from . import given_training as given
from .endpoint import Endpoint
from .endpoints import training

_MESSAGE = {
    **example.MESSAGE,
    "state": "delivered",
    "verdict": "unsure",
    "disposition": "deliver",
    "held_for": None,
}

TRAINING: tuple[Endpoint, ...] = (
    Endpoint(
        "GET",
        "/v1/training",
        "listTraining",
        "List delivered messages that ask what they are",
        training.list_,
        answer=given.TrainingList,
        query=given.TrainingQuery,
        description="By how much a label would teach (docs/policies.md). Label with `POST /v1/messages/{id}/train`, or many alike with `/bulk`.",
        example_answer={
            "lines": [{"message": _MESSAGE, "gain": 2.41, "alike": []}],
            "looked_at": 1,
            "cursor": None,
        },
    ),
)
