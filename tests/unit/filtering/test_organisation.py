"""Which part of a host name is registered."""

from __future__ import annotations

import pytest
from pratique.filtering.organisation import organisation, related


@pytest.mark.parametrize(
    ("host", "registered"),
    [
        ("mail.example.co.uk", "example.co.uk"),
        ("Example.COM.", "example.com"),
        ("a.b.example.net", "example.net"),
        ("localhost", "localhost"),
        ("203.95.1.164", "203.95.1.164"),
        ("", ""),
        (".", ""),
    ],
)
def test_the_registered_part_of_a_host(host: str, registered: str) -> None:
    assert organisation(host) == registered


def test_addresses_are_related_to_themselves_alone() -> None:
    """Their last two numbers say nothing."""
    assert related("192.0.2.7", "192.0.2.7")
    assert not related("192.0.2.7", "203.0.2.7")
    assert related("www.example.org", "mail.example.org")
