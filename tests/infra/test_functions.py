"""Functions, what triggers them, and where their failures go."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from pratique.adapters.aws.bounces import EVERY_SECONDS
from pratique.adapters.smtp_client import Timeouts
from pratique.domain.notice import NOTICE_MS
from pratique.usecases.calibrate_scopes import EVERY_MS
from pratique.usecases.deliver_copy import LEASE_MS
from pratique.usecases.serve_digest import LEASE

from tests.infra.loading import MAIN, ROOT, load, resources

TEMPLATE = load(MAIN)
RESOURCES = TEMPLATE["Resources"]
GLOBALS = TEMPLATE["Globals"]["Function"]
FUNCTIONS = resources(TEMPLATE, "AWS::Serverless::Function")
OTHER_VARIABLES = {
    "CORE_VERSION",  # read by nobody: it makes a version of a function when a layer changes
    "POWERTOOLS_LOG_LEVEL",
    "POWERTOOLS_METRICS_NAMESPACE",
    "POWERTOOLS_SERVICE_NAME",
}
API_LIMIT_SECONDS = 30
SES_MESSAGE_MB = 40


def _variables(name: str) -> dict[str, Any]:
    return {**GLOBALS["Environment"]["Variables"], **FUNCTIONS[name]["Environment"]["Variables"]}


def _events(name: str) -> list[dict[str, Any]]:
    return list(FUNCTIONS[name].get("Events", {}).values())


def test_every_handler_has_its_function() -> None:
    """And every function a folder, by the same stem."""
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}
    assert {body["CodeUri"] for body in FUNCTIONS.values()} == {f"functions/{name}/" for name in folders}
    assert set(FUNCTIONS) == {f"{name.capitalize()}Function" for name in folders}
    assert GLOBALS["Handler"] == "app.handler"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_variables_are_known(name: str) -> None:
    """A name that settings.py does not read would set nothing, and nobody would notice."""
    known = set(
        re.findall(r'"(PRATIQUE_[A-Z0-9_]+)"', (ROOT / "layers/core/pratique/settings.py").read_text())
    )
    assert set(_variables(name)) <= known | OTHER_VARIABLES


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_told_only_what_its_role_may_use(name: str) -> None:
    """A queue's URL without the right to it is a mistake in one of the two places."""
    role = json.dumps(RESOURCES[FUNCTIONS[name]["Role"]["Fn::GetAtt"][0]])
    for value in _variables(name).values():
        target = value.get("Ref") or value.get("Fn::GetAtt", [""])[0] if isinstance(value, dict) else ""
        if target in RESOURCES:
            assert target in role, f"{name} is told of {target}"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_logs_have_a_group_with_an_end(name: str) -> None:
    """Lambda's own group would keep them for ever."""
    group = FUNCTIONS[name]["LoggingConfig"]["LogGroup"]["Ref"]
    assert group == name.removesuffix("Function") + "Log"
    assert RESOURCES[group]["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def test_every_log_group_has_an_end() -> None:
    """The access log too."""
    groups = resources(TEMPLATE, "AWS::Logs::LogGroup")
    assert len(groups) == len(FUNCTIONS) + 1
    assert {json.dumps(body["RetentionInDays"]) for body in groups.values()} == {
        '{"Ref": "LogRetentionDays"}'
    }


@pytest.mark.parametrize("name", FUNCTIONS)
def test_failures_end_where_somebody_looks(name: str) -> None:
    """Asynchronous calls: an on-failure destination; queues: a dead-letter queue (test_data); streams: a destination. What is called
    synchronously tells its caller.
    """
    config = FUNCTIONS[name].get("EventInvokeConfig", {})
    if name in ("ExpireFunction", "CalibrateFunction", "DigestFunction", "ReconcileFunction"):
        # The next run does the same work again; an alarm tells when none ran.
        assert config["MaximumRetryAttempts"] == 0
    elif name == "IngestFunction":
        assert config["MaximumRetryAttempts"] == 2
        assert config["DestinationConfig"]["OnFailure"] == {
            "Type": "SQS",
            "Destination": {"Fn::GetAtt": ["IngestDeadQueue", "Arn"]},
        }
    elif name in ("ApiFunction", "AuthorizeFunction", "FeedbackFunction", "SubmitFunction"):
        assert not _events(name)
        assert not config
    else:
        assert _events(name)


@pytest.mark.parametrize(
    "name",
    [
        "DeliverFunction",
        "LearnFunction",
        "LettersFunction",
        "NotifyFunction",
        "PurgeFunction",
        "DigestFunction",
    ],
)
def test_a_batch_reports_its_failures_one_by_one(name: str) -> None:
    """Otherwise one bad message brings its neighbours back."""
    for event in _events(name):
        assert event["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_deliver_takes_its_queue_as_it_comes() -> None:
    """At once, and no more connections to a next hop than allowed."""
    (event,) = _events("DeliverFunction")
    assert event["Type"] == "SQS"
    properties = event["Properties"]
    assert properties["Queue"] == {"Fn::GetAtt": ["DeliverQueue", "Arn"]}
    assert "MaximumBatchingWindowInSeconds" not in properties
    assert properties["ScalingConfig"] == {"MaximumConcurrency": {"Ref": "DeliverConcurrency"}}


def test_a_batch_of_silent_next_hops_does_not_outlast_the_function() -> None:
    """What was never tried would come back with one receive more, and end as a dead letter for its neighbours' sake."""
    (event,) = _events("DeliverFunction")
    slowest = event["Properties"]["BatchSize"] * Timeouts().total
    assert slowest + 20 <= FUNCTIONS["DeliverFunction"]["Timeout"]
    assert Timeouts().total < LEASE_MS / 1000 < RESOURCES["DeliverQueue"]["Properties"]["VisibilityTimeout"]


def test_notices_go_out_slowly_enough_for_ses() -> None:
    """SendBounce may be called once a second: two workers (the least), each with a pause of more than two seconds. One item outlasts no run."""
    (event,) = _events("NotifyFunction")
    properties = event["Properties"]
    assert properties["Queue"] == {"Fn::GetAtt": ["NotifyQueue", "Arn"]}
    workers = properties["ScalingConfig"]["MaximumConcurrency"]
    assert EVERY_SECONDS / workers > 1
    assert (
        properties["BatchSize"] * (Timeouts().total + EVERY_SECONDS) < FUNCTIONS["NotifyFunction"]["Timeout"]
    )
    kept = RESOURCES["NotifyQueue"]["Properties"]["MessageRetentionPeriod"]
    assert NOTICE_MS / 1000 < 86_400 < kept


def test_learn_gathers_lessons() -> None:
    """One model write for many lessons."""
    (event,) = _events("LearnFunction")
    properties = event["Properties"]
    assert (properties["BatchSize"], properties["MaximumBatchingWindowInSeconds"]) == (100, 5)
    assert properties["Queue"] == {"Fn::GetAtt": ["LearnQueue", "Arn"]}


def test_purge_sees_rows_of_copies_go_and_nothing_else() -> None:
    """From the stream's beginning, with bisecting, an end to retries, and a destination."""
    (event,) = _events("PurgeFunction")
    properties = event["Properties"]
    assert properties["StartingPosition"] == "TRIM_HORIZON"
    assert properties["BisectBatchOnFunctionError"] is True
    assert 0 < properties["MaximumRetryAttempts"] <= 100
    assert properties["DestinationConfig"]["OnFailure"]["Destination"] == {
        "Fn::GetAtt": ["PurgeDeadQueue", "Arn"]
    }
    gone, ended = (json.loads(each["Pattern"]) for each in properties["FilterCriteria"]["Filters"])
    keys = {"pk": {"S": [{"prefix": "R#"}]}, "sk": {"S": [{"prefix": "M#"}, {"prefix": "O#"}]}}
    assert gone == {"eventName": ["REMOVE"], "dynamodb": {"Keys": keys}}
    assert ended == {
        "eventName": ["MODIFY"],
        "dynamodb": {"Keys": keys, "NewImage": {"ended": {"N": [{"exists": True}]}}},
    }


def test_count_sees_every_change_of_a_copy() -> None:
    """From the stream's beginning, as a whole batch or again, for long, and then a destination."""
    (event,) = _events("CountFunction")
    properties = event["Properties"]
    assert properties["StartingPosition"] == "TRIM_HORIZON"
    assert properties["MaximumRetryAttempts"] == 100
    assert properties["DestinationConfig"]["OnFailure"]["Destination"] == {
        "Fn::GetAtt": ["CountDeadQueue", "Arn"]
    }
    patterns = [json.loads(each["Pattern"]) for each in properties["FilterCriteria"]["Filters"]]
    assert [p["dynamodb"]["Keys"]["sk"]["S"][0]["prefix"] for p in patterns] == ["M#", "O#"]
    assert all(p["dynamodb"]["Keys"]["pk"] == {"S": [{"prefix": "R#"}]} for p in patterns)


def test_reconcile_runs_and_two_runs_do_not_meet() -> None:
    """Its role may invoke it; a run is shorter than the period."""
    schedule = RESOURCES["ReconcileSchedule"]["Properties"]
    assert schedule["Target"]["Arn"] == {"Fn::GetAtt": ["ReconcileFunction", "Arn"]}
    assert schedule["ScheduleExpression"] == "rate(10 minutes)"
    assert FUNCTIONS["ReconcileFunction"]["Timeout"] < 600


def test_the_sweep_runs_and_two_sweeps_do_not_meet() -> None:
    """EventBridge Scheduler, with a role that may only invoke it; the shortest period is longer than the longest run."""
    schedule = RESOURCES["ExpireSchedule"]["Properties"]
    assert schedule["Target"]["Arn"] == {"Fn::GetAtt": ["ExpireFunction", "Arn"]}
    assert schedule["ScheduleExpression"] == {"Fn::Sub": "rate(${ExpireEveryMinutes} minutes)"}
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert (
        FUNCTIONS["ExpireFunction"]["Timeout"] < TEMPLATE["Parameters"]["ExpireEveryMinutes"]["MinValue"] * 60
    )


def test_the_calibration_runs_often_enough_for_every_domain_once_a_day() -> None:
    """And never longer than to the next run."""
    schedule = RESOURCES["CalibrateSchedule"]["Properties"]
    assert schedule["Target"]["Arn"] == {"Fn::GetAtt": ["CalibrateFunction", "Arn"]}
    assert schedule["ScheduleExpression"] == "rate(1 hour)"
    assert FUNCTIONS["CalibrateFunction"]["Timeout"] < 3_600 < EVERY_MS / 1000 < 86_400


def test_digests_are_looked_for_at_every_full_hour_of_every_zone() -> None:
    """Zones differ from UTC by quarters of an hour. A worker has a run for itself, and is done before its lease is."""
    schedule = RESOURCES["DigestSchedule"]["Properties"]
    assert schedule["Target"]["Arn"] == {"Fn::GetAtt": ["DigestFunction", "Arn"]}
    assert schedule["ScheduleExpression"] == "cron(0/15 * * * ? *)"
    (event,) = _events("DigestFunction")
    assert event["Properties"]["BatchSize"] == 1
    assert FUNCTIONS["DigestFunction"]["Timeout"] < LEASE
    visible = RESOURCES["DigestQueue"]["Properties"]["VisibilityTimeout"]
    assert visible >= 6 * FUNCTIONS["DigestFunction"]["Timeout"]


def test_memory_and_time_fit_the_work() -> None:
    """40 MB of mail take some 500 MB to parse (DEPENDENCIES measured 371 for 37); HTTP APIs wait 30 s."""
    assert TEMPLATE["Parameters"]["IngestMemory"]["MinValue"] >= 1024
    assert FUNCTIONS["DeliverFunction"]["MemorySize"] >= 10 * SES_MESSAGE_MB
    assert FUNCTIONS["ApiFunction"]["Timeout"] < API_LIMIT_SECONDS
    assert FUNCTIONS["IngestFunction"]["Timeout"] >= 60
    assert all(body["Timeout"] <= 300 for body in FUNCTIONS.values())


def test_the_version_in_the_environment_is_the_projects() -> None:
    """So that it changes when the core does."""
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version is not None
    assert GLOBALS["Environment"]["Variables"]["CORE_VERSION"] == version[1]


def test_tracing_is_off_unless_asked_for() -> None:
    """And then by Lambda itself: the library would cost 0.3 s of every cold start."""
    assert GLOBALS["Tracing"] == {"Fn::If": ["IsTraced", "Active", "PassThrough"]}
    assert TEMPLATE["Parameters"]["Tracing"]["Default"] == "off"


@pytest.mark.parametrize("name", [*FUNCTIONS, "DepsLayer", "AccountsLayer", "CoreLayer"])
def test_everything_is_built_by_a_makefile(name: str) -> None:
    """`sam build` needs neither Docker nor the runtime's interpreter; the target carries the logical id."""
    assert RESOURCES[name]["Metadata"]["BuildMethod"] == "makefile"
    properties = RESOURCES[name]["Properties"]
    folder = properties.get("CodeUri") or properties["ContentUri"]
    assert f"\nbuild-{name}:\n" in (ROOT / folder / "Makefile").read_text()


def test_what_only_signing_in_needs_weighs_on_the_api_alone() -> None:
    """Ingest does not carry 20 MB of cryptography; lists of layers add to the one of Globals."""
    assert {name: body["Layers"] for name, body in FUNCTIONS.items() if "Layers" in body} == {
        "ApiFunction": [{"Ref": "AccountsLayer"}]
    }
    assert {"Ref": "AccountsLayer"} not in GLOBALS["Layers"]


def test_the_core_package_sits_directly_under_its_layer() -> None:
    """Any level between would end in /opt/python/<level>/pratique, which does not import."""
    assert (ROOT / RESOURCES["CoreLayer"]["Properties"]["ContentUri"] / "pratique" / "__init__.py").is_file()
