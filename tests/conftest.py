"""Fixtures for all kinds of tests."""

from hypothesis import settings

from tests.emulator import emulator

settings.register_profile("patient", deadline=None)  # a busy machine is no mistake of the code
settings.load_profile("patient")

__all__ = ["emulator"]
