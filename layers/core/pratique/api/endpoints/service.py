"""The service itself: whether it answers, and its description."""

from __future__ import annotations

import msgspec

from .. import given
from ..endpoint import Call


def health(_call: Call) -> given.Health:
    """Says that the API answers; touches nothing behind it, so that a probe costs nothing."""
    return given.Health(status="ok")


def document(_call: Call) -> msgspec.Raw:
    """The OpenAPI document."""
    from ..openapi import encoded  # noqa: PLC0415 - only whoever asks for the document pays for the generator

    return msgspec.Raw(encoded())
