"""The nested stack of alarms."""

from __future__ import annotations

import pytest

from tests.infra.loading import ALARMS, MAIN, load, resources

TEMPLATE = load(ALARMS)
STACK = load(MAIN)["Resources"]["AlarmStack"]["Properties"]
WATCHED = resources(TEMPLATE, "AWS::CloudWatch::Alarm")
FUNCTIONS = set(resources(load(MAIN), "AWS::Serverless::Function"))
QUEUES = set(resources(load(MAIN), "AWS::SQS::Queue"))


def _targets(metric: str) -> set[str]:
    return {a["Dimensions"][0]["Value"]["Ref"] for a in WATCHED.values() if a["MetricName"] == metric}


def test_the_main_stack_gives_what_the_alarms_ask_for() -> None:
    """Every parameter without a default, and no other."""
    assert STACK["TemplateURL"] == "stacks/alarms.yaml"
    assert set(STACK["Parameters"]) == set(TEMPLATE["Parameters"])


def test_every_function_is_watched_for_errors() -> None:
    """None is forgotten."""
    assert _targets("Errors") == FUNCTIONS


def test_whatever_was_given_up_raises_an_alarm() -> None:
    """One message in a dead-letter queue is enough; what waits too long is seen as well."""
    assert _targets("ApproximateNumberOfMessagesVisible") == {q for q in QUEUES if q.endswith("DeadQueue")}
    assert _targets("ApproximateAgeOfOldestMessage") == {q for q in QUEUES if not q.endswith("DeadQueue")}
    for alarm in WATCHED.values():
        if alarm["MetricName"] == "ApproximateNumberOfMessagesVisible":
            assert (alarm["Threshold"], alarm["EvaluationPeriods"]) == (1, 1)


def test_a_sweep_that_does_not_run_is_seen() -> None:
    """No figures at all are the very thing to be told of."""
    alarm = WATCHED["ExpireNotRunning"]
    assert (alarm["MetricName"], alarm["ComparisonOperator"]) == ("Invocations", "LessThanThreshold")
    assert alarm["TreatMissingData"] == "breaching"
    slowest = load(MAIN)["Parameters"]["ExpireEveryMinutes"]["MaxValue"] * 60
    assert alarm["Period"] * alarm["EvaluationPeriods"] > slowest


def test_a_calibration_that_does_not_run_is_seen() -> None:
    """Old lessons would keep their samples."""
    alarm = WATCHED["CalibrateNotRunning"]
    assert (alarm["MetricName"], alarm["ComparisonOperator"]) == ("Invocations", "LessThanThreshold")
    assert alarm["TreatMissingData"] == "breaching"


def test_a_reconcile_that_does_not_run_is_seen() -> None:
    """Nobody else finds what a lost invocation left behind."""
    alarm = WATCHED["ReconcileNotRunning"]
    assert (alarm["MetricName"], alarm["ComparisonOperator"]) == ("Invocations", "LessThanThreshold")
    assert alarm["TreatMissingData"] == "breaching"


@pytest.mark.parametrize("name", ["Unaccounted", "Stuck"])
def test_a_gap_is_seen(name: str) -> None:
    """One is enough: accepted is accounted (invariant 1). The figure is reconcile's own."""
    alarm = WATCHED[name]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("Pratique", name.lower())
    assert alarm["Threshold"] == 1
    assert alarm["Dimensions"] == [{"Name": "service", "Value": "reconcile"}]


@pytest.mark.parametrize("metric", ["Throttles", "AsyncEventsDropped", "DestinationDeliveryFailures"])
def test_mail_that_ingest_never_saw_is_seen(metric: str) -> None:
    """SES does not try again what Lambda took and dropped."""
    assert _targets(metric) == {"IngestFunction"}


@pytest.mark.parametrize("name", WATCHED)
def test_an_alarm_tells_somebody_what_to_do(name: str) -> None:
    """It has a name of this stack, a sentence, and the topic."""
    alarm = WATCHED[name]
    assert alarm["AlarmName"]["Fn::Sub"].startswith("${ParentName}-")
    assert alarm["AlarmDescription"].endswith(".")
    assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "Topic"}]
