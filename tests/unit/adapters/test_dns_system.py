"""Addresses by the system's resolver, its answers put in place of the net's."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from pratique.adapters.dns_system import SystemResolver
from pratique.domain.errors import PermanentFailure, TemporaryFailure
from pratique.ports.resolver import RecordKind


def answering(
    monkeypatch: pytest.MonkeyPatch, *, give: Any = None, error: Exception | None = None
) -> list[Any]:
    """getaddrinfo answers so; what it was asked."""
    asked: list[Any] = []

    def fake(host: str, *rest: Any) -> Any:
        asked.append((host, *rest))
        if error:
            raise error
        return give

    monkeypatch.setattr(socket, "getaddrinfo", fake)
    return asked


def test_addresses_once_each_and_absolute_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """The final dot keeps the machine's search domains out of it."""
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0))
        for address in ("127.0.0.2", "127.0.0.4", "127.0.0.2")
    ]
    asked = answering(monkeypatch, give=found)
    assert SystemResolver().resolve("x.example", RecordKind.A, seconds=1).values == ("127.0.0.2", "127.0.0.4")
    assert asked == [("x.example.", None, socket.AF_INET, socket.SOCK_STREAM)]


@pytest.mark.parametrize("error", [socket.gaierror(socket.EAI_NONAME, "no"), UnicodeError("label too long")])
def test_no_such_name_is_an_answer(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    answering(monkeypatch, error=error)
    assert SystemResolver().resolve("x.example", RecordKind.A, seconds=1).values == ()


@pytest.mark.parametrize(
    "error",
    [socket.gaierror(socket.EAI_AGAIN, "later"), socket.gaierror(socket.EAI_FAIL, "no"), OSError("net")],
)
def test_a_failing_resolver_is_a_temporary_failure(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    answering(monkeypatch, error=error)
    with pytest.raises(TemporaryFailure):
        SystemResolver().resolve("x.example", RecordKind.A, seconds=1)


def test_other_records_are_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answering(monkeypatch)
    with pytest.raises(PermanentFailure):
        SystemResolver().resolve("x.example", RecordKind.TXT, seconds=1)
    assert asked == []
