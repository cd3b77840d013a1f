"""Faults at any call of any port: count the calls of a run, then fail or kill at each of them in turn.

watched = faulty(world.services)
ingest(watched, receipt)
for k in range(1, len(calls(watched)) + 1):
    ...  # a fresh world, faulty(..., at=k), run, expect the error, run again without it, compare
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, Literal, Protocol

from pratique.domain.errors import TemporaryFailure
from pratique.ports.services import Services

When = Literal["before", "after"]


class Killed(BaseException):
    """The process is gone: no `except Exception` sees this, as none sees a real end."""


@dataclass
class _Planned:
    method: str
    error: BaseException
    when: When
    times: int


@dataclass
class _Trace:
    """The calls made so far (`index.move`, `courier.send`, ...), and the faults to come."""

    at: int | None
    when: When
    error: BaseException
    calls: list[str] = field(default_factory=list)
    planned: list[_Planned] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def enter(self, name: str) -> tuple[BaseException | None, BaseException | None]:
        """Count a call; the errors to raise before and after it."""
        with self.lock:
            self.calls.append(name)
            error, when = None, self.when
            if len(self.calls) == self.at:
                error = self.error
            for plan in self.planned:
                if plan.method == name and plan.times:
                    plan.times -= 1
                    error, when = plan.error, plan.when
                    break
        return (error, None) if when == "before" else (None, error)


class _Port:
    """A port in front of a port."""

    def __init__(self, name: str, inner: Any, trace: Weather) -> None:
        self._name, self._inner, self.trace = name, inner, trace

    def __getattr__(self, method: str) -> Any:
        found = getattr(self._inner, method)
        return self._watch(method, found) if callable(found) else found

    def _watch(self, method: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **named: Any) -> Any:
            before, after = self.trace.enter(f"{self._name}.{method}")
            if before is not None:
                raise before
            result = call(*args, **named)
            if after is not None:
                raise after
            return _Port("courier", result, self.trace) if method == "courier" else result

        return watched


def faulty(
    services: Services, *, at: int | None = None, when: When = "before", error: BaseException | None = None
) -> Services:
    """The same services with every port watched. The `at`-th call (from 1, over all ports but the clock) raises `error`
    (a TemporaryFailure unless given) before or after it takes effect.
    """
    return watched(services, _Trace(at, when, TemporaryFailure("injected") if error is None else error))


class Weather(Protocol):
    """Decides at each call of a port what goes wrong."""

    def enter(self, name: str) -> tuple[BaseException | None, BaseException | None]:
        """The errors to raise before and after the call `port.method`."""


def watched(services: Services, trace: Weather) -> Services:
    """The same services with every port but the clock behind `trace`."""
    ports: dict[str, Any] = {}
    for each in fields(Services):
        part = getattr(services, each.name)
        ports[each.name] = (
            part if each.name in ("clock", "options", "memory") else _Port(each.name, part, trace)
        )
    return Services(**ports)


def _trace(services: Services) -> _Trace:
    if not isinstance(services.index, _Port):
        raise TypeError("these services are not watched: wrap them with faulty()")
    trace = services.index.trace
    if not isinstance(trace, _Trace):
        raise TypeError("these services are watched by something else")
    return trace


def calls(services: Services) -> list[str]:
    """The calls made so far on services that faulty() wrapped, in order, as `port.method`."""
    return list(_trace(services).calls)


def fail_next(
    services: Services, method: str, error: BaseException, *, when: When = "before", times: int = 1
) -> None:
    """Make the next `times` calls of `method` (`index.move`, `courier.send`, ...) raise `error`."""
    _trace(services).planned.append(_Planned(method, error, when, times))
