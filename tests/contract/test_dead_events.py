"""The dead-letter queue of ingest, as Lambda's on-failure destination fills it."""

from __future__ import annotations

import json

import pytest
from pratique.bootstrap import build_dead_events
from pratique.domain.errors import PermanentFailure

from tests.contract.backends import Backend, stored
from tests.functions.events import event


@stored
def test_events_are_taken_out_of_records_and_stay_until_forgotten(backend: Backend) -> None:
    """`requestPayload` is the event; anything else is kept, and said to be unreadable."""
    assert backend.settings is not None
    url, sqs = backend.settings.learn_dead, backend.client("sqs")
    good = event("ses-ordinary.json")
    record = {"version": "1.0", "requestContext": {"condition": "RetriesExhausted"}, "requestPayload": good}
    for text in (json.dumps(record), "no JSON", "[]", json.dumps({"requestPayload": "text"})):
        sqs.send_message(QueueUrl=url, MessageBody=text)
    dead = build_dead_events(url, backend.settings)
    found = list(dead.take())
    while len(found) < 4:
        more = dead.take()
        assert more
        found += more
    assert [each.event for each in found if each.event is not None] == [good]
    assert not dead.take(), "what was taken is out of sight"
    for each in found:
        dead.forget(each)
    depth = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert int(depth["ApproximateNumberOfMessagesNotVisible"]) == 0


@stored
def test_a_queue_that_is_not_there_is_said(backend: Backend) -> None:
    """A typing error is no endless wait."""
    assert backend.settings is not None
    with pytest.raises(PermanentFailure):
        build_dead_events(backend.settings.learn_dead + "-not", backend.settings).take()
