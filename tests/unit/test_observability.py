"""The mail log: one JSON line per event, one metric per step in the life of a message."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from pratique import observability

SERVICE = "test_a_step_is_a_line_and_a_metric"


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[None]:
    """A logger of a name keeps the stream that it was made with: one of its own for each test."""
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", request.node.name)
    made = (observability.logger, observability.metrics)
    for each in made:
        each.cache_clear()
    yield
    for each in made:
        each.cache_clear()


@pytest.mark.usefixtures("fresh")
def test_a_step_is_a_line_and_a_metric(capsys: pytest.CaptureFixture[str]) -> None:
    """Fields may be called anything, also what the logging library keeps for itself."""
    observability.log_event("held", message="01ARZ3NDEKTSV4RRFFQ69G5FAV", name="x", score=0.97)
    line, metric = (json.loads(text) for text in capsys.readouterr().out.splitlines())
    assert (line["message"], line["service"], line["level"]) == ("held", SERVICE, "INFO")
    assert line["about"] == {"message": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "name": "x", "score": 0.97}
    (described,) = metric["_aws"]["CloudWatchMetrics"]
    assert described["Namespace"] == "Pratique"
    assert described["Metrics"] == [{"Name": "held", "Unit": "Count"}]
    assert (metric["held"], metric["service"]) == ([1.0], SERVICE)


@pytest.mark.usefixtures("fresh")
def test_steps_are_counted_one_by_one(capsys: pytest.CaptureFixture[str]) -> None:
    """A warm process does not add up what it wrote before; an event that is no step is a line only."""
    observability.log_event("delivered")
    observability.log_event("model_unreadable", scope="global")
    observability.log_event("delivered")
    lines = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert [line.get("message") for line in lines] == [
        "delivered",
        None,
        "model_unreadable",
        "delivered",
        None,
    ]
    assert [line["delivered"] for line in lines if "_aws" in line] == [[1.0], [1.0]]
