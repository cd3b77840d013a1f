"""A small run with random faults, each time; the long one is `python -m tests.faultrun`."""

from __future__ import annotations

import logging

import pytest

from tests.faultrun.run import run


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_is_lost_and_it_adds_up(seed: int, caplog: pytest.LogCaptureFixture) -> None:
    """Killed handlers, a throttled table, moody next hops, lost and doubled items and events, people in between, time past expiry."""
    caplog.set_level(logging.CRITICAL)
    report = run(150, seed, rate=0.02)
    assert report.faults == [], report.lines
    assert sum(report.tally.values()) >= 150


def test_the_run_can_fail(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without reconcile what was dropped stays lost, and the check says so. Which run drops something hangs on every verdict on the way."""
    caplog.set_level(logging.CRITICAL)
    monkeypatch.setattr("tests.faultrun.town.Town.reconcile", lambda _town, _services: None)
    monkeypatch.setattr("tests.faultrun.town.Town.operator_looks", lambda _town: None)
    faults = [fault for seed in (1, 2, 3) for fault in run(150, seed, rate=0.02).faults]
    assert any(fault.startswith(("lost", "still", "not counted")) for fault in faults)
