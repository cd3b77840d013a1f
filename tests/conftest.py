"""Fixtures for all kinds of tests."""

from tests.emulator import emulator

__all__ = ["emulator"]
