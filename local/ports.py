"""Ports of the loopback address."""

from __future__ import annotations

import socket

from local.problem import LaptopError

HOST = "127.0.0.1"


def free_port(port: int, option: str, variable: str) -> int:
    """The port, or a free one for 0. Raises LaptopError where somebody has it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OverflowError:
            raise LaptopError(f"{port} is no port: choose one from 1 to 65535 with {option}") from None
        except OSError as error:
            raise LaptopError(
                f"port {port} cannot be used ({error.strerror}): choose another with {option} (or {variable}= for make)"
            ) from None
        return int(probe.getsockname()[1])


def greets(port: int, greeting: bytes) -> bool:
    """Whether a server says so there. Raises OSError where nobody listens."""
    with socket.create_connection((HOST, port), timeout=5) as probe:
        return probe.recv(4) == greeting
